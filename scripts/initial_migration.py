"""Writes the initial migration anew from the tables. Before the first release only: then a migration is history."""

from __future__ import annotations

import tempfile
from pathlib import Path

from alembic import command

from app.migrate import MIGRATIONS, config

REVISION = "0001"


def main() -> None:
    target = MIGRATIONS / "versions" / f"{REVISION}_initial.py"
    others = [p.name for p in target.parent.glob("*.py") if p != target]
    if others:
        raise SystemExit(f"There is a history already: {', '.join(sorted(others))}. Write a new migration instead.")
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        url = f"sqlite:///{scratch}/empty.db"
        command.revision(config(url), message="initial", autogenerate=True, rev_id=REVISION)
    print(f"Wrote {target.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
