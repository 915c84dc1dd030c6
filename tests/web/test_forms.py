"""Forms: what was typed stays when it cannot be taken, when the session has ended, and when somebody was quicker."""

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
import pytest

from api.schemas.wire import Body
from api.web.browser import COOKIE
from api.web.forms import Form, FormFaults
from tests.support.clients import PASSWORD
from tests.support.pages import browsing, hidden_field, name_of
from tests.support.worlds import World
from tracker.access.roles import Role


class Sample(Body, frozen=True, kw_only=True):
    """Of every kind that a form has."""

    how_many: Annotated[int, msgspec.Meta(ge=1, le=10)]
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=20)]
    on: date | None = None
    at: datetime | None = None
    sample: bool = False
    share: float | None = None
    boroughs: tuple[str, ...] = ()


LABELS = {"howMany": "How many", "reason": "Reason"}


def read(**fields: str | list[str]) -> Sample:
    form = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    return Form(form).read(Sample, LABELS)


def test_fields_become_what_json_would_have() -> None:
    found = read(
        howMany=" 3 ", reason="one\ntwo", on="2019-10-03", at="2019-07-01T21:00", sample="yes", boroughs=["a", ""]
    )
    assert found == Sample(
        how_many=3,
        reason="one\ntwo",
        on=date(2019, 10, 3),
        # London's clock: it was summer.
        at=datetime(2019, 7, 1, 20, tzinfo=UTC),
        sample=True,
        boroughs=("a",),
    )
    assert read(howMany="1", reason="abc", on="") == Sample(how_many=1, reason="abc")


def test_every_field_that_cannot_be_taken_is_told_at_once() -> None:
    with pytest.raises(FormFaults) as told:
        read(howMany="eleven", on="31/12/2019", at="yesterday")
    assert told.value.faults == {
        "howMany": "How many must be a whole number from 1 to 10.",
        "reason": "Reason is missing. Give text of 3 to 20 characters.",
        "on": "on must be a date such as 2019-10-03.",
        "at": "at must be a time with its zone such as 2019-10-03T21:00:00Z.",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"howMany": "11"},
        {"reason": "a\x00b"},
        {"on": "0001-01-01"},
        {"reason": "ab"},
        {"share": "nan"},
        {"share": "-inf"},
    ],
    ids=str,
)
def test_what_json_refuses_a_form_refuses(fields: dict[str, str]) -> None:
    with pytest.raises(FormFaults) as told:
        read(**{"howMany": "1", "reason": "abc", **fields})
    assert [*told.value.faults] == [*fields]


def test_what_was_typed_outlives_the_session(world: World) -> None:
    """Sent too late, the form is kept through the login and shown again; passwords are not."""
    name = name_of(Role.ANALYST)
    with browsing(world, None) as client:
        client.cookies.set(COOKIE, "of a session that has ended")
        typed = {
            "reason": 'Two "words" & <more>\nlines',
            "seen": '"tag"',
            "password": "a secret",
            "csrf": "old",
            "once": "old",
        }
        late = client.post("/app/me/sessions", data=typed)
        assert (late.status_code, hidden_field(late.text, "resumed")) == (401, "/app/me/sessions")
        assert "a secret" not in late.text
        kept = {"resumed": "/app/me/sessions", "typed:reason": typed["reason"], "typed:seen": '"tag"'}
        wrong = client.post("/app/login", data={**kept, "name": name, "password": "wrong"})
        assert (wrong.status_code, hidden_field(wrong.text, "typed:seen")) == (401, "&#34;tag&#34;")
        client.cookies.clear()
        again = client.post("/app/login", data={**kept, "name": name, "password": PASSWORD})
        assert again.status_code == 200
        assert 'action="/app/me/sessions"' in again.text
        assert "Two &#34;words&#34; &amp; &lt;more&gt;\nlines" in again.text
        # Its secret is the new session's: what is sent on now is taken as far as the page takes it.
        sent = client.post(
            "/app/me/sessions",
            data={"csrf": hidden_field(again.text, "csrf"), "once": hidden_field(again.text, "once")},
        )
    assert (sent.status_code, "Give your present password." in sent.text) == (422, True)


def test_a_form_of_another_site_is_not_kept_for_the_login_either(world: World) -> None:
    with browsing(world, None) as client:
        answer = client.post("/app/me/sessions", data={"reason": "theirs"}, headers={"origin": "https://a.test"})
    assert (answer.status_code, "theirs" in answer.text) == (403, False)


def test_an_open_page_says_that_it_is_used(world: World) -> None:
    with browsing(world, Role.ANALYST) as client:
        assert client.get("/app/still").status_code == 204
        client.cookies.clear()
        assert client.get("/app/still").status_code == 303
