"""A count and its noun agree."""

from tracker.counted import counted


def test_one_is_one_and_others_are_several() -> None:
    assert [counted(n, "place is", "places are") for n in (0, 1, 2)] == ["0 places are", "1 place is", "2 places are"]
    assert (counted(1, "row"), counted(1_204, "row")) == ("1 row", "1,204 rows")
