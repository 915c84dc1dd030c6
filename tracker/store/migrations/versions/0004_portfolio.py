"""Decisions, contracts, money, phases and ends as the papers have them."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
