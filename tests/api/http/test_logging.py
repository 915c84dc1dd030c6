"""Whatever goes wrong, the log is JSON lines that quote nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PREPARED = """import logging, threading, warnings
from api.http.logging import log_as_json
LOG = logging.getLogger('uvicorn')
log_as_json('info')
"""


@pytest.mark.parametrize(
    "program",
    [
        "raise KeyError('W-inside at 530030')",
        "def fails(): raise KeyError('W-inside at 530030')\nt = threading.Thread(target=fails); t.start(); t.join()",
        "try:\n    raise KeyError('W-inside at 530030')\nexcept KeyError:\n    LOG.exception('no')",
        "warnings.warn('old', DeprecationWarning, stacklevel=1); logging.getLogger('x').info('%s %s', 'one')",
        "warnings.warn('something is odd', stacklevel=1)",
    ],
    ids=["uncaught", "in a thread", "logged", "not formatted", "warning"],
)
def test_every_line_of_the_log_is_json_and_quotes_nothing(program: str) -> None:
    ran = subprocess.run([sys.executable, "-c", PREPARED + program], cwd=ROOT, capture_output=True, text=True)
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert "W-inside" not in ran.stderr
    assert ran.stdout == ""
    if "KeyError" in program:
        assert [line["kind"] for line in lines] == ["KeyError"]
        assert lines[0]["at"]
