"""What a request gets wrong is answered in a sentence that names the parameter and gives what would be right."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from litestar import Litestar, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from litestar.testing import TestClient

from api.http.problems import EXCEPTION_HANDLERS
from api.schemas.fields import Instant
from api.schemas.wire import Body


class Settings(Body, frozen=True, kw_only=True):
    radius_m: Annotated[float, msgspec.Meta(ge=1, le=5000)] = 100.0
    at_most: Annotated[int, msgspec.Meta(le=5)] = 1


class Sent(Body, frozen=True, kw_only=True):
    amount_pence: int
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    share: float = 0.5
    flag: bool = True
    on: date | None = None
    at: Instant | None = None
    kind: Literal["reserve", "impose"] = "reserve"
    text: Annotated[str, msgspec.Meta(min_length=3, max_length=5)] = "abc"
    name: Annotated[str, msgspec.Meta(pattern="^[a-z]+")] = "abc"
    settings: Settings = msgspec.field(default_factory=Settings)
    items: Annotated[list[Settings], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: [Settings()])
    fields: dict[str, Annotated[str, msgspec.Meta(max_length=3)]] = msgspec.field(default_factory=dict)


@post("/sent", sync_to_thread=False)
def send(data: JSONBody[Sent]) -> None: ...


@get("/asked", sync_to_thread=False)
def ask(
    needed: Annotated[int, QueryParameter(name="neededHere")],
    since: Annotated[datetime | None, QueryParameter(name="from")] = None,
    near: Annotated[float | None, QueryParameter(ge=0)] = None,
    whole: FromQuery[bool] = True,
) -> None: ...


NUMBER = "a number from 1 to 5,000"


def told(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.text
    problem = response.json()
    assert problem["title"] == "Invalid request"
    words = [fault["message"] for fault in problem["errors"]]
    assert problem["detail"] == "; ".join(words)
    for technical in ("Expected", "`str`", "`int`", "RFC3339", "enum", "regex", "null", "$"):
        assert technical not in problem["detail"]
    return [(fault["field"], fault["message"]) for fault in problem["errors"]]


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"amountPence": "x"}, "amountPence", "`amountPence` must be a whole number of pence, for example 20000000"),
        ({"amountPence": None}, "amountPence", "`amountPence` must be a whole number of pence, for example 20000000"),
        ({}, "amountPence", "`amountPence` is missing; it must be a whole number of pence, for example 20000000"),
        ({"count": 1.5}, "count", "`count` must be a whole number from 1 to 1,000"),
        ({"count": 0}, "count", "`count` must be a whole number from 1 to 1,000"),
        ({"share": "x"}, "share", "`share` must be a number"),
        ({"flag": "x"}, "flag", "`flag` must be true or false"),
        ({"on": "2019-02-30"}, "on", "`on` must be a date such as 2019-10-03"),
        ({"on": 3}, "on", "`on` must be a date such as 2019-10-03"),
        ({"at": "x"}, "at", "`at` must be a time with its zone such as 2019-10-03T21:00:00Z"),
        ({"at": "2019-10-03T21:00:00"}, "at", "`at` must be a time with its zone such as 2019-10-03T21:00:00Z"),
        ({"kind": "withdraw"}, "kind", "`kind` must be one of impose, reserve"),
        ({"kind": 3}, "kind", "`kind` must be one of impose, reserve"),
        ({"text": "ab"}, "text", "`text` must be text of 3 to 5 characters"),
        ({"text": 3}, "text", "`text` must be text of 3 to 5 characters"),
        ({"name": "1"}, "name", "`name` must be text in the form ^[a-z]+"),
        ({"settings": {"radiusM": "x"}}, "settings.radiusM", f"`settings.radiusM` must be {NUMBER}"),
        ({"settings": {"atMost": 9}}, "settings.atMost", "`settings.atMost` must be a whole number of at most 5"),
        ({"settings": 3}, "settings", "`settings` must be an object with the fields radiusM, atMost"),
        (
            {"settings": {"colour": "red"}},
            "settings.colour",
            "there is no field `colour` here; there are radiusM, atMost",
        ),
        ({"items": [{"radiusM": 0}]}, "items[0].radiusM", f"`items[0].radiusM` must be {NUMBER}"),
        (
            {"items": []},
            "items",
            "`items` must be a list of at least 1 item, each an object with the fields radiusM, atMost",
        ),
        ({"fields": {"a": "long"}}, "fields[...]", "`fields[...]` must be text of at most 3 characters"),
    ],
)
def test_a_fault_of_a_body_names_the_field_and_what_would_be_right(
    body: dict[str, Any], field: str, message: str
) -> None:
    whole = body if not body or "amountPence" in body else {"amountPence": 1, **body}
    with TestClient(Litestar([send], exception_handlers=EXCEPTION_HANDLERS)) as client:
        answer = client.post("/sent", json=whole)
    assert told(answer) == [(field, message)]


@pytest.mark.parametrize("body", ["[1]", "3", '"text"'])
def test_a_body_that_is_no_object_says_what_one_would_hold(body: str) -> None:
    with TestClient(Litestar([send], exception_handlers=EXCEPTION_HANDLERS)) as client:
        ((field, message),) = told(client.post("/sent", content=body, headers={"content-type": "application/json"}))
    assert field == "body"
    assert message.startswith("the body must be an object with the fields amountPence, count, share")


def test_a_missing_body_is_asked_for() -> None:
    with TestClient(Litestar([send], exception_handlers=EXCEPTION_HANDLERS)) as client:
        assert told(client.post("/sent")) == [("body", "send a JSON object as the request's body")]


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({"neededHere": "x"}, "neededHere", "`neededHere` must be a whole number"),
        ({}, "neededHere", "`neededHere` is missing; it must be a whole number"),
        ({"from": "x"}, "from", "`from` must be a time with its zone such as 2019-10-03T21:00:00Z"),
        ({"near": "x"}, "near", "`near` must be a number of at least 0"),
        ({"near": "-1"}, "near", "`near` must be a number of at least 0"),
        ({"whole": "x"}, "whole", "`whole` must be true or false"),
    ],
)
def test_a_fault_of_a_query_parameter_names_it_as_it_was_sent(asked: dict[str, str], field: str, message: str) -> None:
    whole = asked if not asked or "neededHere" in asked else {"neededHere": "1", **asked}
    with TestClient(Litestar([ask], exception_handlers=EXCEPTION_HANDLERS)) as client:
        assert told(client.get("/asked", params=whole)) == [(field, message)]
