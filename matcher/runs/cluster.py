"""Partitions carried out by a Dask cluster: `client.map` over groups, and nothing else of Dask.

Workers are sent a task of paths and intervals (see `partition`); they read the fix store and write their parts
themselves. So the store and the runs folder must be at the same path for every worker, on a disk that all share.
"""

from collections.abc import Generator, Sequence
from typing import Any

from matcher.errors import ClusterMissing
from matcher.runs.partition import GroupTask, match_group_from_paths


def on_cluster(tasks: Sequence[GroupTask], scheduler: Any) -> Generator[int, None, None]:
    """The fixes of each group as it is finished; closed early, what has not begun is not begun.

    Parameters
    ----------
    scheduler
        The address of a scheduler (`tcp://host:8786`), or a `distributed.Client` to use. None: the client of this
        process, if it has one.

    Raises
    ------
    ClusterMissing
        Dask is not installed, or there is no cluster to be found.
    """
    try:
        import distributed
    except ImportError:
        raise ClusterMissing(
            'executor="dask" needs Dask, which is not installed: pip install "tagpilot[cluster]"'
        ) from None
    dask: Any = distributed
    client: Any
    if isinstance(scheduler, dask.Client):
        client, own = scheduler, False
    elif scheduler is not None:
        client, own = _connected(dask.Client, scheduler), True
    else:
        try:
            client, own = dask.get_client(), False
        except ValueError:
            raise ClusterMissing(
                'executor="dask" has no cluster: give scheduler="tcp://host:8786" or a distributed.Client'
            ) from None
    # A finished part is on disk: were a result kept for its key, a run after an erasure could take a stale one.
    futures = client.map(match_group_from_paths, list(tasks), pure=False)
    try:
        for future in dask.as_completed(futures, loop=client.loop):
            yield future.result()
    finally:
        client.cancel([future for future in futures if not future.done()])
        if own:
            client.close()


def _connected(client: Any, scheduler: str) -> Any:
    try:
        return client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise ClusterMissing(f"no Dask scheduler answers at {scheduler}: {error}") from error
