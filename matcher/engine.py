"""The public face: tag fixes crossed with crimes, and what was found. See README.md for a worked example."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from matcher.analysis import covered_days
from matcher.analysis.candidates import pairs_tested
from matcher.analysis.chance import ChanceRows, chance, judged_crimes
from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.decoys import decoys_of
from matcher.analysis.group import Judged, judge
from matcher.analysis.verdicts import counted, from_frame
from matcher.analysis.verdicts_at_crime import place_of, verdicts_at
from matcher.frames import checked
from matcher.params import Params
from matcher.permitted import Intervals, permitted
from matcher.schemas import CRIMES, VERDICTS
from matcher.trails.build import Trails, build, rows_of_frame

if TYPE_CHECKING:
    from matcher.geopandas_frames import CrimeShape, RunLayers


@dataclass(frozen=True, slots=True)
class Matches:
    """What `match` found. Frames are polars, columns and units as in `schemas`; instants UTC, distances metres.

    Attributes
    ----------
    candidates : pl.DataFrame, `schemas.CANDIDATES`
        One row a pair of a crime and a wearer who was present or passed, with the evidence and what it is worth.
    visits : pl.DataFrame, `schemas.VISITS`
        When each candidate was in the disc.
    not_matchable : pl.DataFrame, `schemas.NOT_MATCHABLE`
        Crimes no pair could be tested for, and why.
    day_hits : pl.DataFrame, `schemas.DAY_HITS`
        On which other days each pair would have been a candidate; sparse.
    covered : pl.DataFrame, `schemas.COVERED_BY_CRIME`
        How many wearers can be compared with each crime's own day and the same weekday around it.
    curves : pl.DataFrame, `schemas.CURVES`
        Candidates observed and expected by chance at or above each strength, in three strata of window length.
    verdicts : pl.DataFrame, `schemas.VERDICTS`
        How many tested wearers were present, passed, possible, unobserved or excluded at each crime.
    verdict_codes : pl.DataFrame, `verdicts.CODES`
        Each wearer's verdict at all crimes, a byte a crime in the order of `verdicts`; see `verdicts_at`.
    chance : list of dict
        For each stratum the `crimes` tested, `observed` candidates and `expected_chance` at the lowest strength, None
        if nothing compares; without event crimes.
    lists : list of dict
        For q of at most 0.1, 0.2 and 0.5 in all strata together: how many are `listed`, and `expected_chance` of them.
    counts : dict of str to int
        How many fixes were read and used and why others were not, crimes and pairs tested, present, passed, visits.
    crimes : pl.DataFrame, `schemas.CRIMES`
        As they were given.
    params : Params
        As they were given.

    Notes
    -----
    Nobody who was not eligible is in any of these.
    """

    candidates: pl.DataFrame
    visits: pl.DataFrame
    not_matchable: pl.DataFrame
    day_hits: pl.DataFrame
    covered: pl.DataFrame
    curves: pl.DataFrame
    verdicts: pl.DataFrame
    verdict_codes: pl.DataFrame
    chance: list[dict[str, Any]]
    lists: list[dict[str, Any]]
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
            wearer_id; verdict (present, passed, possible, unobserved or excluded); reason, for possible (left_out_fix
            or null) and unobserved (no_fix_yet, device_event, gap, implausible_speed, two_trails), else null. By
            wearer_id. A wearer whose eligible time does not hold the whole window was not tested and is not in it.

        Raises
        ------
        CrimeNotFound
            There is no such crime, or it could not be matched; the message says why.
        VerdictsNotComputed
            `Params(verdicts=False)`.

        Notes
        -----
        O(wearers). What each verdict means: `verdicts`, and README.md.
        """
        at = place_of(self.verdicts, self.not_matchable, force, crime_ref, version)
        return verdicts_at(self.verdict_codes, at.row)

    def to_geopandas(self, crimes_as: "CrimeShape" = "disc") -> "RunLayers":
        """Crimes, candidates and visits as GeoPandas frames in EPSG:27700, see `geopandas_frames.RunLayers`.

        Parameters
        ----------
        crimes_as : "disc" or "point"
            The disc that wearers were looked for in, or the point the crime was reported at.

        Raises
        ------
        BadInput
            `crimes_as` is neither.
        """
        from matcher.geopandas_frames import run_layers

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
    accuracy_levels: pl.DataFrame | None = None,
) -> Matches:
    """Cross tag fixes with crimes.

    Parameters
    ----------
    fixes : pl.DataFrame, n rows as `schemas.FIXES`, optionally with columns of `schemas.MORE_OF_FIXES`
        device_id, t, mechanism, easting_m, northing_m, accuracy_m (a radius; null or 0 where it is not known), and
        optionally accuracy_level (of which share of errors in per cent it is the radius: 68, 90, 95). In any order.
        Instants are aware, positions metres in EPSG:27700, taken to whole millimetres.
    crimes : pl.DataFrame, m rows as `schemas.CRIMES`
        force, crime_ref, version, crime_type, t_from, t_to, easting_m, northing_m, location_accuracy_m (the last three
        may be null). One row for each version that is to be matched.
    assignments : pl.DataFrame as `schemas.ASSIGNMENTS`
        device_id, wearer_id, from, to: [from, to), a null `to` is still fitted.
    monitored, eligible : pl.DataFrame as `schemas.INTERVALS`, or `EVERYONE`
        wearer_id, from, to: [from, to), a null `to` is open. There is no default for who may be matched.
    params : Params, optional
    events : pl.DataFrame as `schemas.EVENTS`, optional
        device_id, t, event: what devices reported of themselves; says why somebody was not seen.
    accuracy_levels : pl.DataFrame as `schemas.ACCURACY_LEVELS`, optional
        device_id, from, to, accuracy_level: at what level a device states its accuracy, for fixes that declare none;
        68 where this says nothing either.

    Returns
    -------
    Matches

    Raises
    ------
    BadInput
        A frame breaks its contract; the message names frame, row, column and value.

    See Also
    --------
    runner.run : the same question of a store on disk, in bounded memory, kept as a folder.
    detail.detail : one candidate of a kept run with what proves it.

    Notes
    -----
    O(n + crimes x wearers), and a byte for each pair, with verdicts; O(n + candidates) without. The answer does not
    depend on the order of the rows. What each value means, and how well it has been found to hold: README.md.

    Sources: error radii are Rayleigh quantiles, their probabilities the non-central chi-square; where somebody could
    have been between two fixes is the space-time prism of time geography (Hägerstrand 1970), with errors at both ends.
    """
    params = params or Params()
    may = permitted(assignments, monitored, eligible, accuracy_levels)
    trails = build([rows_of_frame(fixes, may.devices)], may, params)
    index = index_crimes(crimes, params)
    found = judge(trails, index, params, events=events)
    covered = covered_days.by_crime(covered_days.from_frame(found.covered_days), index.crimes)
    rows = ChanceRows(found.candidates, decoys_of(found.day_hits), covered, judged_crimes(index))
    judged = chance(rows, params.min_pool_crimes)
    return Matches(
        judged.candidates,
        found.visits,
        index.not_matchable,
        found.day_hits,
        covered,
        judged.curves,
        counted([from_frame(found.verdict_codes)[0]], index) if params.verdicts else pl.DataFrame(schema=VERDICTS),
        found.verdict_codes,
        judged.by_stratum,
        judged.lists,
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
        "wearers_with_fixes": int(np.count_nonzero(np.diff(trails.fixes.offset))),
        "pairs_tested": pairs_tested(may, index),
        "present": int((found.candidates["verdict"] == "present").sum()),
        "passed": int((found.candidates["verdict"] == "passed").sum()),
        "visits": found.visits.height,
    }
