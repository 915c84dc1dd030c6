"""Settings of the mail that says how many matches are new: the server that takes it, from whom and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

Security = Literal["tls", "starttls", "none"]
NAMES = {
    "TAGPILOT_MAIL_SERVER": "host:port of the SMTP server that takes mail about new matches; none is sent if not set",
    "TAGPILOT_MAIL_SECURITY": "starttls (the default), tls, or none for a server on this machine",
    "TAGPILOT_MAIL_FROM": "the address that mail is from",
    "TAGPILOT_MAIL_TO": "the addresses that mail goes to, with commas: those of the desk",
    "TAGPILOT_MAIL_OPEN": "the address to open, as it stands in the mail",
    "TAGPILOT_MAIL_USER": "the user at the SMTP server, if it asks for one",
    "TAGPILOT_MAIL_PASSWORD_FILE": "the file that has this user's password",
    "TAGPILOT_MAIL_EVERY_S": "seconds between two mails at least; 900 if not set",
}
_NEEDED = ("TAGPILOT_MAIL_FROM", "TAGPILOT_MAIL_TO", "TAGPILOT_MAIL_OPEN")
_LOCAL = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`open_at`: what the mail says to open. The password is read from its file when mail is sent."""

    host: str
    port: int
    security: Security
    sender: str
    to: tuple[str, ...]
    open_at: str
    user: str | None = None
    password_file: Path | None = field(default=None, repr=False)
    every_s: int = 900


def read_mail(environ: Mapping[str, str], faults: list[str]) -> MailSettings | None:
    """The server, if one is set; what is wrong is added to `faults`."""
    given = {name: environ.get(name, "").strip() for name in NAMES}
    server = given["TAGPILOT_MAIL_SERVER"]
    if not server:
        faults += [
            f"{name} is set and TAGPILOT_MAIL_SERVER is not; set both or none" for name, value in given.items() if value
        ]
        return None
    before = len(faults)
    host, _, port = server.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        faults.append(f"TAGPILOT_MAIL_SERVER is {server!r}; give a host and a port, such as mail.example.org:587")
    faults += [f"{name} is not set; {NAMES[name]}" for name in _NEEDED if not given[name]]
    to = tuple(each.strip() for each in given["TAGPILOT_MAIL_TO"].split(",") if each.strip())
    for name, address in (("TAGPILOT_MAIL_FROM", given["TAGPILOT_MAIL_FROM"]), *(("TAGPILOT_MAIL_TO", x) for x in to)):
        if address and (address.count("@") != 1 or any(c.isspace() or not c.isprintable() for c in address)):
            faults.append(f"{name} is {address!r}; give an address such as desk@example.org")
    security = given["TAGPILOT_MAIL_SECURITY"].lower() or "starttls"
    if security not in ("tls", "starttls", "none"):
        faults.append(f"TAGPILOT_MAIL_SECURITY is {security!r}; give starttls, tls or none")
    elif security == "none" and host.strip("[]") not in _LOCAL:
        faults.append(f"TAGPILOT_MAIL_SECURITY is none and {host} is not this machine; give starttls or tls")
    user, file = given["TAGPILOT_MAIL_USER"], given["TAGPILOT_MAIL_PASSWORD_FILE"]
    if bool(user) != bool(file):
        faults.append("TAGPILOT_MAIL_USER and TAGPILOT_MAIL_PASSWORD_FILE go together; set both or none")
    every = given["TAGPILOT_MAIL_EVERY_S"] or "900"
    if not every.isdigit() or not 1 <= int(every) <= 86_400:
        faults.append(f"TAGPILOT_MAIL_EVERY_S is {every!r}; give a whole number from 1 to 86400")
    if len(faults) > before:
        return None
    return MailSettings(
        host.strip("[]"),
        int(port),
        cast(Security, security),
        given["TAGPILOT_MAIL_FROM"],
        to,
        given["TAGPILOT_MAIL_OPEN"],
        user or None,
        Path(file) if file else None,
        int(every),
    )
