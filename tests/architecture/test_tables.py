"""Ready to be sharded: every key begins with the shard key, and no foreign key leaves its shard.

A UNIQUE or PRIMARY KEY that does not begin with the shard key could not be checked on one shard; a foreign key that
does not map shard key to shard key could point to another one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.tables import metadata

# Whose rows live together on one shard.
OWNERS = {"wallet_id", "agency"}
# Tables that answer "which shard?" or a single use, found by nothing but this random or hashed id.
ROUTING = {
    "grant_id",
    "code_id",
    "request_id",
    "handle_hash",
    "join_id",
    "desk_id",
    "number",
    "token_hash",
    "code_hash",
    "nonce",
    "shard",  # the outbox: a job lies beside the rows that promised it
}
SHARD_KEYS = OWNERS | ROUTING
# Tables of the deployment, not of anybody: one copy, never joined with a shard's rows in a transaction.
GLOBAL = {
    "leases": "elects the one process that runs a task",
    "wallet_creations": "counts creations of the whole server",
    "agency_registry": "the signed document itself, the same for everyone",
    "log_checkpoints": "the one Merkle log",
    "log_cosignatures": "the one Merkle log",
    "log_leaves": "the one Merkle log",
    "log_tiles": "the one Merkle log",
    "log_trees": "the one Merkle log",
}


def defects(tables: sa.MetaData) -> Iterator[str]:
    for table in tables.sorted_tables:
        if table.name in GLOBAL:
            continue
        columns = list(table.primary_key.columns)
        if not columns:
            yield f"{table.name} has no primary key"
            continue
        shard = columns[0].name
        if shard not in SHARD_KEYS:
            yield f"{table.name} begins with {shard}, which is no shard key"
        for constraint in table.constraints:
            if isinstance(constraint, sa.UniqueConstraint) and next(iter(constraint.columns)).name != shard:
                yield f"{table.name}: {constraint.name or 'a unique constraint'} does not begin with {shard}"
            if isinstance(constraint, sa.ForeignKeyConstraint):
                pairs = [(e.parent.name, e.column) for e in constraint.elements]
                parent = pairs[0][1].table
                parent_shard = next(iter(parent.primary_key.columns)).name
                if not any(own == shard and other.name == parent_shard for own, other in pairs):
                    yield f"{table.name}: a foreign key to {parent.name} leaves the shard"
        for index in table.indexes:
            if index.unique and next(iter(index.columns)).name != shard:
                yield f"{table.name}: unique index {index.name} does not begin with {shard}"


def test_every_key_begins_with_its_shard_key() -> None:
    assert list(defects(metadata())) == []


def test_only_plain_types_reach_the_database() -> None:
    plain = (sa.LargeBinary, sa.BigInteger, sa.Integer, sa.Text, sa.String)
    wrong = [
        f"{table.name}.{column.name}: {column.type!r}"
        for table in metadata().sorted_tables
        for column in table.columns
        if not isinstance(column.type, plain) or isinstance(column.type, sa.Enum)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda m: sa.Table("a", m, sa.Column("id", sa.Integer, primary_key=True)), "no shard key"),
        (
            lambda m: sa.Table(
                "a", m, sa.Column("wallet_id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer, unique=True)
            ),
            "does not begin with wallet_id",
        ),
        (
            lambda m: (
                sa.Table("p", m, sa.Column("wallet_id", sa.Integer, primary_key=True)),
                sa.Table(
                    "c",
                    m,
                    sa.Column("wallet_id", sa.Integer, primary_key=True),
                    sa.Column("other", sa.Integer, sa.ForeignKey("p.wallet_id")),
                ),
            ),
            "leaves the shard",
        ),
    ],
)
def test_the_rule_finds_what_it_is_for(build: object, says: str) -> None:
    broken = sa.MetaData()
    assert callable(build)
    build(broken)
    assert any(says in defect for defect in defects(broken))
