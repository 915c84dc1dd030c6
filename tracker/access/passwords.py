"""Which passwords are accepted: long ones that nobody guesses early.

Kinds of characters are not required (NCSC, *Password administration for system owners*). The 30,000 commonest passwords
and what is made from them, from names, words, dates and rows of keys is refused by zxcvbn's estimate of the guesses
that a password needs.
"""

import re
from functools import lru_cache

from tracker.errors import BadEntry

FEWEST_CHARACTERS, MOST_CHARACTERS = 12, 128
LONGEST_EVER = 256
"""Earlier versions accepted so many: who has such a password may log in with it."""
FEWEST_GUESSES = 10**10
"""A password that takes fewer guesses by whoever knows the user's name is refused."""
_ESTIMATED_CHARACTERS = 72
"""The estimate takes longer for longer ones; what is guessed early in its first 72 characters is refused."""


def checked_password(password: str, name: str) -> str:
    """The password, if it is acceptable. Raises BadEntry, whose message never contains it."""
    # Blanks in a row count as one.
    count = len(re.sub(" {2,}", " ", password)) if len(password) <= MOST_CHARACTERS else len(password)
    if not FEWEST_CHARACTERS <= count <= MOST_CHARACTERS:
        raise BadEntry(
            f"The password has {count} characters. Give {FEWEST_CHARACTERS} to {MOST_CHARACTERS}, for example "
            "three random words."
        )
    if name in password.lower() or len(set(password)) < 5:
        raise BadEntry("The password contains the user name or repeats a few characters. Choose another.")
    if is_common(password):
        raise BadEntry("The password is one of the 30,000 commonest. Choose another, for example three random words.")
    # Here, for it reads its lists of words, and few who use a command set a password.
    from zxcvbn import zxcvbn

    known = [name, "tagpilot"]
    guesses = int(zxcvbn(password[:_ESTIMATED_CHARACTERS], user_inputs=known)["guesses"])
    if guesses < FEWEST_GUESSES:
        raise BadEntry(
            f"The password is guessed early, in about {guesses:,} tries; {FEWEST_GUESSES:,} are the fewest. It is made "
            "of a common password, a name, a date or a row of keys. Choose another, for example three random words."
        )
    return password


def is_common(password: str) -> bool:
    """Whether it is on the list of common passwords, however its letters are written and with blanks left out."""
    return "".join(password.lower().split()) in _common()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
