"""The hop between event loop and threads: nothing is lost, nothing is delivered twice, nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from kit.handoff import Crew


def test_many_callers_of_one_loop_get_their_own_answer() -> None:
    crew = Crew(4, "test")

    async def run() -> list[int]:
        return await asyncio.gather(*(crew.run(lambda n=n: n * n) for n in range(5_000)))  # type: ignore[misc]

    assert asyncio.run(run()) == [n * n for n in range(5_000)]
    crew.close()


def test_two_loops_and_a_plain_thread_share_a_crew() -> None:
    crew = Crew(2, "test")
    seen: dict[str, int] = {}

    async def count(name: str) -> None:
        for _ in range(300):
            seen[name] = seen.get(name, 0) + await crew.run(lambda: 1)

    threads = [threading.Thread(target=lambda name=name: asyncio.run(count(name))) for name in "ab"]
    for thread in threads:
        thread.start()
    seen["c"] = sum(crew.run_now(lambda: 1) for _ in range(300))
    for thread in threads:
        thread.join()
    assert seen == {"a": 300, "b": 300, "c": 300}
    crew.close()


def test_an_error_reaches_its_caller_alone() -> None:
    crew = Crew(1, "test")

    def fail() -> None:
        raise LookupError("mine")

    async def run() -> list[object]:
        calls = (crew.run(lambda: 1), crew.run(fail), crew.run(lambda: 2))
        return list(await asyncio.gather(*calls, return_exceptions=True))

    first, second, third = asyncio.run(run())
    assert (first, third) == (1, 2)
    assert isinstance(second, LookupError)
    with pytest.raises(LookupError):
        crew.run_now(fail)
    crew.close()


def test_a_caller_that_went_away_harms_nobody() -> None:
    crew = Crew(1, "test")

    async def run() -> int:
        slow = asyncio.ensure_future(crew.run(lambda: time.sleep(0.05)))
        await asyncio.sleep(0.01)
        slow.cancel()
        return await crew.run(lambda: 7)

    assert asyncio.run(run()) == 7
    crew.close()


def test_a_loop_that_was_closed_is_not_rung() -> None:
    crew = Crew(1, "test")
    release = threading.Event()

    async def leave() -> None:
        task = asyncio.ensure_future(crew.run(lambda: release.wait(5)))
        await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(leave())
    release.set()
    assert crew.run_now(lambda: 3) == 3
    crew.close()


def test_closing_waits_for_what_was_asked_and_takes_nothing_more() -> None:
    crew = Crew(2, "test")
    done: list[int] = []
    waiting = [threading.Thread(target=lambda n=n: crew.run_now(lambda: done.append(n))) for n in range(20)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    crew.close()
    crew.close()
    assert sorted(done) == list(range(20))
    with pytest.raises(RuntimeError):
        crew.run_now(lambda: 1)
