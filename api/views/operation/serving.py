"""What to open once something is served: addresses that work, to be pasted."""

import json

from api.schemas.matching.candidates import candidate_of
from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.matching.runs import Filter, candidates
from matcher.runs.folder import RunFolder
from tracker.access.roles import Role


def address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def what_to_open(
    actor: Actor, run: RunFolder, settings: Settings, people: dict[str, tuple[Role, str]] | None = None
) -> list[str]:
    """Lines with `curl` commands: the login of one of `people` (name to role and password), then the run, its
    candidates, and the nearest one with its fixes."""
    base = address(settings)
    opened = [
        (f"{base}/runs/{run.run_id}", "the run: what was asked, what went in, what came out"),
        (f"{base}/runs/{run.run_id}/candidates?orderBy=longest&limit=5", "the five longest stays"),
    ]
    nearest = candidates(actor, run, Filter(verdict="present"), order="nearest", limit=1).rows
    if nearest.height:
        href = candidate_of(run.run_id, nearest.row(0, named=True)).href
        opened.append((f"{base}{href}", "one candidate, its visits and each fix in the window"))
    if run.manifest["counts"]["crimes_not_matchable"]:
        opened.append((f"{base}/runs/{run.run_id}/not-matchable?limit=5", "crimes that could not be matched, and why"))
    opened.append((f"{base}/schema/openapi.json", "everything there is to ask"))
    lines = []
    if people:
        lines += ["People of the demo, with passwords for as long as it is served (made anew each time):"]
        lines += [f"  {name:<5} {role.value:<24} {password}" for name, (role, password) in people.items()]
        lines.append("")
    lines.append(f"Serving at {base} (stop with Ctrl-C). Log in, then open:")
    analyst = next(((n, p) for n, (role, p) in (people or {}).items() if role is Role.ANALYST), ("NAME", "PASSWORD"))
    login = json.dumps({"name": analyst[0], "password": analyst[1]}, separators=(",", ":"))
    token = """ | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')"""
    lines.append(f"  TOKEN=$(curl -s {base}/auth/login -H 'content-type: application/json' -d '{login}'{token}")
    for url, words in opened:
        lines += [f"  curl -s -H \"Authorization: Bearer $TOKEN\" '{url}'", f"      {words}"]
    return lines
