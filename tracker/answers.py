"""Answers of the rules. A *finding* is one criterion's answer with the value seen and the paragraph of the paper."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Answer(StrEnum):
    """`NOT_KNOWN` is an answer: a missing fact neither passes nor fails a criterion."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_KNOWN = "not known"

    @classmethod
    def of(cls, holds: bool | None) -> "Answer":
        """PASSED for True, FAILED for False, NOT_KNOWN for None."""
        if holds is None:
            return cls.NOT_KNOWN
        return cls.PASSED if holds else cls.FAILED


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion's answer. `seen` is the value in words ("17 on 2019-03-01"), `source` the paragraph of the rule."""

    criterion: str
    answer: Answer
    seen: str
    rule: str
    source: str

    def to_json(self) -> dict[str, Any]:
        return {
            "criterion": self.criterion,
            "answer": self.answer.value,
            "seen": self.seen,
            "rule": self.rule,
            "source": self.source,
        }


def every_one(findings: Iterable[Finding]) -> Answer:
    """PASSED if every finding is. One failure decides; otherwise one unknown leaves the answer open."""
    answers = {finding.answer for finding in findings}
    if Answer.FAILED in answers:
        return Answer.FAILED
    return Answer.NOT_KNOWN if Answer.NOT_KNOWN in answers else Answer.PASSED
