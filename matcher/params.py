"""What a run is asked to do: every setting, checked, in one frozen value."""

from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from matcher.errors import BadParams

ALGORITHM = "4"
"""Version of what the matcher computes. Changes whenever the same input could give another answer."""

MECHANISMS = ("gnss", "wifi", "lbs", "rf")
"""How a fix was obtained; the order is the order of fixes of one wearer at one instant."""

REFERENCES = ("all_days", "same_weekday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Settings of a match run. Stored whole with the run and part of its identity.

    Raises
    ------
    BadParams
        Naming every setting that is out of range, its value and what would be right.
    """

    radius_m: float = 100.0
    """Radius of the closed disc round the crime, whole millimetres; 1 to 5,000."""
    buffer_s: float = 0.0
    """Added to both ends of the crime's window; 0 to 43,200."""
    max_window_h: float = 12.0
    """A crime whose window is longer is not matchable; with buffers at most 24 unless raised past 24 itself."""
    max_accuracy_m: float = 100.0
    """A fix with a larger 68 % radius is no evidence."""
    mechanisms: frozenset[str] = field(default_factory=lambda: frozenset({"gnss"}))
    max_gap_s: float = 180.0
    """The path is drawn between two fixes no further apart in time."""
    max_speed_mps: float = 40.0
    min_fixes: int = 1
    """Fixes inside that make the verdict *present*; with fewer the path may still have *passed*."""
    presence: bool = True
    """Whether the probability of presence is computed."""
    error_time_s: float = 300.0
    """Fixes this far apart in time are independent observations; nearer ones share their error."""
    min_sigma_m: float = 1.0
    """The standard deviation of an error is at least this."""
    default_accuracy_m: float | None = None
    """Used for a fix that states none; without it such a fix counts for distances only and p_present is null."""
    default_location_accuracy_m: float = 20.0
    max_location_accuracy_m: float = 100.0
    reference: str = "all_days"
    """Which other days a candidate is compared with: all_days or same_weekday."""
    reference_days: int = 28
    """Days each side of the crime's; 0: no comparison, 60 at most."""
    min_coverage: float = 0.8
    """A day counts if the path is drawn for at least this share of its window."""
    nearness_tail_share: float = 0.1
    """The share of places and fixes taken to err five times as far as stated, in nearness; 0 to 0.5."""
    min_pool_crimes: int = 200
    """With fewer tested crimes in a stratum of window length, q is null."""
    verdicts: bool = True
    """Whether wearers who are not candidates are classified as possible, unobserved or excluded."""
    prism_step_s: float = 15.0
    """The first fix of each so many seconds stands for all of them where a visit could have been hidden; 0: every fix
    stands for itself."""
    prism_min_sigma_m: float = 25.0
    """Where a visit could have been hidden the standard deviation of an error is at least this."""
    frozen_s: float = 1200.0
    """A device that reports one position for longer, and a speed over 0 within that time, is frozen: no evidence."""
    data_until: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "mechanisms", frozenset(self.mechanisms))
        faults = []
        for name, low, high in (
            ("radius_m", 1.0, 5_000.0),
            ("buffer_s", 0.0, 43_200.0),
            ("max_window_h", 0.0, 24.0 * 366),
            ("max_accuracy_m", 0.0, 10_000.0),
            ("max_gap_s", 1.0, 3_600.0),
            ("max_speed_mps", 1.0, 1_000.0),
            ("min_fixes", 1, 1_000_000),
            ("default_location_accuracy_m", 0.0, 10_000.0),
            ("max_location_accuracy_m", 0.0, 10_000.0),
            ("error_time_s", 1.0, 86_400.0),
            ("min_sigma_m", 0.1, 1_000.0),
            ("reference_days", 0, 60),
            ("min_coverage", 0.01, 1.0),
            ("nearness_tail_share", 0.0, 0.5),
            ("min_pool_crimes", 0, 1_000_000),
            ("prism_step_s", 0.0, 3_600.0),
            ("prism_min_sigma_m", 0.0, 1_000.0),
            ("frozen_s", 1.0, 86_400.0),
        ):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
                faults.append(f"{name} is {value!r}; give a number from {low:g} to {high:g}")
        if not faults and self.max_window_h <= 24 < self.max_window_h + self.buffer_s / 1800:
            faults.append(
                f"a window of {self.max_window_h:g} h with {self.buffer_s:g} s at both ends is over 24 h; "
                "make the buffer or max_window_h smaller"
            )
        for name in ("min_fixes", "reference_days", "min_pool_crimes"):
            if not faults and getattr(self, name) != int(getattr(self, name)):
                faults.append(f"{name} is {getattr(self, name)!r}; give a whole number")
        if self.default_accuracy_m is not None and not 0.0 <= self.default_accuracy_m <= 10_000.0:
            faults.append(f"default_accuracy_m is {self.default_accuracy_m!r}; give a number from 0 to 10000, or none")
        if self.reference not in REFERENCES:
            faults.append(f"reference is {self.reference!r}; give one of {', '.join(REFERENCES)}")
        unknown = self.mechanisms - set(MECHANISMS)
        if unknown or not self.mechanisms:
            faults.append(f"mechanisms is {sorted(self.mechanisms)}; give one or more of {', '.join(MECHANISMS)}")
        if self.data_until is not None and self.data_until.tzinfo is None:
            faults.append(f"data_until is {self.data_until}, without a zone; give an aware instant")
        if faults:
            raise BadParams("; ".join(faults))

    @property
    def radius_mm(self) -> int:
        return round(self.radius_m * 1000)

    @property
    def buffer_us(self) -> int:
        return round(self.buffer_s * 1_000_000)

    @property
    def max_gap_us(self) -> int:
        return round(self.max_gap_s * 1_000_000)

    @property
    def max_accuracy_mm(self) -> int:
        return round(self.max_accuracy_m * 1000)

    @property
    def error_time_us(self) -> int:
        return round(self.error_time_s * 1_000_000)

    @property
    def min_sigma_mm(self) -> float:
        return self.min_sigma_m * 1000.0

    @property
    def prism_step_us(self) -> int:
        return round(self.prism_step_s * 1_000_000)

    @property
    def prism_min_sigma_mm(self) -> float:
        return self.prism_min_sigma_m * 1000.0

    @property
    def frozen_us(self) -> int:
        return round(self.frozen_s * 1_000_000)

    @property
    def default_accuracy_mm(self) -> int:
        """-1 if none is to be taken."""
        return -1 if self.default_accuracy_m is None else round(self.default_accuracy_m * 1000)

    @property
    def data_until_us(self) -> int:
        """The far future if there is no limit."""
        if self.data_until is None:
            return 1 << 62
        return round((self.data_until - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))

    def to_json(self) -> dict[str, Any]:
        """Plain values, names sorted: what the manifest holds and the run's digest covers."""
        plain = asdict(self)
        plain["mechanisms"] = [m for m in MECHANISMS if m in self.mechanisms]
        plain["data_until"] = None if self.data_until is None else self.data_until.isoformat()
        return {name: plain[name] for name in sorted(plain)}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "Params":
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(plain) - known)
        if unknown:
            raise BadParams(f"no such setting: {', '.join(unknown)}; the settings are {', '.join(sorted(known))}")
        values = dict(plain)
        if values.get("data_until"):
            values["data_until"] = datetime.fromisoformat(values["data_until"])
        if "mechanisms" in values:
            values["mechanisms"] = frozenset(values["mechanisms"])
        return cls(**values)
