"""Matches groups on a Dask cluster, using only `client.map`.

Workers receive a task of paths and intervals (see `partition`), read the fix store and write their parts themselves. So
the store and the runs folder must have the same path on every worker, on a shared disk.
"""

from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import Any

from matcher.errors import ClusterLost, ClusterMissing
from matcher.runs.partition import GroupTask, MatchedGroup, match_group_from_paths

CONNECT_S = 10.0
"""That a scheduler may take to answer."""


def on_cluster(tasks: Sequence[GroupTask], scheduler: Any) -> Generator[MatchedGroup, None, None]:
    """Yields each finished group. Closed early, it starts no further group, but workers finish those they have begun.

    Parameters
    ----------
    scheduler
        The address of a scheduler (`tcp://host:8786`), or a `distributed.Client` to use. None: the client of this
        process, if there is one.

    Raises
    ------
    ClusterMissing
        Dask is not installed, or no cluster can be reached.
    ClusterLost
        The scheduler went away, or one group's workers died again and again.
    OtherAlgorithm
        A worker has another version of the matcher.
    """
    try:
        import distributed
    except ImportError:
        raise ClusterMissing(
            'the executor "dask" needs Dask, which is not installed: pip install "tagpilot[cluster]"'
        ) from None
    dask: Any = distributed
    lost = (dask.KilledWorker, dask.comm.CommClosedError, dask.client.FutureCancelledError)
    client: Any
    if isinstance(scheduler, dask.Client):
        client, own = scheduler, False
    elif scheduler is not None:
        client, own = _connect(dask.Client, scheduler), True
    else:
        try:
            client, own = dask.get_client(), False
        except ValueError:
            raise ClusterMissing(
                'the executor "dask" needs a cluster: give the address of a scheduler, for example tcp://host:8786'
            ) from None
    # pure=False: Dask must not return a cached result for the same task, which after an erasure would be stale.
    futures = client.map(match_group_from_paths, list(tasks), pure=False)
    try:
        for future in dask.as_completed(futures, loop=client.loop):
            try:
                matched = future.result()
            except lost as error:
                raise ClusterLost(_lost(error)) from error
            yield matched
    finally:
        # Of a cluster that has gone there is nothing to cancel.
        with suppress(Exception):
            client.cancel([future for future in futures if not future.done()])
        if own:
            client.close()


def _lost(error: Exception) -> str:
    why = (
        "its workers died again and again at one group of wearers; look at their memory and their logs"
        if type(error).__name__ == "KilledWorker"
        else "its scheduler went away"
    )
    return f"the Dask cluster was lost: {why}. What had been matched is kept: match again, and it goes on from there"


def _connect(client: Any, scheduler: str) -> Any:
    try:
        return client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise ClusterMissing(f"no Dask scheduler answers at {scheduler}: {error}") from error
