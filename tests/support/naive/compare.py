"""The matcher's verdicts, compared with their naive twins."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from matcher.analysis.candidates import find, one_a_wearer
from matcher.analysis.crimes import index_crimes
from matcher.analysis.verdicts import counted, verdict_codes
from matcher.permitted import permitted
from matcher.schemas import CRIME_KEY, VERDICT_CODES
from matcher.trails.build import build, rows_of_frame
from tests.support.naive.verdicts import Verdict


class MatchedVerdicts(NamedTuple):
    verdicts: pl.DataFrame
    codes: dict[tuple[Any, ...], str]


def matched_verdicts(frames: dict[str, Any]) -> MatchedVerdicts:
    params = frames["params"]
    may = permitted(frames["assignments"], frames["monitored"], frames["eligible"])
    trails = build([rows_of_frame(frames["fixes"], may.devices)], may, params)
    index = index_crimes(frames["crimes"], params)
    candidates = one_a_wearer(find(trails, index, params), trails.wearer_of).candidates
    place = {key: i for i, key in enumerate(index.crimes.select(CRIME_KEY).rows())}
    crime = np.array([place[row] for row in candidates.select(CRIME_KEY).rows()], np.int32)
    wearer = np.array([may.wearers.index(w) for w in candidates["wearer_id"]], np.int32)
    inside = (candidates["fixes_within"] >= params.min_fixes).to_numpy()
    codes = verdict_codes(trails, index, wearer, crime, inside, params, events=frames["events"])
    by_pair = {
        (*index.crimes.select(CRIME_KEY).row(c), may.wearers[w]): VERDICT_CODES[codes[w, c]]
        for w in range(codes.shape[0])
        for c in range(codes.shape[1])
        if codes[w, c]
    }
    return MatchedVerdicts(counted([codes], index), by_pair)


def assert_same_verdicts(found: MatchedVerdicts, expected: dict[tuple[Any, ...], Verdict]) -> None:
    assert found.codes.keys() == expected.keys()
    counts: dict[tuple[Any, ...], Counter[str]] = {}
    for key, code in found.codes.items():
        assert code == expected[key].code or expected[key].near_tie, (key, code, expected[key])
        counts.setdefault(key[:3], Counter())[code] += 1
    for row in found.verdicts.to_dicts():
        of_crime = counts.get(tuple(row[name] for name in CRIME_KEY), Counter())
        assert {name: row[name] for name in VERDICT_CODES[1:]} == {name: of_crime[name] for name in VERDICT_CODES[1:]}
