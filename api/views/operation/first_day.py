"""The first day, for a person at a terminal."""

from api.schemas.operation.first_day import FirstDay
from api.wording.text import program


def first_day_in_words(found: FirstDay) -> list[str]:
    """Each step with what is on record, or with what does it."""
    lines = [
        f"  done   {step.words}: {step.said}" if step.done else f"  to do  {step.words}: {_command(step.command)}"
        for step in found.steps
    ]
    if not found.running:
        return [f"{found.programme}: the first day", *lines, "", f"Go on with {program()} start."]
    return [
        f"{found.programme} is running",
        *lines,
        "",
        f"{program()} status shows where it stands; {program()} serve serves it on this machine.",
    ]


def _command(command: str) -> str:
    return command.replace("tagpilot", program(), 1)
