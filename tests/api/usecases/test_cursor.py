"""A place in a list comes back as it was given; any other text is refused in words, whatever it holds."""

import base64
import json
from typing import Any

import pytest

from api.usecases.cursor import NamePlace, next_of, part_of, place_of
from api.usecases.request_context import Page
from tracker.errors import BadEntry
from tracker.review.queries import MatchPlace


def test_the_place_that_a_page_gave_comes_back() -> None:
    for place in (MatchPlace(0.1, 0.25, 3e-7, 17), MatchPlace(2.0, 1.0, 1.0, (1 << 63) - 1)):
        assert place_of(next_of(place), MatchPlace) == place
    assert part_of(Page(5, 2), next_of(NamePlace("GL/7 é"))) == (5, 2, "GL/7 é")


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("x", NamePlace),
        (["a", "b"], NamePlace),
        (["\0"], NamePlace),
        (["a\0b"], NamePlace),
        ([0.1, 0.2, 0.3, 1 << 63], MatchPlace),
        ([0.1, 0.2, 0.3, "7"], MatchPlace),
        ([0.1, 0.2, None, 7], MatchPlace),
    ],
)
def test_a_text_that_no_page_gave_is_refused(said: Any, form: Any) -> None:
    text = said if isinstance(said, str) else base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    with pytest.raises(BadEntry, match="give `next` of the page before as it stands"):
        place_of(text, form)
