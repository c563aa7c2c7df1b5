"""Byte ranges of files."""

from __future__ import annotations

import pytest

from sharing.redeem.ranges import resolve


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, (0, 100, False)),
        ("bytes=0-", (0, 100, True)),
        ("bytes=0-0", (0, 1, True)),
        ("bytes=99-", (99, 100, True)),
        ("bytes=10-19", (10, 20, True)),
        ("bytes=90-1000", (90, 100, True)),
        ("bytes=-1", (99, 100, True)),
        ("bytes=-1000", (0, 100, True)),
        ("bytes=100-", None),
        ("bytes=100-200", None),
        ("bytes=-0", None),
        # unreadable or unsupported: all of it
        ("bytes=20-10", (0, 100, False)),
        ("bytes=-", (0, 100, False)),
        ("bytes=0-1,5-6", (0, 100, False)),
        ("items=0-1", (0, 100, False)),
        ("bytes=a-b", (0, 100, False)),
        ("bytes=٠-١", (0, 100, False)),
        ("bytes=" + "9" * 4000 + "-", (0, 100, False)),
    ],
)
def test_resolve(header: str | None, part: tuple[int, int, bool] | None) -> None:
    assert resolve(header, 100) == part
