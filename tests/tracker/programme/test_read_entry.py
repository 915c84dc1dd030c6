"""What is read back of an entry can be given again."""

import pytest

from tracker.errors import BadEntry
from tracker.programme.read_entry import read_entry, read_some


@pytest.mark.parametrize("planned", ["2019-06-03", "2019-06", "2019-06 inferred", "2019"])
def test_an_approximate_day_is_given_as_it_is_read_back(planned: str) -> None:
    phase = {"decision": "PCD 570", "source": "2.1", "effective_on": "2018-12-05", "name": "June", "number": "3"}
    entered = read_entry("phase", {**phase, "planned": planned}, "it")
    back = {name: entered[name] for name in ("planned_on", "planned_precision")}
    assert read_entry("phase", {**phase, **back}, "it") == entered
    as_told = {"planned_on": str(back["planned_on"]), "planned_precision": str(back["planned_precision"])}
    assert read_some("phase", as_told, "it") == back


@pytest.mark.parametrize("given", [{"planned": "2019-06", "planned_on": "2019-06-01"}, {"planned_precision": "month"}])
def test_half_a_day_or_two_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(BadEntry, match="has no field planned_"):
        read_some("phase", given, "it")
