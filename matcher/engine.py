"""The public face: tag fixes crossed with crimes, and what was found. See README.md for a worked example."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from matcher.chance import chance, strata
from matcher.contracts import CRIMES, VERDICTS
from matcher.crime_verdicts import place_of, verdicts_at
from matcher.finding import pairs_tested
from matcher.frames import checked
from matcher.index import CrimeIndex, index_crimes
from matcher.judging import Judged, judge
from matcher.params import Params
from matcher.permitted import Intervals, permitted
from matcher.trails import Trails, build, rows_of_frame
from matcher.verdicts import counted, from_frame

if TYPE_CHECKING:
    from matcher.geo_frames import Drawn, RunLayers


@dataclass(frozen=True, slots=True)
class Matches:
    """What `match` found.

    The frames are as in `contracts`: `candidates` with what each is worth, their `visits`, `day_hits` (on which other
    days each pair would have been a candidate), `curves` (what chance brings above each strength), `verdicts` (how many
    wearers were present, passed, possible, unobserved or excluded at each crime) and the crimes that are
    `not_matchable`. `verdict_codes` has each wearer's at all crimes (`verdicts.from_frame`). `chance` compares observed
    and expected matches in each stratum of window length. `counts` tells how many fixes were used and why others were
    not, how many crimes and pairs were tested, and how many were present or passed. `crimes` and `params` are what was
    asked.
    """

    candidates: pl.DataFrame
    visits: pl.DataFrame
    not_matchable: pl.DataFrame
    day_hits: pl.DataFrame
    curves: pl.DataFrame
    verdicts: pl.DataFrame
    verdict_codes: pl.DataFrame
    chance: list[dict[str, Any]]
    counts: dict[str, int]
    crimes: pl.DataFrame
    params: Params

    def verdicts_at(self, force: str, crime_ref: str, version: int | None = None) -> pl.DataFrame:
        """Every tested wearer's verdict at one crime; the five verdicts part them exactly.

        Parameters
        ----------
        force, crime_ref
            As in `crimes`; references are unique only within a force.
        version
            None: the latest that was given.

        Returns
        -------
        pl.DataFrame
            wearer_id; verdict (present, passed, possible, unobserved or excluded); reason, for unobserved
            (no_fix_yet, device_event, gap, implausible_speed), else null. By wearer_id. A wearer whose eligible time
            does not hold the whole window was not tested and is not in it.

        Raises
        ------
        CrimeNotFound
            There is no such crime, or it could not be matched; the message says why.
        VerdictsNotAsked
            `Params(verdicts=False)`.

        Notes
        -----
        O(wearers). What each verdict means: `verdicts`, and README.md.
        """
        at = place_of(self.verdicts, self.not_matchable, force, crime_ref, version)
        return verdicts_at(self.verdict_codes, at.row)

    def to_geopandas(self, crimes_as: "Drawn" = "disc") -> "RunLayers":
        """Crimes, candidates and visits as GeoPandas frames in EPSG:27700, see `geo_frames.RunLayers`.

        Parameters
        ----------
        crimes_as : "disc" or "point"
            The disc that wearers were looked for in, or the point the crime was reported at.

        Raises
        ------
        BadInput
            `crimes_as` is neither.
        """
        from matcher.geo_frames import run_layers

        return run_layers(
            self.crimes,
            self.not_matchable,
            self.candidates,
            self.visits,
            self.verdicts,
            radius_m=self.params.radius_m,
            crimes_as=crimes_as,
        )


def match(
    fixes: pl.DataFrame,
    crimes: pl.DataFrame,
    *,
    assignments: pl.DataFrame,
    monitored: Intervals,
    eligible: Intervals,
    params: Params | None = None,
    events: pl.DataFrame | None = None,
) -> Matches:
    """Cross tag fixes with crimes.

    Parameters
    ----------
    fixes : columns device_id, t, mechanism, easting_m, northing_m, accuracy_m (68 % radius, may be null)
        In any order. Instants are aware, positions metres in EPSG:27700.
    crimes : columns force, crime_ref, version, crime_type, t_from, t_to, easting_m, northing_m, location_accuracy_m
        One row for each version that is to be matched.
    assignments : columns device_id, wearer_id, from, to
    monitored, eligible : columns wearer_id, from, to, or `EVERYONE`
        There is no default for who may be matched.
    params : Params, optional
    events : columns device_id, t, event, optional
        What devices reported of themselves; says why somebody was not seen.

    Returns
    -------
    Matches

    Raises
    ------
    BadInput
        A frame breaks its contract; the message names frame, row, column and value.

    Notes
    -----
    O(fixes + candidates). The answer does not depend on the order of the rows.
    """
    params = params or Params()
    may = permitted(assignments, monitored, eligible)
    trails = build([rows_of_frame(fixes, may.devices)], may, params)
    index = index_crimes(crimes, params)
    found = judge(trails, index, params, events=events)
    judged = chance(found.candidates, found.day_hits, found.covered, strata(index))
    return Matches(
        judged.candidates,
        found.visits,
        index.not_matchable,
        found.day_hits,
        judged.curves,
        counted([from_frame(found.verdict_codes)[0]], index) if params.verdicts else pl.DataFrame(schema=VERDICTS),
        found.verdict_codes,
        judged.by_stratum,
        tally(trails, index, found),
        checked(crimes, CRIMES, "crimes", ("easting_m", "northing_m", "location_accuracy_m")),
        params,
    )


def tally(trails: Trails, index: CrimeIndex, found: Judged) -> dict[str, int]:
    """Counts for the manifest; those of different wearers add up."""
    may = trails.permitted
    return {
        **trails.counts,
        "wearers": len(may.wearers),
        "wearers_with_fixes": int(np.count_nonzero(np.diff(trails.offset))),
        "pairs_tested": pairs_tested(may, index),
        "present": int((found.candidates["verdict"] == "present").sum()),
        "passed": int((found.candidates["verdict"] == "passed").sum()),
        "visits": found.visits.height,
    }
