"""A paper's amount in two readings; what a figure is a part of and is counted as; duties that end, or that a paper says
are done."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tracker.programme.sections import Countable
from tracker.record.base import checked
from tracker.times import DayPrecision

revision = "0033"
down_revision = "0032"

_AMOUNTS = ("recommendation", "funding", "allocation")


def _otherwise() -> list[sa.Column[Any]]:
    return [
        sa.Column("other_pence", sa.BigInteger()),
        sa.Column("other_words", sa.Text()),
        sa.Column("other_source", sa.String(200)),
    ]


def _new() -> dict[str, list[sa.Column[Any]]]:
    return {
        **{table: _otherwise() for table in _AMOUNTS},
        "statement": [sa.Column("part_of", sa.String(200)), sa.Column("counted_as", checked(Countable, "countable"))],
        "phase": [sa.Column("launched_words", sa.Text())],
        "duty": [
            sa.Column("begins_on", sa.Date()),
            sa.Column("begins_precision", checked(DayPrecision, "begins_precision")),
            sa.Column("lasts_months", sa.Integer()),
            sa.Column("done_on", sa.Date()),
            sa.Column("done_words", sa.Text()),
        ],
    }


def upgrade() -> None:
    for table, columns in _new().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(column)


def downgrade() -> None:
    with op.batch_alter_table("statement") as batch:
        batch.drop_constraint(op.f("ck_statement_countable"), type_="check")
    with op.batch_alter_table("duty") as batch:
        batch.drop_constraint(op.f("ck_duty_begins_precision"), type_="check")
    for table, columns in _new().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)
