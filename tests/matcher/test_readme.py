"""The worked example of matcher/README.md does what it says: its code is run, and what it prints stands below it."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[2] / "matcher" / "README.md"


def _example() -> str:
    text = README.read_text(encoding="utf-8")
    section = re.search(r"^## Worked example$(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    return section[1]


def test_the_worked_example_prints_the_output_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", _example(), re.DOTALL)
    assert len(blocks) == _example().count("```python") > 3
    names: dict[str, Any] = {}
    for code, shown in blocks:
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(code, str(README), "exec"), names)
        assert printed.getvalue() == shown
