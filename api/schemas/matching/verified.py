"""A run computed again and compared with what was kept."""

from api.schemas.wire import Wire


class Verified(Wire, frozen=True, kw_only=True):
    """`same`: everything that could be checked is as it was.

    `alteredFiles`: files changed since the run. `wearersErased`: wearers some of whose fixes have been erased since;
    `wearersChanged`: others whose fixes changed; `resultsThatDiffer`: results of the remaining wearers that come out
    differently. `anotherAlgorithm`: the run was made by another version of the matcher, and was not computed again."""

    run_id: str
    same: bool
    in_words: str
    another_algorithm: bool
    altered_files: list[str]
    wearers_erased: int
    wearers_changed: int
    results_that_differ: list[str]
