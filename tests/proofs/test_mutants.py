"""Whether the tests would notice a fault: small ones are made on purpose, and a test has to fail."""

import pytest

from tests.mutation.kept import FOLDER, Kept
from tests.mutation.sample import say, shares, try_sample
from tests.mutation.targets import NONE_ALIVE
from tests.mutation.trial import copy_of_source
from tests.proofs.recorder import Proof

SAMPLE, SEED = 400, 20190218


@pytest.mark.prove("mutants-killed", "mutants-killed-by-area", "mutants-alive-where-none-may-be")
def test_small_faults_made_on_purpose_are_noticed(proof: Proof) -> None:
    wanted = shares(SAMPLE)
    proof.material("changes made by cosmic-ray's operators, one of a place", sum(wanted.values()), seeds=str(SEED))
    with copy_of_source(FOLDER) as copy:
        tried = try_sample(copy, wanted, SEED, say, Kept(FOLDER / f"{SEED}.jsonl"))
    print("\n".join(tried.lines()))
    for area in wanted:
        killed, of = tried.killed(area)
        proof.measured("mutants-killed-by-area", area, killed / of, share_of=of)
        if area in NONE_ALIVE:
            alive = of - killed
            proof.measured("mutants-alive-where-none-may-be", area, alive, of=of)
    of_all = sum(tried.killed(area)[1] for area in wanted)
    proof.measured("mutants-killed", "all areas", tried.share, share_of=of_all)
    proof.assert_met()
