"""Writes the initial migration anew from the tables. Before the first release only: then a migration is history."""

from __future__ import annotations

import subprocess
import sys
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
        settings = config(f"sqlite:///{scratch}/empty.db")
        settings.attributes["batch"] = False  # nothing exists yet that SQLite could not alter
        command.revision(settings, message="initial", autogenerate=True, rev_id=REVISION)
    for tidy in (["check", "-q", "--fix"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, str(target)], check=True)
    print(f"Wrote {target.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
