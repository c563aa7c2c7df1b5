"""mappe: a second device, the recovery sheet, locking out, stopping; and what each wrong secret or server says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.clients.holder.conftest import Hand


def test_a_second_device_comes_in_and_the_first_is_locked_out(amira: Hand, tmp_path: Path) -> None:
    amira.ok("add", "other_paper", "--title", "Brief", "--field", "note=x")
    handle = ("unlock", "--yes", "--handle", amira.secrets["handle"])
    phone = amira.elsewhere("phone")
    assert phone.ok(*handle)["papers"] == 1
    sheet = {"MAPPE_RECOVERY_CODE": amira.secrets["recovery_code"], "MAPPE_SHEET_PIN": amira.secrets["sheet_pin"]}
    tablet = amira.elsewhere("tablet")
    assert tablet.ok(*handle, "--recovery", MAPPE_PASSPHRASE=None, **sheet)["papers"] == 1
    assert tablet.ok("show", "Brief")["fields"]["note"][0]["value"] == "x"
    rows = amira.ok("devices")
    (this,) = [row["device"] for row in rows if row["this"]]
    amira.refused(2, "this-device", "devices", "--remove", this, "--yes")
    amira.refused(2, "no-such-device", "devices", "--remove", "x", "--yes")
    phone.refused(2, "not-confirmed", "devices", "--remove", this)
    assert len(rows) == 3
    fresh = phone.ok("devices", "--remove", this, "--yes")
    assert set(fresh) == {"recovery_code", "sheet_pin"}
    amira.refused(3, "session-invalid", "list")
    tablet.refused(2, "locks-changed", "list")
    assert tablet.ok(*handle)["papers"] == 1  # again, into the same folder
    assert tablet.ok("list") == phone.ok("list")
    page = tmp_path / "sheet.html"
    assert phone.ok("sheet", str(page), "--yes")["sheet"] == str(page)
    assert phone.secrets["stop_code"] not in page.read_text()
    phone.refused(2, "bad-sheet-file", "sheet", str(page), "--yes")
    assert phone.ok("stop", "--handle", phone.secrets["handle"], MAPPE_STOP_CODE=phone.secrets["stop_code"])
    phone.refused(3, "session-invalid", "devices")


def test_wrong_secrets_and_servers_are_named(amira: Hand) -> None:
    other, handle = amira.elsewhere("other"), ("unlock", "--handle", amira.secrets["handle"])
    wrong = "0000" + amira.secrets["passphrase"][4:]
    amira.refused(2, "wrong-secret", "list", MAPPE_PASSPHRASE=wrong)
    amira.refused(2, "bad-digits", "list", MAPPE_PASSPHRASE="12")
    amira.refused(2, "secret-empty", "list", MAPPE_PASSPHRASE="")
    other.refused(3, "sign-in-refused", *handle, MAPPE_PASSPHRASE=wrong)
    blocks = amira.secrets["recovery_code"].split()
    blocks[2] = f"{(int(blocks[2]) + 1) % 1_000_000:06d}"
    said = other.refused(2, "bad-block", *handle, "--recovery", MAPPE_RECOVERY_CODE=" ".join(blocks))
    assert "Block 3 " in said
    other.refused(2, "bad-code", *handle, "--recovery", MAPPE_RECOVERY_CODE=" ".join(blocks[:7]))
    other.refused(2, "handle-needed", "unlock")
    other.refused(2, "bad-handle", "unlock", "--handle", "abc")
    localhost = amira.origin.replace("127.0.0.1", "localhost")
    assert amira.origin in other.refused(2, "other-origin", *handle, MAPPE_SERVER=localhost)
    other.refused(2, "other-origin", "create", MAPPE_SERVER=localhost)
    other.refused(2, "bad-origin", *handle, MAPPE_SERVER="mappe.example")
    other.refused(2, "bad-origin", *handle, MAPPE_SERVER="http://mappe.example")
    other.refused(5, "unreachable", *handle, MAPPE_SERVER="http://127.0.0.1:9")
    assert other.run(*handle, MAPPE_SERVER=None).exit_code == 2
    amira.refused(3, "sign-in-refused", "stop", "--handle", "0" * 10, MAPPE_STOP_CODE=amira.secrets["stop_code"])
    assert not other.folder.exists()


def test_a_new_device_asks_whose_it_is_before_anything_goes_in(amira: Hand) -> None:
    amira.ok("add", "other_paper", "--title", "Brief", "--field", "note=x")
    handle = ("unlock", "--handle", amira.secrets["handle"])
    phone = amira.elsewhere("asked")
    name = amira.secrets["handle"].replace("-", "")
    said = phone.refused(2, "not-confirmed", *handle)
    assert f"Account {name[:5]}-{name[5:]}: 1 papers, last change 20" in said
    phone.refused(2, "not-confirmed", "add", "other_paper", "--title", "zu früh")
    phone.refused(2, "not-confirmed", *handle)  # again: the question stays
    assert phone.ok(*handle, "--yes")["papers"] == 1
    phone.ok("add", "other_paper", "--title", "jetzt")
    assert phone.ok(*handle)["papers"] == 2  # a device that has seen it is not asked


def test_after_a_no_the_device_has_left(amira: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = ("unlock", "--handle", amira.secrets["handle"])
    phone = amira.elsewhere("not-mine")
    monkeypatch.setattr("mappe.cli.holder.arriving.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    done = phone.run(*handle, stdin="n\n")
    assert done.exit_code == 2
    assert "[not-yours]" in done.stderr
    assert not phone.folder.exists()
    assert len(amira.ok("devices")) == 1
    assert phone.run(*handle, stdin="y\n").exit_code == 0
    assert len(amira.ok("devices")) == 2


def test_nothing_below_the_number_on_the_sheet_comes_in(amira: Hand) -> None:
    phone = amira.elsewhere("old")
    handle = ("unlock", "--handle", amira.secrets["handle"], "--yes")
    phone.refused(4, "rolled-back", *handle, "--number", "99")
    assert not (phone.folder / "profile.json").exists()
    assert phone.ok(*handle, "--number", "1")["number"] == 1
