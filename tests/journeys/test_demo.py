"""`make demo FILE=…` ends well on a file of the reader's, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT


@pytest.mark.slow
def test_the_story_plays_with_a_file_of_the_readers(tmp_path: Path) -> None:
    own = tmp_path / "Bescheid Seite 1.bin"
    own.write_bytes(os.urandom(200_000))
    command = [sys.executable, "-m", "tests.journeys.demo", "--file", str(own)]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "as it is: this type of file has no cleaner" in done.stdout
    assert "Everything is as it must be" in done.stdout
    assert 30 <= len(done.stdout.splitlines()) <= 50


def test_a_file_that_is_not_there_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.demo", "--file", "nowhere.pdf"], cwd=ROOT, text=True, capture_output=True
    )
    assert done.returncode == 2
    assert "nowhere.pdf" in done.stderr
