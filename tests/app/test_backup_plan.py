"""Every column of the schema is decided about: it is in a backup, or it is not."""

from __future__ import annotations

import ast
from pathlib import Path

from app.backup_plan import PLAN, Kept
from app.erasure import WALLET_ENDINGS
from app.replaying import handlers
from app.tables import metadata

ROOT = Path(__file__).parent.parent.parent
NEVER = {
    "grant_contents.keybox",
    "grant_contents.head",  # the sealed terms
    "grant_contents.slots",
    "grant_leases.lease",
    "grants.passcode",
    "wallet_methods.pin_hash",
    "wallet_pins.share",
    "wallet_pins.proof_hash",
    "wallet_joins.box",
    "wallet_sessions.token_hash",
    "agency_notice.notice",
    "request_answers.notice",
    "request_answers.digits",
}


def test_every_column_is_decided_about() -> None:
    schema = {table.name: {column.name for column in table.columns} for table in metadata().sorted_tables}
    decided = {
        name: set(plan.columns) | (set(plan.left_out) if isinstance(plan, Kept) else set())
        for name, plan in PLAN.items()
    }
    assert decided == schema


def test_keys_are_whole_primary_keys_and_nothing_is_both_kept_and_left_out() -> None:
    tables = {table.name: table for table in metadata().sorted_tables}
    for name, plan in PLAN.items():
        if isinstance(plan, Kept):
            assert list(plan.key) == [column.name for column in tables[name].primary_key.columns], name
            assert plan.columns[: len(plan.key)] == plan.key
            assert not set(plan.columns) & set(plan.left_out), name


def test_nothing_that_opens_is_kept() -> None:
    kept = {f"{name}.{column}" for name, plan in PLAN.items() if isinstance(plan, Kept) for column in plan.columns}
    assert not kept & NEVER
    assert kept | NEVER > NEVER
    schema = {f"{table.name}.{column.name}" for table in metadata().sorted_tables for column in table.columns}
    assert schema >= NEVER, "this list names a column that no longer exists"


def test_every_recorded_fact_is_replayed() -> None:
    recorded: set[str] = set()
    for path in (*ROOT.glob("wallet/**/*.py"), *ROOT.glob("sharing/**/*.py"), *ROOT.glob("audit/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "ledger.record":
                kind = node.args[2]
                assert isinstance(kind, ast.Constant), f"{path}: the kind must stand where it is recorded"
                recorded.add(str(kind.value))
    assert recorded == set(handlers(WALLET_ENDINGS, 0))
    assert list(handlers(WALLET_ENDINGS, 0))[-1] == "wallet-deleted"
