"""The evaluator's day as `tracker/evaluation/README.md` prints it, on the demo of a year later: each command in its
order, with the answer that is printed, and the notebook of its export with that export's files alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tracker.evaluation
from tests.proofs.recorder import Proof
from tests.support.printed_days import Step, missing, steps_of
from tests.support.served import COMMAND, ROOT

README = Path(tracker.evaluation.__file__).with_name("README.md")
STEPS = steps_of(README, "## The evaluator's day", "## The gate")


def run(step: Step, folder: Path) -> str:
    """What a shell prints that has `tagpilot`; a failure is one of the test."""
    if step.command.startswith("cat "):
        # What is printed is what is to be in the file.
        name = step.command.removeprefix("cat ")
        (folder / name).write_text("\n".join(step.answer), encoding="utf-8")
    words = f'tagpilot() {{ "{COMMAND[0]}" -c "{COMMAND[2]}" "$@"; }}; {step.command}'
    home = folder / "tagpilot-data"
    at = home if "demo" in step.command else home / "demo-year-later"
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TAGPILOT_HOME": str(at)}
    shown = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(["bash", "-c", words], cwd=folder, env=environ, text=True, check=False, **shown)
    assert done.returncode == 0, (step.command, done.stdout)
    return done.stdout


def test_the_day_has_a_command_for_each_part_of_it() -> None:
    typed = [step.command.split(" --")[0] for step in STEPS]
    for part in ("freeze-plan", "effect", "table", "destroy", "export", "save", "verify"):
        assert any(each.startswith(f"tagpilot cohort {part}") for each in typed), part
    assert any(each.startswith("tagpilot equality review") for each in typed)


@pytest.mark.prove("evaluators-day")
def test_the_evaluators_day_is_as_it_is_printed(proof: Proof, tmp_path: Path) -> None:
    proof.material("the demo of a year later", 1, "1")
    wrong = {}
    for step in STEPS:
        if not step.command.startswith("python"):
            said = run(step, tmp_path)
            if lines := missing(step.answer, said):
                wrong[step.command] = (lines, said)
    assert wrong == {}
    [notebook] = (tmp_path / "cohort").glob("*.ipynb")
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=notebook.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    printed = README.read_text(encoding="utf-8").partition("It ends")[2].split("```")[1]
    assert missing(printed.splitlines(), done.stdout) == []
