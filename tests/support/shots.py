"""Pictures of pages, as `make shots` makes them."""

from pathlib import Path

from tracker.access.roles import Role

SHOTS = Path(__file__).parents[2] / "api" / "web" / "shots"
NAMES = {role: f"{role.value.replace(' ', '-')}.webp" for role in Role}
MATCH = "match.webp"
MORE = {
    "weekly-return.webp": (
        Role.OFFICER,
        "/app/programmes/gps-knife-licence/weekly-return?from=2019-09-02&to=2019-09-15",
    ),
    "changed-match.webp": (Role.RELEASER, "/app/changed-matches"),
}
"""Other pages of a day, by picture: who sees it, and where; of the list of changed matches the first one."""
EVERY = (*NAMES.values(), MATCH, *MORE)
MOST_BYTES = 1 << 20
"""Together."""
