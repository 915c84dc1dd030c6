"""Each verdict and reason has a plain sentence, and runs of an earlier version can still be shown."""

import numpy as np

from api.schemas.matching.params import run_params_of
from api.schemas.matching.runs import Unobserved, counts_of
from api.schemas.matching.verdicts import in_words
from api.views.matching.run import others_in_words
from api.wording.meanings import UNOBSERVED
from matcher.analysis.verdicts import listed
from matcher.frames import Int8
from matcher.params import Params
from matcher.schemas import VERDICT_CODES

ALL: Int8 = np.arange(len(VERDICT_CODES), dtype=np.int8)


def test_every_verdict_and_reason_has_its_own_sentence() -> None:
    said = [in_words(verdict, reason) for _, verdict, reason in listed(ALL, [str(k) for k in ALL]).iter_rows()]
    assert len(set(said)) == len(VERDICT_CODES) - 1
    assert set(UNOBSERVED) == set(Unobserved.__struct_fields__)


def test_those_possible_for_a_position_left_out_are_counted_among_the_possible_and_said() -> None:
    counts = counts_of({name: 10**k for k, name in enumerate(VERDICT_CODES[1:])})
    assert counts.possible == 100 + 1_000
    assert counts.unobserved == 10**4 + 10**5 + 10**6 + 10**7 + 10**8
    assert counts.tested == counts.present + counts.passed + counts.possible + counts.unobserved + counts.excluded
    said = "\n".join(others_in_words(counts))
    assert "1,000 from the positions used the circle cannot be reached, but a position that was left out" in said
    assert "100,000,000 two devices of this wearer contradict each other" in said
    none = counts_of(dict.fromkeys(VERDICT_CODES[1:], 0))
    assert "left_out_fix" not in "\n".join(others_in_words(none))


def test_a_run_of_an_earlier_version_shows_no_setting_that_it_did_not_have() -> None:
    then = {name: value for name, value in Params().to_json().items() if not name.startswith(("prism_", "frozen_"))}
    shown = run_params_of(then)
    assert shown.radius_m == 100
    assert shown.prism_step_s is None
    assert shown.frozen_s is None
    assert run_params_of(Params().to_json()).prism_step_s == 15
