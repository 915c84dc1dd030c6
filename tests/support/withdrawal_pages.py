"""Pages of withdrawals, for the table of pages (`pages`): one crime was withdrawn, and a file may be."""

from tests.support.clients import FILE
from tests.support.worlds import World, run_jobs
from tracker.access.roles import Role

_WITHDRAW = frozenset({Role.OFFICER, Role.ANALYST})
_ANALYST = frozenset({Role.ANALYST})
_CRIME = "/app/crimes/{force}/{crime_ref}/withdraw"

PAGES: dict[str, tuple[str, frozenset[Role], int, frozenset[Role]]] = {
    "/app/withdrawals": ("/app/withdrawals", _WITHDRAW, 60, _WITHDRAW),
    "/app/withdrawals/{number}": ("/app/withdrawals/1", _WITHDRAW, 60, _ANALYST),
    "/app/files/{import_id}/withdraw": ("/app/files/4/withdraw", _WITHDRAW, 60, _ANALYST),
    _CRIME: ("/app/crimes/Metropolitan/4417%2F19/withdraw", _ANALYST, 60, _ANALYST),
}
"""By path template: an address of `furnished`, who may open it, its kilobytes, and who sees what is there."""

POSTS: dict[str, frozenset[Role]] = {
    "/app/withdrawals/{number}/take-back": _WITHDRAW,
    "/app/files/{import_id}/withdraw": _WITHDRAW,
    _CRIME: _ANALYST,
}


def furnish(world: World) -> None:
    """A crime entered by hand and withdrawn, which no other page has; and a file of crimes that are known already, read
    by a worker: `/app/files/4`."""
    crime = {"force": "Metropolitan", "crimeRef": "0-error"}
    when = {"from": "2019-09-20T12:00:00Z", "to": "2019-09-20T13:00:00Z"}
    place = {"crimeType": "Burglary", "gridReference": "TQ 302 796"}
    with world.client_as(Role.ANALYST) as analyst:
        made = analyst.post("/crimes", json={**crime, **when, **place, "match": False})
        made.raise_for_status()
        body = {**crime, "ground": "error", "reason": "entered for another force"}
        analyst.post("/withdrawals/crimes", json=body).raise_for_status()
        content = (world.files / "batch.csv").read_bytes()
        sent = analyst.post("/imports/crimes?name=batch.csv&format=ministry", content=content, headers=FILE)
        assert (sent.status_code, sent.json()["id"]) == (202, 4), sent.text
    assert run_jobs(world) == 1
