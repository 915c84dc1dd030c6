"""The report of validation says of each criterion what was found, and never more."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.proofs import report
from tests.proofs.bounds import AtLeast, AtMost, Below, Between, Bound, Near, Passes
from tests.proofs.criteria import CRITERIA
from tests.proofs.outcome import read
from tests.proofs.requirements import REQUIREMENTS

HEADINGS = [
    "1. Requirements of the user",
    "2. Specification",
    "3. Risks",
    "4. Acceptance criteria",
    "5. Test material",
    "6. Results",
    "7. Limits and uncertainty",
    "8. Statement of completion",
    "Appendix A. Every figure",
    "Appendix B. Every proof",
]
RUN = {
    "at": "2026-11-28T10:00:00+00:00",
    "ended": "2026-11-28T11:00:00+00:00",
    "version": "0.1.0",
    "algorithm": "3",
    "commit": "c0ffee",
    "uncommitted": False,
    "product": "p1",
    "proofs": "t1",
    "criteria": "k1",
    "locks": {"requirements.lock": "l1"},
    "python": "3.11.7",
    "libraries": {"numba": "0.68.1"},
    "machine": "x86_64",
    "compiled_for": "znver5",
    "system": "Linux",
    "hypothesis_seed": "20261128",
    "exit": 1,
}


class Kept:
    """A folder of results, as a run of the proofs leaves it."""

    def __init__(self, at: Path) -> None:
        self.at = at
        (at / "results").mkdir(parents=True)

    def run(self, name: str = "r1", **other: Any) -> None:
        (self.at / "results" / f"run-{name}.json").write_text(json.dumps({**RUN, **other}))

    def proof(self, name: str, *criteria: str, state: str = "passed", run: str = "r1", **other: Any) -> None:
        plain = {
            "proof": f"tests/proofs/test_sample.py::{name}",
            "criteria": list(criteria),
            "state": state,
            "run": run,
        }
        rest = {"why": "", "seconds": 1.5, "material": [], "measured": [], "figures": {}}
        (self.at / "results" / f"{name}.json").write_text(json.dumps({**rest, **plain, **other}))

    def whole(self) -> None:
        """Every criterion met."""
        self.run(exit=0)
        for key, each in CRITERIA.items():
            rows = [] if isinstance(each.bound, Passes) else [row(key, kept_by(each.bound))]
            self.proof(f"test_{key}", key, measured=rows)


def kept_by(bound: Bound) -> float:
    """A figure within a bound."""
    match bound:
        case AtMost() | AtLeast():
            return bound.limit
        case Below():
            return bound.limit - 1
        case Between():
            return (bound.low + bound.high) / 2
        case Near():
            return bound.aim
    return 0.0


def row(key: str, found: float | None, case: str = "a case", **other: Any) -> dict[str, Any]:
    return {"criterion": key, "case": case, "found": found, "bound": str(CRITERIA[key].bound), **other}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "prove-out")


def written(kept: Kept, *words: str) -> tuple[int, str]:
    code = report.main([str(kept.at), *words])
    return code, (kept.at / "validation.md").read_text()


def verdicts(text: str) -> dict[str, str]:
    """What section 6 says of each criterion."""
    results = text.partition("## 6. Results")[2].partition("## 7. ")[0]
    return dict(re.findall(r"^\| `([\w.-]+)` \|.*\| \*\*(\w[\w ]+)\*\*(?:: [^|]*)? \|$", results, re.MULTILINE))


def test_all_met_is_complete_and_under_the_headings_of_the_guidance(kept: Kept) -> None:
    kept.whole()
    code, text = written(kept)
    assert code == 0
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    said = verdicts(text)
    assert said.keys() == CRITERIA.keys()
    assert set(said.values()) == {"met", "reported"}
    assert text.count("**Every criterion is met.**") == 2
    assert "Nobody has signed this report" in text
    for word in ("c0ffee", "algorithm 3", "20261128", "numba 0.68.1", "x86_64", "l1"):
        assert word in text


def test_what_failed_broke_or_did_not_end_is_not_met(kept: Kept) -> None:
    kept.run()
    kept.proof(
        "test_p", "p-mean", "p-slope", state="criteria not met", measured=[row("p-mean", 0.3), row("p-slope", 1.04)]
    )
    kept.proof("test_broken", "twin-match", state="failed", why="RuntimeError in call: no such file")
    kept.proof("test_begun", "twin-verdicts", state="unfinished")
    kept.proof("test_one", "twin-strength")
    kept.proof("test_other", "twin-strength", state="not run")
    kept.proof("test_silent", "e-mean")
    kept.proof("test_old", "e-tail", measured=[{**row("e-tail", 0.5), "bound": "at most 9"}])
    kept.proof("test_good", "inside-not-excluded", measured=[row("inside-not-excluded", 0, of=40_000)])
    kept.proof("test_nan", "truth-listed", measured=[row("truth-listed", None)])
    code, text = written(kept)
    assert code == 1
    said = verdicts(text)
    assert said.keys() == CRITERIA.keys()
    assert {key: verdict for key, verdict in said.items() if verdict != "not run"} == {
        "p-mean": "failed",
        "p-slope": "met",
        "twin-match": "failed",
        "e-tail": "failed",
        "inside-not-excluded": "met",
        "truth-listed": "failed",
    }
    assert "**The validation is not complete.**" in text
    # Neither in the risks nor anywhere else is anything else called met.
    assert set(re.findall(r"`([\w.-]+)` met", text)) == {"p-slope", "inside-not-excluded"}
    limits = text.partition("### Failed, or outside the bound")[2].partition("### What was not tried")[0]
    for words in ("| `p-mean` | a case | 0.3 |", "no such file", "its proof did not finish", "1 of 2 proofs not run"):
        assert words in limits
    assert "0 of 40,000; rate at most 7.5e-05 (95 %)" in text


def test_a_case_that_may_lie_outside_is_named_among_the_limits(kept: Kept) -> None:
    kept.whole()
    kept.proof("test_p-slope", "p-slope", measured=[row("p-slope", 1.0), row("p-slope", 0.947, "coarse excursion")])
    code, text = written(kept)
    assert code == 0
    limits = text.partition("### Failed, or outside the bound")[2]
    assert "| `p-slope` | coarse excursion | 0.947 |" in limits.partition("### Not run")[0]


@pytest.mark.parametrize(
    ("run", "fault"),
    [
        ({"exit": None}, "the run did not end"),
        ({"exit": 2}, "the run was interrupted or nothing could be collected"),
        ({"at": "2026-11-28T12:00:00+00:00", "name": "r2", "product": "p2"}, "of several states of the source"),
    ],
)
def test_what_is_no_whole_run_of_one_source_is_not_complete(kept: Kept, run: dict[str, Any], fault: str) -> None:
    kept.whole()
    kept.run(**run)
    code, text = written(kept)
    assert code == 1
    assert "**The validation is not complete.**" in text
    assert fault in text


def test_a_report_of_the_matcher_alone_says_what_is_not_in_it(kept: Kept) -> None:
    kept.run(exit=0)
    for key, each in CRITERIA.items():
        if REQUIREMENTS[each.requirement].part == "matcher":
            rows = [] if isinstance(each.bound, Passes) else [row(key, kept_by(each.bound))]
            kept.proof(f"test_{key}", key, measured=rows)
    assert written(kept)[0] == 1
    code, text = written(kept, "--of", "matcher")
    assert code == 0
    assert verdicts(text).keys() < CRITERIA.keys()
    assert "**Every criterion is met.**" in text
    first = text.partition("## 1.")[0]
    for word in ("R1 permitted", "R7 whole", "R8 evaluation", "R9 faults noticed"):
        assert f"* {word}: " in first
    for word in ("erased-gone", "mutants-killed", "killed-demo-resumes"):
        assert f"`{word}` met" not in text
        assert word not in verdicts(text)


def test_each_proof_names_the_run_it_was_found_in(kept: Kept) -> None:
    kept.run("r1", at="2026-11-28T10:00:00+00:00", exit=None)
    kept.run("r2", at="2026-11-28T12:00:00+00:00", exit=0)
    kept.proof("test_p-mean", "p-mean", measured=[row("p-mean", 0.0)])
    kept.proof("test_e-mean", "e-mean", measured=[row("e-mean", 1.0)], run="r2")
    _, text = written(kept)
    # The run that was interrupted is no fault where another one went on.
    assert "did not end." not in text.partition("## 1.")[0]
    assert re.findall(r"^\| (\d) \| 2026-11-28T(\d\d)", text, re.MULTILINE) == [("1", "10"), ("2", "12")]
    assert text.count("c0ffee") == 1
    proofs = text.partition("## Appendix B")[2]
    assert re.search(r"test_p-mean.*\| 1 \|$", proofs, re.MULTILINE)
    assert re.search(r"test_e-mean.*\| 2 \|$", proofs, re.MULTILINE)


def test_nothing_run_is_a_report_too(tmp_path: Path) -> None:
    assert report.main([str(tmp_path)]) == 1
    assert "nothing was run" in (tmp_path / "validation.md").read_text()


def test_a_copy_is_kept_of_a_committed_state_alone(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.whole()
    copy = tmp_path / "VALIDATION.md"
    kept.run(exit=0, uncommitted=True)
    assert report.main([str(kept.at), "--keep", str(copy)]) == 1
    assert "was not committed" in capsys.readouterr().out
    assert not copy.exists()
    kept.run(exit=0)
    assert report.main([str(kept.at), "--keep", str(copy)]) == 0
    assert copy.exists()
    # One that was interrupted is kept as well, and says so; not one of two states.
    kept.run(exit=None)
    assert report.main([str(kept.at), "--keep", str(copy)]) == 1
    assert "the run did not end" in copy.read_text()
    kept.run("r2", exit=0, commit="decaf", at="2026-11-28T12:00:00+00:00")
    assert report.main([str(kept.at), "--keep", str(copy)]) == 1
    assert "several states" in capsys.readouterr().out
    assert "decaf" not in copy.read_text()
    (kept.at / "results" / "run-r2.json").unlink()
    kept.run(exit=0)
    # One that is not met is kept as well: it says where the method fails.
    kept.proof("test_p-mean", "p-mean", state="criteria not met", measured=[row("p-mean", 0.3)])
    assert report.main([str(kept.at), "--keep", str(copy)]) == 1
    assert "**Not every criterion is met.**" in copy.read_text()


def test_links_lead_to_files_that_are_there(kept: Kept) -> None:
    kept.whole()
    _, text = written(kept)
    # But those of the proofs of this test.
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "test_sample" not in link}
    assert len(links) > 20
    assert [link for link in links if not (kept.at / link).resolve().exists()] == []


def test_figures_are_the_same_digest_whenever_measured(kept: Kept) -> None:
    kept.whole()
    first = read(kept.at / "results").digest
    kept.proof("test_p-mean", "p-mean", seconds=99.0, measured=[row("p-mean", 0.0)])
    assert read(kept.at / "results").digest == first
    kept.proof("test_import-memory", "import-memory", measured=[row("import-memory", 501.0)])
    assert read(kept.at / "results").digest == first
    kept.proof("test_p-mean", "p-mean", measured=[row("p-mean", 0.01)])
    assert read(kept.at / "results").digest != first


def test_where_results_are_kept_is_one_word_with_its_option() -> None:
    # As two words pytest takes the folder for tests once it exists: workers then read no conftest and end.
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"-m pytest -m prove .*--results=\S+", makefile)
    assert "--results " not in makefile
