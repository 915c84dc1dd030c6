"""How often Python looks for garbage: seldom while a process starts, as what is imported is none."""

import gc

_PYTHONS_OWN = gc.get_threshold()
_STARTING = (100_000, 50, 1_000)


def look_seldom() -> None:
    """Until `look_again`: importing the server takes a tenth less of the processor so."""
    gc.set_threshold(*_STARTING)


def look_again() -> None:
    """As often as Python does by itself, but not among what there is by now, which stays: a process that has started
    and goes on."""
    gc.freeze()
    gc.set_threshold(*_PYTHONS_OWN)
