"""Garbage is looked for as often as before once the last block has ended, whichever thread ends first."""

import gc

from tracker.record.prepared.collecting import collecting_seldom


def test_two_blocks_that_overlap_set_back_what_held_before_both() -> None:
    before = gc.get_threshold()
    first, second = collecting_seldom(), collecting_seldom()
    first.__enter__()
    second.__enter__()
    seldom = gc.get_threshold()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == seldom != before
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before
