"""The table of settings in docs/for-operators.md is the one in app/settings.py."""

from __future__ import annotations

import inspect
import re

import app.settings
from app.settings import PREFIX, Settings
from kit.context import Config
from tests.support.server import ROOT

READ = re.compile(r'values\.(?:text|number|flag)\(\s*"([A-Z0-9_]+)"')
ROW = re.compile(r"^\| ((?:`MAPPE_[A-Z0-9_]+`(?:, )?)+) \| (.*?) \|", re.MULTILINE)


def table() -> dict[str, str]:
    """Variable to default as printed."""
    found = {}
    for names, defaults in ROW.findall((ROOT / "docs" / "for-operators.md").read_text("utf-8")):
        listed = re.findall(r"`MAPPE_([A-Z0-9_]+)`", names)
        values = [one.strip("` ") for one in defaults.split(",")]
        for name, value in zip(listed, values * len(listed) if len(values) == 1 else values, strict=False):
            found[name] = value
    return found


def test_every_setting_is_described_and_no_other() -> None:
    assert set(table()) == set(READ.findall(inspect.getsource(app.settings)))


def test_the_printed_defaults_are_the_real_ones() -> None:
    printed, fresh = table(), Settings()
    for name, value in printed.items():
        field = name.lower()
        real = getattr(fresh, field, None) if hasattr(fresh, field) else getattr(Config(), field, None)
        if value.isdecimal() and not isinstance(real, bool) and real is not None:
            assert int(value) == real, name
    assert printed["HOST"] == fresh.host
    assert printed["RUNNER"] == "1" and fresh.runner
    assert printed["WEB_DIR"] == str(fresh.web_dir)
    assert printed["S3_REGION"] == fresh.s3_region
    assert PREFIX == "MAPPE_"
