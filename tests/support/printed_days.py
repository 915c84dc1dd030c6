"""Days that a README prints: commands after `$`, each with what it answers, where `...` stands for what is left out."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Step(NamedTuple):
    """A command as a shell reads it, and the lines that are printed under it."""

    command: str
    answer: tuple[str, ...]


def steps_of(readme: Path, begin: str, end: str) -> list[Step]:
    """Those of the blocks between two texts of a README."""
    text = readme.read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]
    found: list[Step] = []
    for block in re.findall(r"```\n(.*?)```", text, flags=re.DOTALL):
        command, answer = "", list[str]()
        for line in block.splitlines():
            if command and (command.endswith("\\") or command.count("'") % 2):
                command = f"{command.removesuffix(chr(92))}\n{line}" if command.count("'") % 2 else command[:-1] + line
            elif line.startswith("$ "):
                if command:
                    found.append(Step(command, tuple(answer)))
                command, answer = line[2:], []
            else:
                answer.append(line)
        if command:
            found.append(Step(command, tuple(answer)))
    return found


def missing(printed: Sequence[str], said: str) -> list[str]:
    """The printed lines that are not in an answer, in their order; `...` may stand for anything, spaces for spaces."""
    pattern = [_as_pattern(line) for line in printed if line.strip() not in ("", "...")]
    at, out = 0, []
    for line, each in zip([line for line in printed if line.strip() not in ("", "...")], pattern, strict=True):
        found = each.search(said, at)
        if found is None:
            out.append(line)
        else:
            at = found.end()
    return out


def _as_pattern(line: str) -> re.Pattern[str]:
    parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split("...")]
    return re.compile(r"[\s\S]*?".join(parts))
