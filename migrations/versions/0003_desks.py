"""Pages without enrolment that wait for a hand-over"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desks",
        sa.Column("desk_id", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("public", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("jkt", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.LargeBinary(), autoincrement=False, nullable=True),
        sa.Column("message1", sa.LargeBinary(), autoincrement=False, nullable=True),
        sa.Column("message2", sa.LargeBinary(), autoincrement=False, nullable=True),
        sa.Column("message3", sa.LargeBinary(), autoincrement=False, nullable=True),
        sa.Column("box", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("exp", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("desk_id"),
    )
    op.create_index(op.f("ix_desks_exp"), "desks", ["exp"], unique=False)
    op.create_table(
        "desk_numbers",
        sa.Column("number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("desk_id", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("exp", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_desk_numbers_exp"), "desk_numbers", ["exp"], unique=False)
    op.create_table(
        "desk_quota",
        sa.Column("wallet_id", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("wallet_id", "hour"),
    )
    op.create_index(op.f("ix_desk_quota_hour"), "desk_quota", ["hour"], unique=False)
