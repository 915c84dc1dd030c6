"""Settings of a match (`matcher.params.Params`), under the names they have over HTTP."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

import msgspec

from api.schemas.fields import Instant
from api.schemas.wire import Body, Wire
from api.wording.settings import settings_in_words
from matcher.params import Params
from tracker.match_settings.rules import SHOWN, STANDARD, MatchSettings


class JobParams(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Settings of a match; one that is left out, or null, has its standard value.

    `radiusM`: of the circle round a crime. `bufferS`: added to both ends of a crime's window. `maxWindowH`: crimes
    with a longer window are not matched. `maxAccuracyM`: a fix with a larger error is not used. `mechanisms`: how a
    fix was obtained. `maxGapS`: a path is drawn between two fixes no further apart. `maxSpeedMps`: a faster path is not
    drawn. `minFixes`: fixes inside that make the verdict present. `presence`: whether its probability is computed.
    `errorTimeS`: fixes this far apart have independent errors. `referenceDays`: days before and after that a candidate
    is compared with. `minCoverage`: the share of the window that has to be known on such a day. `nearnessTailShare`:
    the share of errors taken to be five times as large as stated. `minPoolCrimes`: fewer crimes give no q. `verdicts`:
    whether every tested wearer gets one. `prismStepS`: for *excluded*, the first fix of each so many seconds stands for
    all of them. `prismMinSigmaM`: for *excluded*, no error is smaller. `frozenS`: a device in motion that reports one
    position for longer is frozen, and its fixes are not used. `dataUntil`: fixes are complete up to here.
    """

    radius_m: float | None = None
    buffer_s: float | None = None
    max_window_h: float | None = None
    max_accuracy_m: float | None = None
    mechanisms: list[Literal["gnss", "wifi", "lbs", "rf"]] | None = None
    max_gap_s: float | None = None
    max_speed_mps: float | None = None
    min_fixes: int | None = None
    presence: bool | None = None
    error_time_s: float | None = None
    min_sigma_m: float | None = None
    default_accuracy_m: float | None = None
    default_location_accuracy_m: float | None = None
    max_location_accuracy_m: float | None = None
    reference: Literal["all_days", "same_weekday"] | None = None
    reference_days: int | None = None
    min_coverage: float | None = None
    nearness_tail_share: float | None = None
    min_pool_crimes: int | None = None
    verdicts: bool | None = None
    prism_step_s: float | None = None
    prism_min_sigma_m: float | None = None
    frozen_s: float | None = None
    data_until: Instant | None = None

    def stored(self) -> dict[str, Any]:
        """Those that were given, by the matcher's own names, as a job's row keeps them."""
        given = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        return dict(msgspec.to_builtins(given))


NAMES_OVER_HTTP = dict(zip(JobParams.__struct_fields__, JobParams.__struct_encode_fields__, strict=True))
"""By the matcher's name of a setting, the one it has in a request."""
if _differing := {each.name for each in fields(Params)} ^ set(NAMES_OVER_HTTP):
    raise TypeError(f"settings of a match and of a job differ: {sorted(_differing)}")


def settings_of(params: Params, levels: Sequence[Mapping[str, Any]] | None = None) -> MatchSettings:
    """The settings of a match as the record keeps them; `levels` are those of devices' accuracy that a job gave."""
    standard, given = Params().to_json(), params.to_json()
    values = {name: _plain(given[name]) for name in SHOWN}
    values |= {name: _plain(value) for name, value in given.items() if name not in SHOWN and value != standard[name]}
    if levels:
        values["accuracy_levels"] = sha256(json.dumps(list(levels), sort_keys=True).encode()).hexdigest()
    for name in _WHOLE & values.keys():
        values[name] = int(values[name])
    return MatchSettings(values)


def params_of(settings: MatchSettings) -> dict[str, Any]:
    """Those that differ from the standard, as a job's row keeps them."""
    values = {name: value for name, value in settings.values.items() if name != "accuracy_levels"}
    return {name: value for name, value in values.items() if value != STANDARD.values.get(name)}


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


_WHOLE = frozenset({"min_fixes", "reference_days", "min_pool_crimes"})


class SettingsOut(Wire, frozen=True, kw_only=True):
    """With which settings a match was made: the radius of the circle, what is added to both ends of the crime's window,
    the longest window, and in `others` what else differs from the standard. `standing`: they are the standing settings
    of the crime. `whatIf`: the name of the what-if that found it."""

    radius_m: float
    buffer_s: float
    max_window_h: float
    others: JobParams | None
    standing: bool
    what_if: str | None
    in_words: str


def settings_out(values: Mapping[str, Any], *, standing: bool, what_if: str | None = None) -> SettingsOut:
    """From a match's row."""
    others = {name: value for name, value in values.items() if name in NAMES_OVER_HTTP and name not in SHOWN}
    return SettingsOut(
        **{name: values[name] for name in SHOWN},
        others=job_params_of(others) if others else None,
        standing=standing,
        what_if=what_if,
        in_words=settings_in_words(values, standing=standing, what_if=what_if),
    )


class RunParams(Wire, frozen=True, kw_only=True):
    """Every setting a run was made with, by the names that a job's settings have. `defaultAccuracyM` null: none is
    assumed for a fix that states none; `dataUntil` null: no limit. Null too is what a run of an earlier version of the
    matcher did not have."""

    radius_m: float
    buffer_s: float
    max_window_h: float
    max_accuracy_m: float
    mechanisms: list[str]
    max_gap_s: float
    max_speed_mps: float
    min_fixes: int
    presence: bool
    error_time_s: float
    min_sigma_m: float
    default_accuracy_m: float | None
    default_location_accuracy_m: float
    max_location_accuracy_m: float
    reference: str
    reference_days: int
    min_coverage: float
    nearness_tail_share: float | None = None
    min_pool_crimes: int | None = None
    verdicts: bool
    prism_step_s: float | None = None
    prism_min_sigma_m: float | None = None
    frozen_s: float | None = None
    data_until: datetime | None


def job_params_of(stored: Mapping[str, Any]) -> JobParams:
    """From a job's row."""
    return msgspec.convert({NAMES_OVER_HTTP[name]: value for name, value in stored.items()}, JobParams)


def run_params_of(manifest: Mapping[str, Any]) -> RunParams:
    """From a run's manifest."""
    return msgspec.convert({NAMES_OVER_HTTP[name]: value for name, value in manifest.items()}, RunParams)
