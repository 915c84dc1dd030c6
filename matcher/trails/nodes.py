"""The nodes of trails: where each stood, as far as its fixes can tell. Every trail and UTC day by itself."""

import numpy as np

from matcher.kernels.arrays import EventArrays, NodeArrays, TrailArrays
from matcher.kernels.trails.nodes import cut
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.rule import rule_of
from matcher.trails.buffers import BufferPool

_COLUMNS = {
    "first_us": np.int64,
    "last_us": np.int64,
    "x_mm": np.int32,
    "y_mm": np.int32,
    "off_x_mm": np.float64,
    "off_y_mm": np.float64,
    "variance_mm2": np.float64,
    "known": np.bool_,
    "leads": np.bool_,
}


def nodes_of(fixes: TrailArrays, restarts: EventArrays, params: Params, buffers: BufferPool) -> NodeArrays:
    """The nodes of all trails, in `buffers`: space for one a fix, of which only so many as there are take memory."""
    n = len(fixes.t_us)
    space = [buffers.array(f"node_{name}", n, dtype) for name, dtype in _COLUMNS.items()]
    nodes = NodeArrays(np.zeros(len(fixes.offset), np.int64), *space)
    made = cut(fixes, restarts, rule_of(params), nodes)
    return NodeArrays(nodes.offset, *(column[:made] for column in space))


def restarts_of(permitted: Permitted) -> EventArrays:
    """The instants at which a permitted window of each trail begins or ends."""
    worn = permitted.worn
    return EventArrays(2 * worn.offset, np.stack((worn.from_us, worn.to_us), axis=1).ravel())
