"""What became of computing a run again."""

from api.schemas.wire import Wire


class Verified(Wire, frozen=True, kw_only=True):
    """`same`: all that could be checked is as it was.

    `altered_files` are not as the run wrote them. `wearers_erased` counts those of whom something that was read is gone
    from the store, `wearers_changed` others whose fixes are not what was read; `results_that_differ` come out otherwise
    for the remaining ones. `another_algorithm`: the run is of another version of the matcher, and was not computed
    again."""

    run_id: str
    same: bool
    in_words: str
    another_algorithm: bool
    altered_files: list[str]
    wearers_erased: int
    wearers_changed: int
    results_that_differ: list[str]
