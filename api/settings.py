"""Where things are kept and how the server listens: the only reader of the environment.

`read_settings` takes the environment as a mapping, so a test gives its own; all faults are reported at once.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from api.errors import BadSettings
from api.issuer_settings import NAMES as ISSUER_NAMES
from api.issuer_settings import IssuerSettings, read_issuer
from api.mail_settings import NAMES as MAIL_NAMES
from api.mail_settings import MailSettings, read_mail
from tracker.access.roles import Role

PREFIX = "TAGPILOT_"
_SCHEDULER = re.compile(r"(tcp|tls|ws|wss)://(\[[0-9a-fA-F:]+\]|[^/:\s]+):\d{1,5}")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
LOG_LEVELS = ("debug", "info", "warning", "error")
NAMES = {
    "TAGPILOT_HOME": "the folder everything is kept under",
    "TAGPILOT_DATABASE_URL": "the record's database, as an SQLAlchemy URL",
    "TAGPILOT_AUDIT_KEY_FILE": "the file of the audit's keys; audit.key in the home if not set",
    "TAGPILOT_AUDIT_HEADS_FILE": "the file the audit's heads are written out to; beside the home if not set",
    "TAGPILOT_HOST": "the address the server listens on",
    "TAGPILOT_ALLOWED_HOSTS": "the names by which it may be asked, with commas; this machine's own if not set",
    "TAGPILOT_PORT": "the port the server listens on",
    "TAGPILOT_THREADS": "wearer groups matched at once",
    "TAGPILOT_SCHEDULER": "the address of a Dask scheduler, whose workers match instead of this machine's threads",
    "TAGPILOT_LOG_LEVEL": "the least urgent message the server logs",
    "TAGPILOT_DEMO": "1 lets the demo's users log in; 0, the default, refuses them",
    "TAGPILOT_SECOND_FACTOR": "roles that need a second factor, with commas; administrator if not set, none for none",
    **ISSUER_NAMES,
    **MAIL_NAMES,
    "TAGPILOT_WORKERS": "worker processes that the server starts and watches; 0 where `tagpilot worker` is run apart",
    "TAGPILOT_SILENT_AFTER_S": "a worker not heard of for so many seconds is taken to be dead",
    "TAGPILOT_MATCH_ON_BATCH": "1 begins a match job by itself when a batch of crimes has come",
    "TAGPILOT_KEEP_CURRENT": "0 begins no match by itself when what matches rest on has changed; 1, the default, does",
    "TAGPILOT_REMATCH": "1 matches open months again by itself when a worker of a new version starts",
    "TAGPILOT_MOST_UPLOAD_MB": "the largest file that may be sent",
    "TAGPILOT_MOST_UPLOADS_MB": "files that wait to be imported, of all users together",
    "TAGPILOT_MOST_UPLOADS_EACH_MB": "files that wait to be imported, of one user",
    "TAGPILOT_MOST_JOBS": "jobs that wait or run, of all users together",
    "TAGPILOT_MOST_JOBS_EACH": "jobs that wait or run, of one user",
    "TAGPILOT_MOST_REQUESTS_EACH": "requests of one user in a minute to one server process; 0 sets no limit",
    "TAGPILOT_DISK_FLOOR_MB": "space that must stay free: nothing is begun below it",
    "TAGPILOT_KEEP_RUNS_DAYS": "run folders on which nothing rests go after so many days; 0 keeps them",
    "TAGPILOT_TODAY": "the day that counts as today, for demonstrations; the clock's if not set",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Checked settings. Nothing is made on disk by reading them."""

    home: Path
    # Not in the repr: a database URL may hold a password.
    database_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8019
    threads: int = 2
    scheduler: str | None = None
    log_level: str = "info"
    today: date | None = None
    allowed_hosts: tuple[str, ...] = LOOPBACK
    demo: bool = False
    second_factor: frozenset[Role] = frozenset()
    issuer: IssuerSettings | None = None
    mail: MailSettings | None = None
    workers: int = 1
    silent_after_s: int = 60
    match_on_batch: bool = False
    keep_current: bool = True
    rematch: bool = False
    most_upload_mb: int = 2048
    most_uploads_mb: int = 32_768
    most_uploads_each_mb: int = 8192
    most_jobs: int = 200
    most_jobs_each: int = 50
    most_requests_each: int = 3000
    disk_floor_mb: int = 512
    keep_runs_days: int = 0
    audit_key_given: Path | None = None
    audit_heads_given: Path | None = None

    @property
    def audit_key_file(self) -> Path:
        return self.audit_key_given or self.home / "audit.key"

    @property
    def audit_heads_file(self) -> Path:
        """Beside the home, so that a home put back from a copy does not bring its own heads along."""
        home = self.home.absolute()
        return self.audit_heads_given or home.with_name(f"{home.name}.audit-heads")

    def without_home(self, words: str) -> str:
        """Words in which a file of the home is named from the home on: where that stands is nobody's who asks."""
        for home in (self.home.absolute(), self.home):
            words = words.replace(f"{home}/", "")
        return words

    @property
    def uploads_dir(self) -> Path:
        return self.home / "uploads"

    @property
    def fixes_dir(self) -> Path:
        return self.home / "fixes"

    @property
    def events_dir(self) -> Path:
        return self.home / "events"

    @property
    def rejects_dir(self) -> Path:
        return self.home / "rejects"

    @property
    def runs_dir(self) -> Path:
        return self.home / "runs"

    @property
    def exports_dir(self) -> Path:
        return self.home / "exports"


def read_settings(
    environ: Mapping[str, str] | None = None,
    *,
    home: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    threads: int | None = None,
    scheduler: str | None = None,
) -> Settings:
    """Settings from the environment; what is given here (by the command line) goes first.

    Raises BadSettings naming every fault: a value out of range, and a TAGPILOT_ name that there is not, because a
    misspelt setting would otherwise be a default in silence. `scheduler`: "" is none, whatever the environment says.
    """
    environ = os.environ if environ is None else environ
    faults = [
        f"{name} is no setting; the settings are {', '.join(NAMES)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in NAMES
    ]
    home = home or Path(environ.get("TAGPILOT_HOME") or "tagpilot-data")
    if home.exists() and not home.is_dir():
        faults.append(f"TAGPILOT_HOME is {str(home)!r}, which is a file; give a folder")
    host = host or environ.get("TAGPILOT_HOST") or "127.0.0.1"
    hosts = tuple(name.strip().lower() for name in environ.get("TAGPILOT_ALLOWED_HOSTS", "").split(",") if name.strip())
    if host not in LOOPBACK and not hosts:
        faults.append(
            f"TAGPILOT_HOST is {host!r}, which other machines can reach, and TAGPILOT_ALLOWED_HOSTS is not set; give "
            "the names by which it is asked, such as tagpilot.example.org, and put TLS before it"
        )
    port = _whole("TAGPILOT_PORT", environ, port, 8019, 1, 65535, faults)
    threads = _whole("TAGPILOT_THREADS", environ, threads, min(_processors(), 8), 1, 256, faults)
    scheduler = environ.get("TAGPILOT_SCHEDULER", "") if scheduler is None else scheduler
    if scheduler and not _SCHEDULER.fullmatch(scheduler):
        faults.append(
            f"TAGPILOT_SCHEDULER is {scheduler!r}; give an address such as tcp://host:8786 or tls://host:8786"
        )
    workers = _whole("TAGPILOT_WORKERS", environ, None, 1, 0, 64, faults)
    upload = _whole("TAGPILOT_MOST_UPLOAD_MB", environ, None, 2048, 1, 1_000_000, faults)
    uploads = _whole("TAGPILOT_MOST_UPLOADS_MB", environ, None, 32_768, 1, 100_000_000, faults)
    uploads_each = _whole("TAGPILOT_MOST_UPLOADS_EACH_MB", environ, None, 8192, 1, 100_000_000, faults)
    jobs = _whole("TAGPILOT_MOST_JOBS", environ, None, 200, 1, 100_000, faults)
    jobs_each = _whole("TAGPILOT_MOST_JOBS_EACH", environ, None, 50, 1, 100_000, faults)
    requests_each = _whole("TAGPILOT_MOST_REQUESTS_EACH", environ, None, 3000, 0, 10_000_000, faults)
    floor = _whole("TAGPILOT_DISK_FLOOR_MB", environ, None, 512, 0, 100_000_000, faults)
    keep_runs = _whole("TAGPILOT_KEEP_RUNS_DAYS", environ, None, 0, 0, 36_500, faults)
    silent = _whole("TAGPILOT_SILENT_AFTER_S", environ, None, 60, 2, 3600, faults)
    demo = _whole("TAGPILOT_DEMO", environ, None, 0, 0, 1, faults)
    on_batch = _whole("TAGPILOT_MATCH_ON_BATCH", environ, None, 0, 0, 1, faults)
    current = _whole("TAGPILOT_KEEP_CURRENT", environ, None, 1, 0, 1, faults)
    rematch = _whole("TAGPILOT_REMATCH", environ, None, 0, 0, 1, faults)
    second_factor = _roles("TAGPILOT_SECOND_FACTOR", environ, faults)
    issuer = read_issuer(environ, faults)
    mail = read_mail(environ, faults)
    log_level = (environ.get("TAGPILOT_LOG_LEVEL") or "info").lower()
    if log_level not in LOG_LEVELS:
        faults.append(f"TAGPILOT_LOG_LEVEL is {log_level!r}; give one of {', '.join(LOG_LEVELS)}")
    today = None
    if text := environ.get("TAGPILOT_TODAY"):
        try:
            today = date.fromisoformat(text)
        except ValueError:
            faults.append(f"TAGPILOT_TODAY is {text!r}; give a date such as 2019-11-01")
    database_url = environ.get("TAGPILOT_DATABASE_URL") or f"sqlite:///{home / 'tagpilot.sqlite3'}"
    if "://" not in database_url:
        faults.append(
            "TAGPILOT_DATABASE_URL has no scheme; give a URL such as sqlite:////var/lib/tagpilot/tagpilot.sqlite3"
        )
    if faults:
        raise BadSettings("; ".join(faults))
    return Settings(
        home=home,
        database_url=database_url,
        host=host,
        port=port,
        threads=threads,
        scheduler=scheduler or None,
        log_level=log_level,
        today=today,
        allowed_hosts=hosts or LOOPBACK,
        demo=bool(demo),
        second_factor=second_factor,
        issuer=issuer,
        mail=mail,
        workers=workers,
        silent_after_s=silent,
        match_on_batch=bool(on_batch),
        keep_current=bool(current),
        rematch=bool(rematch),
        most_upload_mb=upload,
        audit_key_given=_file("TAGPILOT_AUDIT_KEY_FILE", environ),
        audit_heads_given=_file("TAGPILOT_AUDIT_HEADS_FILE", environ),
        most_uploads_mb=uploads,
        most_uploads_each_mb=uploads_each,
        most_jobs=jobs,
        most_jobs_each=jobs_each,
        most_requests_each=requests_each,
        disk_floor_mb=floor,
        keep_runs_days=keep_runs,
    )


def _file(name: str, environ: Mapping[str, str]) -> Path | None:
    return Path(text) if (text := environ.get(name)) else None


def _whole(
    name: str, environ: Mapping[str, str], given: int | None, default: int, low: int, high: int, faults: list[str]
) -> int:
    text = str(given) if given is not None else environ.get(name) or str(default)
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        faults.append(f"{name} is {text!r}; give a whole number from {low} to {high}")
        return default
    return number


def _roles(name: str, environ: Mapping[str, str], faults: list[str]) -> frozenset[Role]:
    text = environ.get(name, Role.ADMINISTRATOR.value)
    given = [each.strip().lower() for each in text.split(",") if each.strip() and text.strip().lower() != "none"]
    for each in given:
        if each not in set(Role):
            faults.append(f"{name} names {each!r}, which is no role; the roles are {', '.join(Role)}")
    return frozenset(Role(each) for each in given if each in set(Role))


def _processors() -> int:
    # What this process may use: in a container that is fewer than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
