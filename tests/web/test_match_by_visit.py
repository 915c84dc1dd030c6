"""The page of a match tells a stay at the edge and a drive past apart: in its sentence, its visits, what speaks against
it and its map; and stays a page with the positions of a whole day."""

import re
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from api.schemas.matching.match_page import InQueue, MatchPage
from api.schemas.matching.review import MatchDetail
from api.views.matching.lead import lead, speaks_against
from api.web.pages.analyst import match as of_match
from tests.support.by_visit import NOON, as_match, told_by_visit
from tests.support.page_figures import Figures
from tests.support.pages import browsing
from tests.support.worlds import World
from tracker.access.roles import Role

Shown = Callable[[MatchDetail], str]
ALONE = InQueue(number=1, total=1, more=False, before=None, behind=None)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> MatchDetail:
    evidence, _ = told_by_visit(tmp_path_factory.mktemp("by_visit"))
    return as_match(evidence, reference_days=28, reference_hits=0, note=None)


@pytest.fixture
def shown(world: World, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """The page of a match as if the record had it."""

    def page(detail: MatchDetail) -> str:
        found = MatchPage(detail=detail, in_queue=ALONE, latest_version=1)
        monkeypatch.setattr(of_match, "match_page", lambda *_: found)
        with browsing(world, Role.ANALYST) as client:
            return client.get("/app/matches/41").text

    return page


def test_a_stay_at_the_edge_and_a_drive_past_are_told_by_visit(scene: MatchDetail, shown: Shown) -> None:
    text = shown(scene)
    said = text.partition('id="lead">')[2].partition("<")[0]
    assert said == lead(scene)
    assert said.startswith(
        "Stood 96 to 108 m away for 22 min, at the edge; then passed 4 m away at car speed (72 km/h)"
    )
    assert scene.evidence is not None
    figures = Figures(text).found
    stay, drive = scene.evidence.visits
    assert figures["visit.A.fixesAtEdge"] == {f"{stay.fixes} of {stay.fixes}"}
    assert (figures["visit.A.closestM"], figures["visit.B.closestM"]) == ({"96 m"}, {"4 m"})
    assert drive.speed_kmh is not None
    assert figures["visit.B.speedKmh"] == {f"{drive.speed_kmh:.0f} km/h"}
    assert (figures["visit.A.fixes"], figures["visit.B.fixes"]) == ({str(stay.fixes)}, {str(drive.fixes)})
    against = [" ".join(figures[f"against.{n}"]) for n in range(len(speaks_against(scene)))]
    assert [each for each in against if "reaches its edge" in each and "visit A" in each]
    assert [each for each in against if each.startswith("Visit B was passing through at 72 km/h")]
    letters = re.findall(r">([AB])<", text.partition('id="map"')[2].partition('id="told"')[0])
    assert set(letters) == {"A", "B"}, "each visit has its letter on the map"


def test_the_positions_of_a_whole_day_come_a_hundred_at_a_time(scene: MatchDetail, shown: Shown) -> None:
    assert scene.evidence is not None
    fix = next(each for each in scene.evidence.fixes if each.inside)
    day = [
        msgspec.structs.replace(fix, t=NOON + timedelta(seconds=30 * n), northing_m=fix.northing_m + n % 90, label=None)
        for n in range(2_880)
    ]
    text = shown(msgspec.structs.replace(scene, evidence=msgspec.structs.replace(scene.evidence, fixes=day)))
    assert Figures(text).found["fixes"] == {"2880"}
    assert "page 1 of 29" in text
    assert text.count('<tr id="position-') == 100
    assert len(re.findall("<[a-z]", text.partition('<template id="told">')[0])) < 1_500
