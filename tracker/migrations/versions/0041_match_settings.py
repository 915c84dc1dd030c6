"""A match has the settings that made it; which settings stand for which crimes; pools of what-ifs are their own.

Matches on record get the settings that the job of their run asked for, with the standard of this revision for those it
did not name.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from tracker.record.instant_type import UtcInstant

revision = "0041"
down_revision = "0040"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PLACE = ["rank_q", "rank_p", "rank_e", "id"]
_FILTERS = ["force", "t_from", "t_to"]
_KEY = ["force", "crime_ref", "wearer_ref"]
_UNIQUE = "uq_candidate_match_force_crime_ref_wearer_ref"

# The standard then; frozen here.
_SHOWN = {"radius_m": 100.0, "buffer_s": 0.0, "max_window_h": 12.0}
_OTHERS: dict[str, Any] = {
    "max_accuracy_m": 100.0, "mechanisms": ["gnss"], "max_gap_s": 180.0, "max_speed_mps": 40.0, "min_fixes": 1,
    "presence": True, "error_time_s": 300.0, "min_sigma_m": 1.0, "default_accuracy_m": None,
    "default_location_accuracy_m": 20.0, "max_location_accuracy_m": 100.0, "reference": "all_days",
    "reference_days": 28, "min_coverage": 0.8, "nearness_tail_share": 0.1, "min_pool_crimes": 200, "verdicts": True,
    "prism_step_s": 15.0, "prism_min_sigma_m": 25.0, "frozen_s": 1200.0, "data_until": None,
}  # fmt: skip
_WHOLE = frozenset({"min_fixes", "reference_days", "min_pool_crimes"})


def upgrade() -> None:
    op.create_table(
        "standing_setting",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("programme_id", _ROW_ID, nullable=False),
        sa.Column("crime_type", sa.String(200), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("settings", _JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by", sa.String(200), nullable=False),
        sa.Column("superseded_at", UtcInstant(), nullable=True),
        sa.Column("supersedes_id", _ROW_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_standing_setting"),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_standing_setting_programme_id_programme"),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["standing_setting.id"], name="fk_standing_setting_supersedes_id_standing_setting"
        ),
        sa.UniqueConstraint("supersedes_id", name="uq_standing_setting_supersedes_id"),
    )
    op.create_index("ix_standing_setting_recorded_at", "standing_setting", ["recorded_at"])
    columns = ["programme_id", "crime_type", "effective_on"]
    op.create_index("ix_standing_setting_programme_type", "standing_setting", columns)
    op.add_column("match_pool", sa.Column("what_if", sa.String(200)))
    op.add_column("candidate_match", sa.Column("settings", _JSON))
    op.add_column("candidate_match", sa.Column("settings_sha256", sa.String(64)))
    op.add_column("candidate_match", sa.Column("programme", sa.String(200), nullable=False, server_default=""))
    op.add_column("candidate_match", sa.Column("what_if", sa.String(200)))
    op.add_column("candidate_match", sa.Column("standing", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill()
    op.drop_index("ix_candidate_match_rank", table_name="candidate_match")
    op.drop_index("ix_candidate_match_type", table_name="candidate_match")
    with op.batch_alter_table("candidate_match") as table:
        table.alter_column("settings", existing_type=_JSON, nullable=False)
        table.alter_column("settings_sha256", existing_type=sa.String(64), nullable=False)
        table.drop_constraint(_UNIQUE, type_="unique")
        table.create_unique_constraint(f"{_UNIQUE}_settings_sha256", [*_KEY, "settings_sha256"])
    ranked = ["shown", "standing", *_PLACE, *_FILTERS]
    op.create_index("ix_candidate_match_rank", "candidate_match", ["state", *ranked])
    op.create_index("ix_candidate_match_type", "candidate_match", ["crime_type", "state", *ranked])
    op.create_index("ix_candidate_match_what_if", "candidate_match", ["what_if", "settings_sha256"])


def downgrade() -> None:
    _leave_one_of_each()
    for name in ("what_if", "type", "rank"):
        op.drop_index(f"ix_candidate_match_{name}", table_name="candidate_match")
    with op.batch_alter_table("candidate_match") as table:
        table.drop_constraint(f"{_UNIQUE}_settings_sha256", type_="unique")
        table.create_unique_constraint(_UNIQUE, _KEY)
        for name in ("settings", "settings_sha256", "programme", "what_if", "standing"):
            table.drop_column(name)
    ranked = ["shown", *_PLACE, *_FILTERS]
    op.create_index("ix_candidate_match_rank", "candidate_match", ["state", *ranked])
    op.create_index("ix_candidate_match_type", "candidate_match", ["crime_type", "state", *ranked])
    op.drop_column("match_pool", "what_if")
    op.drop_table("standing_setting")


def _fill() -> None:
    """What the job of a run asked for; of a run without a job on record, the standard."""
    connection = op.get_bind()
    asked_by: dict[str, dict[str, Any]] = {}
    for run_id, asked in connection.execute(
        sa.text("SELECT run_id, asked FROM match_job WHERE kind = 'match' AND run_id IS NOT NULL ORDER BY id")
    ):
        asked_by[run_id] = json.loads(asked) if isinstance(asked, str) else asked
    runs = connection.scalars(sa.text("SELECT DISTINCT run_id FROM candidate_match")).all()
    write = sa.text(
        "UPDATE candidate_match SET settings = :settings, settings_sha256 = :sha256, programme = :programme, "
        "standing = :standing, what_if = :what_if WHERE run_id = :run_id"
    ).bindparams(sa.bindparam("settings", type_=_JSON))
    standard = _settings({})
    # Not the queue's any more, and yet to be asked for: a name for each other set.
    names: dict[str, str] = {}
    for run_id in sorted(runs):
        asked = asked_by.get(run_id, {})
        settings = _settings(asked)
        sha256 = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        what_if = None if settings == standard else names.setdefault(sha256, f"earlier-{len(names) + 1}")
        connection.execute(
            write,
            {
                "settings": settings,
                "sha256": sha256,
                "what_if": what_if,
                "programme": asked.get("programme") or "",
                "standing": settings == standard,
                "run_id": run_id,
            },
        )


def _settings(asked: dict[str, Any]) -> dict[str, Any]:
    given = {name: _plain(name, value) for name, value in (asked.get("params") or {}).items()}
    out: dict[str, Any] = {name: given.get(name, value) for name, value in _SHOWN.items()}
    out |= {name: value for name, value in given.items() if name not in _SHOWN and value != _OTHERS.get(name)}
    if levels := asked.get("accuracyLevels"):
        out["accuracy_levels"] = hashlib.sha256(json.dumps(levels, sort_keys=True).encode()).hexdigest()
    return out


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and name not in _WHOLE:
        return float(value)
    if name == "mechanisms":
        return [each for each in ("gnss", "wifi", "lbs", "rf") if each in value]
    if name == "data_until" and value is not None:
        return datetime.fromisoformat(value).isoformat()
    return value


def _leave_one_of_each() -> None:
    """The tables before have one match of a wearer and a crime: the released or confirmed, else the standing one."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT id, force, crime_ref, wearer_ref, state, standing FROM candidate_match ORDER BY id")
    )
    order = ("released", "recalled", "confirmed", "in review", "rejected", "new", "withdrawn")
    of_key: dict[tuple[str, str, str], list[tuple[int, bool, int]]] = {}
    for match_id, force, ref, wearer, state, standing in rows:
        rank = order.index(state) if state in order else len(order)
        of_key.setdefault((force, ref, wearer), []).append((rank, not standing, -match_id))
    for found in of_key.values():
        for *_, negative in sorted(found)[1:]:
            _delete({"of": -negative})


def _delete(of: dict[str, int]) -> None:
    changed = "SELECT id FROM changed_match WHERE match_id = :of"
    released = "SELECT id FROM match_release WHERE match_id = :of"
    for statement in (
        f"DELETE FROM changed_match_decision WHERE changed_match_id IN ({changed})",
        "UPDATE changed_match SET supersedes_id = NULL WHERE match_id = :of",
        "DELETE FROM changed_match WHERE match_id = :of",
        f"DELETE FROM release_told WHERE release_id IN ({released})",
        "DELETE FROM match_release WHERE match_id = :of",
        "DELETE FROM match_moved WHERE match_id = :of",
        "UPDATE match_note SET supersedes_id = NULL WHERE match_id = :of",
        "DELETE FROM match_note WHERE match_id = :of",
        "DELETE FROM match_news WHERE match_id = :of",
        "DELETE FROM candidate_match WHERE id = :of",
    ):
        op.get_bind().execute(sa.text(statement), of)
