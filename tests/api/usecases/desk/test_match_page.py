"""Where a match stands in the queue that its reader came from."""

import pytest

from api.usecases.desk.match_page import COUNTED, in_queue


@pytest.mark.parametrize(
    ("match_id", "numbers", "told"),
    [
        (7, [9, 7, 8], (2, 3, 9, 8, False)),
        (9, [9, 7, 8], (1, 3, None, 7, False)),
        (8, [9, 7, 8], (3, 3, 7, None, False)),
        (5, [9, 7, 8], (None, 3, None, None, False)),
        (5, [], (None, 0, None, None, False)),
        (COUNTED, [*range(1, COUNTED + 2)], (COUNTED, COUNTED, COUNTED - 1, COUNTED + 1, True)),
        (COUNTED + 1, [*range(1, COUNTED + 2)], (None, COUNTED, None, None, True)),
    ],
)
def test_a_match_is_counted_in_the_order_of_the_queue(
    match_id: int, numbers: list[int], told: tuple[object, ...]
) -> None:
    found = in_queue(match_id, numbers)
    assert (found.number, found.total, found.before, found.behind, found.more) == told
