"""What to open once something is served: addresses that work, to be pasted."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Engine

from api.schemas.matching.candidates import Candidate
from api.schemas.matching.runs import RunDetail
from api.settings import Settings
from api.usecases.matching.rematch import older_in_words
from tracker.access.roles import Role
from tracker.record.database_check import check_database
from tracker.record.engine import reading


def address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def notes_in_words(engine: Engine) -> list[str]:
    """What is wrong with the database by its own check, and what should be done before long, for the terminal of a
    server or worker that starts."""
    with reading(engine).connect() as connection:
        words = older_in_words(connection)
    damaged = [f"DAMAGED {fault}: restore it from a backup" for fault in check_database(engine).faults]
    return [*damaged, *([] if words is None else [words])]


def what_to_open(
    run: RunDetail,
    strongest: Sequence[Candidate],
    settings: Settings,
    people: dict[str, tuple[Role, str]] | None = None,
    waiting: Mapping[Role, Sequence[str]] | None = None,
) -> list[str]:
    """Lines for a browser: the address, `people` (name to role and password) and what is `waiting` for each; then with
    `curl` the login of one of them, the run, its candidates, and the strongest one with a fix inside."""
    base = address(settings)
    opened = [
        (f"{base}/runs/{run.run_id}", "the run: what was asked, what went in, what came out"),
        (f"{base}/runs/{run.run_id}/candidates?orderBy=longest&limit=5", "the five longest stays"),
    ]
    shown = next((each for each in strongest if each.verdict == "present"), None)
    if shown is not None:
        opened.append((f"{base}{shown.href}", "one candidate, its visits and each fix in the window"))
    if run.crimes.not_matchable:
        opened.append((f"{base}/runs/{run.run_id}/not-matchable?limit=5", "crimes that could not be matched, and why"))
    opened.append((f"{base}/schema/openapi.json", "everything there is to ask"))
    lines = []
    if people:
        lines += [
            f"Open {base}/ and log in as one of the people of the demo. Each password holds",
            "for as long as it is served, and is shown here alone:",
        ]
        for name, (role, password) in people.items():
            lines.append(f"  {name:<5} {role.value:<24} {password}")
            lines += [f"        {words}" for words in (waiting or {}).get(role, ())]
        lines.append("")
    lines.append(f"Serving at {base} (stop with Ctrl-C). For other programs, log in and ask:")
    analyst = next(((n, p) for n, (role, p) in (people or {}).items() if role is Role.ANALYST), ("NAME", "PASSWORD"))
    login = json.dumps({"name": analyst[0], "password": analyst[1]}, separators=(",", ":"))
    token = """ | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')"""
    lines.append(f"  TOKEN=$(curl -s {base}/auth/login -H 'content-type: application/json' -d '{login}'{token}")
    for url, words in opened:
        lines += [f"  curl -s -H \"Authorization: Bearer $TOKEN\" '{url}'", f"      {words}"]
    return lines
