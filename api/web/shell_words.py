"""Words for a terminal, as a page says them: where a message names a command of `tagpilot`, a page names the page on
which the same is done. Whoever works in a browser has no shell."""

import re

_PAGES = {
    "accuracy": "Accuracy of devices",
    "attention": "Attention",
    "attention settled": "Attention",
    "audit head": "Audit",
    "audit list": "Audit",
    "audit verify": "Audit",
    "boroughs": "Boroughs",
    "boroughs import": "Files",
    "budget": "Money",
    "decide": "Papers",
    "desk looked": "Review queue",
    "duty": "Duties",
    "import": "Files",
    "import take-back": "Withdrawals",
    "import withdraw": "Withdrawals",
    "keep": "Retention",
    "keep erase": "Erasures",
    "levels": "Accuracy of devices",
    "licence": "Licences",
    "ogrs": "Licences",
    "programme": "Programmes",
    "programme decide": "Papers",
    "programme discrepancies": "Papers",
    "programme enter": "Papers",
    "record": "Read back, correct, take back",
    "review": "Review queue",
    "review changed": "Changed matches",
    "review keep": "Changed matches",
    "review rematch": "Match again",
    "rollout": "Rollout",
    "runs": "Runs",
    "screen": "Licences",
    "screen import": "Files",
    "standing": "Standing settings",
    "tag": "Tags",
    "user": "Users",
    "withdrawals": "Withdrawals",
}
"""By a command's first word, or by its two words where these lead elsewhere."""
OPERATORS = frozenset(
    {
        "audit rotate-key",
        "backup",
        "basemap",
        "db",
        "fixes index",
        "restore",
        "serve",
        "start",
        "tidy",
        "verify",
        "worker",
    }
)
"""Commands of whoever runs the server, who has a shell: messages keep them."""
_GIVEN = r"(?: (?:--?[a-z][a-z-]*|[A-Z]+|\d+|'[^']*'|\.{3}|[\w-]+\.csv))*"
_COMMAND = re.compile(rf"`?\btagpilot (?P<one>[a-z][a-z-]*)(?: (?P<two>[a-z][a-z-]*))?{_GIVEN}`?")


def on_pages(text: str) -> str:
    """The same text with pages in the place of commands; commands of an operator stay."""
    return _COMMAND.sub(_named, text)


def _named(found: re.Match[str]) -> str:
    one, two = found["one"], found["two"]
    if one not in _PAGES and f"{one} {two}" not in _PAGES:
        return found[0]
    begins = found.string[: found.start()].rstrip()
    the = "The" if not begins or begins.endswith((".", "!", "?")) else "the"
    return f"{the} page “{_PAGES.get(f'{one} {two}') or _PAGES[one]}”"
