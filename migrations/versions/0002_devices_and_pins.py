"""PIN shares, joins, and devices with an end"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wallet_devices", sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=True))
    op.create_table(
        "wallet_pins",
        sa.Column("wallet_id", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("jkt", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("share", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("proof_hash", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("tries_left", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("wallet_id", "jkt"),
    )
    op.create_table(
        "wallet_joins",
        sa.Column("wallet_id", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("join_id", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("device", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("box", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("approver", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("exp", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("wallet_id", "join_id"),
    )
    op.create_table(
        "join_routes",
        sa.Column("join_id", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("wallet_id", sa.LargeBinary(), autoincrement=False, nullable=False),
        sa.Column("exp", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("join_id"),
    )
    op.create_index(op.f("ix_join_routes_wallet_id"), "join_routes", ["wallet_id"], unique=False)
    op.create_index(op.f("ix_join_routes_exp"), "join_routes", ["exp"], unique=False)
