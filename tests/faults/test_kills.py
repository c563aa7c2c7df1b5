"""kill -9 at named and random points: nothing that was acknowledged is lost, and fsck finds nothing (issue: faults).

One server after another runs on the same data, each told where to die. Its successor must show everything that any of
them has acknowledged; in between, with nobody running, everything stored is derived again.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.settings import Settings
from app.upkeep import faults
from tests.conftest import ServerFactory
from tests.faults.quick import Quick
from tests.faults.story import Died, Story
from tests.support.server import Server

# name or name:n, the n-th time; every commit of a day is one of the numbered ones
BLOBS = [
    "blob-created",
    "blob-before-sync",
    "blob-synced",
    "blob-named",
    "blob-before-delete",
    "upload-row-without-blob",
    "upload-closed-without-row",
    "deposit-row-without-blob",
    "deposit-closed-without-row",
    "blob-before-sync:2",
    "blob-named:2",
]
ROUTES = [
    "wallet-routed",
    "wallet-made-without-session",
    "grant-routed",
    "deposit-routed",
    "wallet-erased-with-routes",
]
BACKGROUND = [
    "sequencer-grown",
    "sequencer-settled",
    "sequencer-leaves-written",
    "sequencer-checkpoint-written",
    "sequencer-published",
    "ledger-written-not-dropped",
    "ledger-before-sync",
    "ledger-before-sync:3",
    "sequencer-grown:2",
    "job-done-not-marked",
]
POSTGRES = [
    "before-commit:4",
    "after-commit:6",
    "before-commit:14",
    "after-commit:21",
    "wallet-routed",
    "grant-routed",
    "upload-row-without-blob",
    "upload-closed-without-row",
    "deposit-closed-without-row",
    "sequencer-grown",
    "sequencer-published",
    "job-done-not-marked",
]
COMMITS = [f"{when}-commit:{n}" for n in (1, 2, 3, 5, 7, 9, 11, 13, 16, 19, 23, 27) for when in ("before", "after")]
ROUNDS = 3  # of the story until a named point must have been reached
WAIT_SECONDS = 90  # for a point that the background comes to by itself, once the lease of the dead runner is over
RANDOM_KILLS = 8
STEPS_SECONDS = (0.1, 2.5)


def check(server: Server) -> None:
    """With nobody running: nothing is wrong."""
    found = [fault.says for fault in faults(Settings.from_env(server.env))]
    assert found == [], found


def live_until_death(server: Server, story: Story) -> bool:
    """Plays until the server dies; False if it would not."""
    try:
        story.verify()
        for _ in range(ROUNDS):
            story.round()
        # the successor of a killed runner waits for its lease: there must be something to do when it comes in
        deadline = time.monotonic() + WAIT_SECONDS
        while server.running and time.monotonic() < deadline:
            time.sleep(1)
            story.round()
    except Died:
        pass
    deadline = time.monotonic() + WAIT_SECONDS
    while server.running and time.monotonic() < deadline:
        time.sleep(0.1)
    return not server.running


@pytest.mark.slow
@pytest.mark.parametrize(
    "points",
    [BLOBS, ROUTES, BACKGROUND, COMMITS[:12], COMMITS[12:]],
    ids=["blobs", "routes", "background", "commits", "late"],
)
def test_death_at_named_points(server: ServerFactory, tmp_path: Path, points: list[str]) -> None:
    _die_at(server(start=False), tmp_path, points)


@pytest.mark.slow
def test_death_at_named_points_on_postgres(server: ServerFactory, tmp_path: Path) -> None:
    _die_at(server(database="postgres", start=False), tmp_path, POSTGRES)


def _die_at(described: Server, tmp_path: Path, points: list[str]) -> None:
    # whoever waits for the background goes on writing: a slow machine must not fill the wallet
    described.env |= {"MAPPE_UNINVITED_DOCUMENTS": "5000", "MAPPE_UNINVITED_BYTES": str(4 << 30)}
    one = Quick(described)
    try:
        _die(one, Story(one.origin, tmp_path), points)
    finally:
        one.end()


def _die(one: Server, story: Story, points: list[str]) -> None:
    one.start()
    story.round()
    one.stop()
    for point in points:
        one.env["MAPPE_FAILPOINT"] = point
        try:
            one.start()
        except RuntimeError:
            pass  # it died while it was starting
        else:
            assert live_until_death(one, story), f"{point} was never reached"
        one.kill()
        check(one)
    del one.env["MAPPE_FAILPOINT"]
    one.start()
    story.verify()
    story.round()
    one.stop()
    check(one)


@pytest.mark.slow
def test_death_at_any_time(server: ServerFactory, tmp_path: Path) -> None:
    """Two people write as fast as they can; the server is killed under them again and again."""
    one = Quick(server(start=False))
    try:
        _kill_at_random(one, tmp_path)
    finally:
        one.end()


def _kill_at_random(one: Server, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    stories = [Story(one.origin, tmp_path / name) for name in ("one", "two")]
    for story in stories:
        story.folder.mkdir()
    # a thread of its own for each person: what a device keeps on disk belongs to the thread that opened it
    hands = [ThreadPoolExecutor(1) for _ in stories]
    for _ in range(RANDOM_KILLS):
        one.start()
        days = [hand.submit(_play, story) for hand, story in zip(hands, stories, strict=True)]
        time.sleep(chance.uniform(*STEPS_SECONDS))
        one.kill()
        assert [day.result() for day in days] == [None, None], seed
        check(one)
    one.start()
    for hand, story in zip(hands, stories, strict=True):
        hand.submit(story.verify).result()


def _play(story: Story) -> None:
    """Until the server dies."""
    try:
        story.verify()
        while True:
            story.round()
    except Died:
        pass


def test_a_failpoint_needs_testing(server: ServerFactory) -> None:
    one = server(start=False)
    one.env |= {"MAPPE_FAILPOINT": "after-commit", "MAPPE_TESTING": "0"}
    del one.env["MAPPE_CLOCK_FILE"]
    assert "MAPPE_TESTING" in one.run("keys", "list", check=False).stderr
