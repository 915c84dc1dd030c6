"""Pictures of pages, as `make shots` makes them."""

from pathlib import Path

from tracker.access.roles import Role

SHOTS = Path(__file__).parents[2] / "api" / "web" / "shots"
NAMES = {role: f"{role.value.replace(' ', '-')}.webp" for role in Role}
MATCH = "match.webp"
MOST_BYTES = 1 << 20
"""Together."""
