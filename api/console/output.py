"""What a person at a terminal sees while they wait: a bar for each stage, or, in a log, a line when it is done."""

import json
from datetime import date, datetime
from typing import Any

import click

from api.wording.text import utc


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
