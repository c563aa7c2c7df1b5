"""A setting is used as meant or refused by name."""

from __future__ import annotations

import pytest

from app.settings import Settings, SettingsError


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
        ("TESTING", "yes", "0 or 1"),
        ("CLOCK_FILE", "clock", "MAPPE_TESTING"),
        ("WALET_BYTES", "5", "unknown setting MAPPE_WALET_BYTES"),
    ],
)
def test_refusals_name_the_setting(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        Settings.from_env({f"MAPPE_{name}": value})
    assert f"MAPPE_{name}" in str(caught.value)
