"""The matcher: tag streams crossed with crimes. Arrays, Parquet and Delta in and out; no database, no HTTP, no names.

`from matcher import match, Params, EVERYONE`
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matcher.engine import Matches, match
    from matcher.fix_store import FixStore
    from matcher.params import ALGORITHM, Params
    from matcher.permitted import EVERYONE
    from matcher.run_folder import RunFolder
    from matcher.runner import run

__all__ = ["ALGORITHM", "EVERYONE", "FixStore", "Matches", "Params", "RunFolder", "match", "run"]

_HOME = {
    "match": "engine",
    "Matches": "engine",
    "FixStore": "fix_store",
    "Params": "params",
    "ALGORITHM": "params",
    "EVERYONE": "permitted",
    "RunFolder": "run_folder",
    "run": "runner",
}


def __getattr__(name: str) -> Any:
    # Late, so that `import matcher.params` (the command line's help, say) does not pay for numba.
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(f"matcher.{_HOME[name]}"), name)
    raise AttributeError(f"module 'matcher' has no attribute {name!r}")
