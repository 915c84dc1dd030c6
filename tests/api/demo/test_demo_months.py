"""The demo's people are fitted as the phases are launched: never more places are taken than the paper then allows."""

from collections import Counter
from datetime import date, timedelta
from itertools import accumulate

from click.testing import CliRunner

from api.cli.main import cli
from api.demo.record import FIRST_DAY, PLACE_DAYS
from api.demo.releases import LAUNCHES, PILOT, is_live, listed_on
from matcher.synthetic import World
from matcher.synthetic.city import wearer
from tracker.decisions.papers import papers
from tracker.rollout.capacity import PlaceMove
from tracker.times import london_day


def test_no_more_places_are_taken_on_any_day_than_the_launched_phases_allow() -> None:
    world = World(days=31, first_day=FIRST_DAY)
    people = [wearer(world.seed, n, world.wearers, FIRST_DAY, world.days) for n in range(world.wearers)]
    taken = Counter(london_day(one.tags[0][1]) - timedelta(days=PLACE_DAYS[PlaceMove.RESERVED]) for one in people)
    [pilot] = [paper for paper in papers() if paper.key == PILOT]
    phases = [entry.values for entry in pilot.entries if entry.section == "phase"]
    maxima = {each["name"]: each["running_maximum"] for each in phases}
    days = sorted(taken)
    for day, places in zip(days, accumulate(taken[day] for day in days), strict=True):
        allowed = max(maxima[phase] for phase, launched in LAUNCHES if launched <= day)
        assert places <= allowed, (day, places)
    assert sum(taken.values()) == max(maxima.values()) == 300


def test_the_demo_has_no_more_days_than_its_month() -> None:
    for days in ("32", "0"):
        refused = CliRunner().invoke(cli, ["demo", "--days", days])
        words = f"{days} days. The demo's month is October 2019: give 1 to 31. tagpilot generate makes a London of more"
        assert (refused.exit_code, words in refused.output) == (2, True), refused.output


def test_phases_are_launched_in_the_months_that_the_paper_plans() -> None:
    assert [on.strftime("%B") for _, on in LAUNCHES] == ["February", "June", "August", "September"]
    assert all(on.year == 2019 for _, on in LAUNCHES)


def test_a_list_is_sent_on_a_monday_three_to_four_weeks_before_the_release() -> None:
    for n in range(14):
        released = date(2019, 8, 1) + timedelta(days=n)
        assert listed_on(released).weekday() == 0
        assert timedelta(days=21) <= released - listed_on(released) < timedelta(days=28)
    assert not is_live("Camden", date(2019, 8, 11))
    assert is_live("Camden", date(2019, 8, 12))
