"""Matches tag location streams with crimes. Arrays, Parquet and Delta in and out; no database, no HTTP, no names.

`from matcher import match, Params, EVERYONE`
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matcher.engine import Matches, match
    from matcher.params import ALGORITHM, Params
    from matcher.permitted import EVERYONE
    from matcher.runs.folder import RunFolder
    from matcher.runs.run import run
    from matcher.store.fixes import FixStore

__all__ = ["ALGORITHM", "EVERYONE", "FixStore", "Matches", "Params", "RunFolder", "match", "run"]

_HOME = {
    "match": "engine",
    "Matches": "engine",
    "FixStore": "store.fixes",
    "Params": "params",
    "ALGORITHM": "params",
    "EVERYONE": "permitted",
    "RunFolder": "runs.folder",
    "run": "runs.run",
}


def __getattr__(name: str) -> Any:
    # On first use, so that `import matcher.params` (for the command line's help) does not import numba.
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(f"matcher.{_HOME[name]}"), name)
    raise AttributeError(f"module 'matcher' has no attribute {name!r}")
