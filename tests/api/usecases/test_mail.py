"""Mail about new matches: a number and an address, what fails is tried again and said."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from api.errors import BadSettings
from api.settings import Settings, read_settings
from api.usecases.desk.mail import send_due
from api.usecases.stores import open_record
from tests.support.review import matched
from tests.support.worlds import NAME, World
from tracker.access.roles import Role
from tracker.review.tables import Match, MatchNews

NOW = datetime.now(UTC) + timedelta(hours=1)
"""After all that a test enters."""
MAIL = {
    "TAGPILOT_MAIL_FROM": "tagpilot@example.org",
    "TAGPILOT_MAIL_TO": "desk@example.org, night@example.org",
    "TAGPILOT_MAIL_OPEN": "https://tagpilot.example.org/matches/new",
    "TAGPILOT_MAIL_SECURITY": "none",
}


class Inbox:
    """What arrived; `refuse`: what is answered instead of taking it."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.refuse: str | None = None

    async def handle_RCPT(self, _s: SMTP, _n: Session, envelope: Envelope, address: str, _o: Any) -> str:
        if self.refuse and self.refuse in address:
            return f"550 no such user {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Controller(inbox, hostname="127.0.0.1", port=port)
    yield made
    if made.loop.is_running():
        made.stop()


def _settings(world: World, port: int) -> Settings:
    mail = read_settings({**MAIL, "TAGPILOT_MAIL_SERVER": f"127.0.0.1:{port}"}).mail
    return replace(world.settings, mail=mail)


@pytest.mark.slow
def test_mail_says_a_number_and_where_to_look_and_what_fails_is_said_and_sent_later(
    ready: World, inbox: Inbox, server: Controller
) -> None:
    settings, engine = _settings(ready, server.port), open_record(ready.settings)

    def due(minutes: float) -> bool | None:
        return send_due(settings, engine, by="worker", now=NOW + timedelta(minutes=minutes), clock=NOW)

    with ready.client_as(Role.ANALYST) as ana:
        assert due(0) is None
        matched(ready, ana)
        # The server is away: it is on record, said, and tried later and later.
        assert due(0) is False
        state = ana.get("/matches/new").json()["mail"]
        assert (state["failures"], state["why"]) == (1, "the mail server cannot be reached (ConnectionRefusedError)")
        assert "Tried once" in ready.run("desk", "new").stdout
        assert due(0.5) is None
        assert due(1.5) is False
        assert due(3) is None
        server.start()
        inbox.refuse = "example.org"
        assert due(4) is False
        assert ana.get("/matches/new").json()["mail"]["why"] == "the mail server refused 2 of the addresses"
        # One address is refused: the others have it, and that is said.
        inbox.refuse = "night"
        assert due(9) is True
        state = ana.get("/matches/new").json()["mail"]
        assert (state["failures"], state["matches"]) == (0, 2)
        assert state["why"] == "the mail server refused 1 of 2 addresses"
        inbox.refuse = None
        # Nothing is new, so nothing is said; then one is, after a while.
        assert due(60) is None
        with engine.begin() as connection:
            connection.execute(MatchNews.__table__.insert().from_select(["match_id"], _one()))
        assert due(10) is None
        assert due(61) is True
    engine.dispose()
    first, second = inbox.got
    assert (first.rcpt_tos, second.rcpt_tos) == (["desk@example.org"], ["desk@example.org", "night@example.org"])
    said = message_from_bytes(first.content or b"")
    assert said["Subject"] == "TagPilot: 2 new matches wait for review"
    assert said.get_payload().split() == (
        ["2", "new", "matches", "wait", "for", "review.", "Open:", "https://tagpilot.example.org/matches/new"]
    )
    whole = (first.content or b"").decode() + (second.content or b"").decode()
    for nobody in (NAME, "W-inside", "W-passer", "4417", "Metropolitan", "Burglary", "530000"):
        assert nobody not in whole


def _one() -> Any:
    from sqlalchemy import func, select

    return select(func.min(Match.id))


def test_what_is_wrong_with_the_settings_of_mail_is_said_at_once() -> None:
    with pytest.raises(BadSettings) as said:
        read_settings(
            {
                "TAGPILOT_MAIL_SERVER": "mail.example.org",
                "TAGPILOT_MAIL_TO": "desk",
                "TAGPILOT_MAIL_SECURITY": "none",
                "TAGPILOT_MAIL_EVERY_S": "0",
                "TAGPILOT_MAIL_USER": "tagpilot",
            }
        )
    for name in ("SERVER", "FROM", "TO", "OPEN", "SECURITY", "EVERY_S", "PASSWORD_FILE"):
        assert f"TAGPILOT_MAIL_{name}" in str(said.value), name
    with pytest.raises(BadSettings, match="TAGPILOT_MAIL_SERVER is not; set both"):
        read_settings({"TAGPILOT_MAIL_FROM": "a@b"})
    assert read_settings({}).mail is None
