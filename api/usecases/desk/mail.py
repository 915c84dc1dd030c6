"""Mail that says how many matches are new and where to look: a number and an address, and nothing of anybody.

A thread of the worker sends it, beside the jobs, so that a mail server that is slow or away holds nothing up. What mail
has said is on record once it was taken by the server; what could not be sent is tried again, later each time, and is
said by the next mail: a mail says all that came since the last one.
"""

import fcntl
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy import Engine

from api.mail_settings import MailSettings
from api.settings import Settings
from tracker.desk.mail_queries import MailNow, mail_now
from tracker.desk.mail_service import mail_failed, mail_sent
from tracker.desk.news_queries import NewsPlace, last_news, open_news
from tracker.record.engine import reading

LOOK_S = 5.0
"""Between two looks at whether there is something to say."""
TIMEOUT_S = 20.0
LOCK = ".mail-lock"
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


def send_due(settings: Settings, engine: Engine, *, by: str, now: datetime, clock: datetime) -> bool | None:
    """Send a mail if one is due: whether it was sent, or None where there was nothing to say or it is not time yet."""
    mail = settings.mail
    if mail is None:
        return None
    with reading(engine).connect() as connection:
        before = mail_now(connection)
        said, up_to = NewsPlace(0) if before is None else before.place, last_news(connection)
        matches = open_news(connection, said, up_to)
    if not matches or not _is_time(mail, before, now):
        return None
    with _alone(settings) as mine:
        return _sent(engine, mail, matches, up_to, by=by, now=now, clock=clock) if mine else None


def _sent(
    engine: Engine, mail: MailSettings, matches: int, up_to: NewsPlace, *, by: str, now: datetime, clock: datetime
) -> bool:
    try:
        refused = _send(mail, message(mail, matches, clock))
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        why = reason(error)
        mail_failed(engine, why, by=by, now=now)
        structlog.get_logger("tagpilot").error("mail_not_sent", why=why, matches=matches)
        return False
    partly = f"the mail server refused {refused} of {len(mail.to)} addresses" if refused else None
    mail_sent(engine, up_to, matches, partly, by=by, now=now)
    structlog.get_logger("tagpilot").info("mail_sent", matches=matches, refused=refused)
    return True


def message(mail: MailSettings, matches: int, clock: datetime) -> EmailMessage:
    """A number and the address to open."""
    made = EmailMessage()
    noun = "match waits" if matches == 1 else "matches wait"
    made["Subject"] = f"TagPilot: {matches:,} new {noun} for review"
    made["From"], made["To"], made["Date"] = mail.sender, ", ".join(mail.to), clock.astimezone(UTC)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(f"{matches:,} new {noun} for review.\n\nOpen: {mail.open_at}\n")
    return made


def reason(error: Exception) -> str:
    """Why it failed, without what a server wrote back, which may quote an address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"the mail server refused {len(error.recipients)} of the addresses"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the mail server refused the user or the password"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}"
    if isinstance(error, FileNotFoundError):
        return "the file of the password is not there"
    if isinstance(error, OSError):
        return f"the mail server cannot be reached ({type(error).__name__})"
    return f"the mail could not be handed over ({type(error).__name__})"


def mailing(settings: Settings, engine: Engine, stop: threading.Event, *, by: str, now: Callable[[], datetime]) -> None:
    """Until `stop` is set, send what is due. An error is logged, and looked at again."""
    while settings.mail is not None and not stop.wait(LOOK_S):
        try:
            send_due(settings, engine, by=by, now=now(), clock=datetime.now(UTC))
        except Exception as error:
            structlog.get_logger("tagpilot").error("mail_error", kind=type(error).__name__)


def _is_time(mail: MailSettings, before: MailNow | None, now: datetime) -> bool:
    if before is None:
        return True
    wait = timedelta(seconds=mail.every_s)
    if before.failures:
        wait = min(_FIRST_WAIT * 2 ** min(before.failures - 1, 10), _LONGEST_WAIT)
    # A record whose day was set back waits for nothing.
    return now >= before.at + wait or now < before.at - timedelta(days=1)


def _send(mail: MailSettings, made: EmailMessage) -> int:
    """How many of the addresses were refused; some were not, or an error is raised."""
    context = ssl.create_default_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
    with server:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user is not None and mail.password_file is not None:
            server.login(mail.user, mail.password_file.read_text(encoding="utf-8").strip())
        return len(server.send_message(made))


@contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    """Whether no other worker of the home is sending; none sends while this one does."""
    with (settings.home / LOCK).open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
