"""A version of the matcher before the present one: it took a wider circle and a longer window, and named its runs
otherwise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from api.usecases.matching import match_jobs
from tests.support.clients import Client
from tests.support.review import matched, move, released
from tests.support.worlds import World
from tracker.access.roles import Role

OLDER = "2"


@contextmanager
def older_version(version: str = OLDER, **settings: Any) -> Iterator[None]:
    """What is matched in this block is matched by that version, whose standard settings were others."""
    asked: Callable[..., Any] = match_jobs.question_of
    standard = settings or {"radius_m": 1_700.0, "buffer_s": 600.0}

    def by_its_standard(*given: Any) -> Any:
        question = asked(*given)
        return replace(question, params=replace(question.params, **standard))

    with pytest.MonkeyPatch.context() as patch:
        for module in ("merge", "plan", "incremental"):
            patch.setattr(f"matcher.runs.{module}.ALGORITHM", version)
        patch.setattr(match_jobs, "question_of", by_its_standard)
        yield


def said_by_an_older_version(world: World, as_: Callable[..., Client], *, confirm: tuple[str, ...]) -> dict[str, int]:
    """Match by the older version; confirm the matches of these wearers, release that of *inside*. Ids by wearer."""
    analyst, officer = as_(Role.ANALYST), as_(Role.RELEASER)
    with older_version():
        assert matched(world, analyst)["state"] == "done"
    items = analyst.get("/matches", params={"qAtMost": 1}).json()["items"]
    ids = {each["wearerRef"]: each["id"] for each in items}
    for wearer in confirm:
        assert move(analyst, ids[wearer], "assign", {}).status_code == 200
        answer = move(analyst, ids[wearer], "confirm", {"reason": "stood at the door"})
        assert answer.json()["state"] == "confirmed", answer.text
    if "W-inside" in confirm:
        assert released(officer, ids["W-inside"]).status_code == 201
    return ids
