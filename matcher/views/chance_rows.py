"""What a finished run keeps of each crime for a pool (`analysis.pool`)."""

from matcher.analysis.chance import ChanceRows, judged_crimes
from matcher.analysis.crimes import index_crimes
from matcher.analysis.decoys import decoys_of
from matcher.params import Params
from matcher.runs.folder import RunFolder


def chance_rows(run: RunFolder) -> ChanceRows:
    """The rows of all matchable crimes of a run."""
    index = index_crimes(run.crimes().collect(), Params.from_json(run.manifest["params"]))
    return ChanceRows(
        run.candidates().collect(),
        decoys_of(run.day_hits().collect()),
        run.covered_by_crime().collect(),
        judged_crimes(index),
    )
