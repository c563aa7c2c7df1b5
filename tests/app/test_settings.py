"""A setting is used as meant or refused by name."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import mappe
import pytest

from app.settings import CLIENT_NAMES, Settings, SettingsError


def test_defaults_serve_this_machine() -> None:
    settings = Settings.from_env({"PATH": "/bin"})
    assert settings.config.public_origin == "http://127.0.0.1:8000"
    assert settings.database_url.reveal() == "sqlite:///data/mappe.db"
    assert settings.blobs_url == "data/blobs"
    assert settings.config.rp_id == "127.0.0.1"
    assert settings == Settings()


def test_secrets_do_not_print() -> None:
    settings = Settings.from_env(
        {"MAPPE_DATABASE_URL": "postgresql://u:pa55word@h/d", "MAPPE_S3_SECRET_KEY": "s3cr3t-value"}
    )
    assert "pa55word" not in repr(settings)
    assert "s3cr3t-value" not in f"{settings}"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WORKERS", "many", "whole number"),
        ("WORKERS", "-1", "whole number"),
        ("PUBLIC_ORIGIN", "https://mappe.example/", "origin"),
        ("PUBLIC_ORIGIN", "mappe.example", "origin"),
        ("PUBLIC_ORIGIN", "http://mappe.example", "https"),
        ("RP_ID", "mappe.example", "a domain above"),
        ("TESTING", "yes", "0 or 1"),
        ("CLOCK_FILE", "clock", "MAPPE_TESTING"),
        ("WALET_BYTES", "5", "unknown setting MAPPE_WALET_BYTES"),
    ],
)
def test_refusals_name_the_setting(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        Settings.from_env({f"MAPPE_{name}": value})
    assert f"MAPPE_{name}" in str(caught.value)


@pytest.mark.parametrize(
    ("rp_id", "taken"), [("", "app.mappe.example"), ("mappe.example", "mappe.example"), ("pe.example", None)]
)
def test_passkeys_are_for_the_host_or_above(rp_id: str, taken: str | None) -> None:
    env = {"MAPPE_PUBLIC_ORIGIN": "https://app.mappe.example", "MAPPE_RP_ID": rp_id}
    if taken is None:
        with pytest.raises(SettingsError, match="MAPPE_RP_ID"):
            Settings.from_env(env)
    else:
        assert Settings.from_env(env).config.rp_id == taken


def test_the_command_lines_variables_are_left_alone() -> None:
    """Somebody who keeps a wallet on this machine can start a server from the same shell."""
    sources = [path.read_text("utf-8") for path in Path(mappe.__path__[0]).rglob("*.py")]
    named = {name for text in sources for name in re.findall(r"MAPPE_[A-Z_]*[A-Z]", text)}
    assert named == CLIENT_NAMES
    assert not {f"MAPPE_{field.name.upper()}" for field in dataclasses.fields(Settings)} & CLIENT_NAMES
    assert Settings.from_env(dict.fromkeys(CLIENT_NAMES, "of the client")) == Settings()
    with pytest.raises(SettingsError, match="unknown setting MAPPE_WALLETS"):
        Settings.from_env({"MAPPE_WALLETS": "/home/amira"})
