"""mappe: a device let in by another, an office computer lent, a PIN on one device, the sheet read from a picture."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mappe.cli import qr
from mappe.formats.digits import decode_code
from mappe.formats.sheet import SheetCode

from tests.clients.holder.conftest import Hand, Place

PIN, WRONG = "246801", "135790"


class Waiting:
    """`mappe join` in a process of its own: what it shows, and how it ends."""

    def __init__(self, hand: Hand, picture: Path, *more: str) -> None:
        env = {name: text for name, text in os.environ.items() if not name.startswith("MAPPE_")}
        env |= {"MAPPE_WALLET": str(hand.folder), "MAPPE_SERVER": hand.origin}
        command = [sys.executable, "-m", "mappe.cli.holder", "join", "--yes", "--qr", str(picture), *more]
        self.process = subprocess.Popen(
            command, env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stderr is not None
        shown = [self.process.stderr.readline().strip() for _ in range(3)]
        self.url = shown[0]
        found = re.search("show ([0-9]{3}) ([0-9]{3})", shown[2])
        assert found is not None, shown
        self.digits = found[1] + found[2]

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def waiting() -> Iterator[Callable[..., Waiting]]:
    made: list[Waiting] = []

    def begin(hand: Hand, picture: Path, *more: str) -> Waiting:
        made.append(Waiting(hand, picture, *more))
        return made[-1]

    yield begin
    for one in made:
        one.process.kill()
        one.process.communicate()


def test_a_device_is_let_in_by_its_picture_and_its_digits(
    amira: Hand, tmp_path: Path, waiting: Callable[..., Waiting]
) -> None:
    amira.ok("add", "other_paper", "--title", "Brief", "--field", "note=x")
    laptop, picture = amira.elsewhere("laptop"), tmp_path / "screen.png"
    new = waiting(laptop, picture)
    wrong = f"{(int(new.digits) + 1) % 10**6:06d}"
    add = ("devices", "add", str(picture))
    amira.refused(2, "digits-needed", *add)
    for typed in (wrong, "12345", "abcdef"):
        amira.refused(2, "digits-differ", *add, "--digits", typed)
    done = amira.run("devices", "--wallet", str(amira.folder), "add", str(picture), "--digits", new.digits)
    assert (done.exit_code, "[misplaced-option]" in done.stderr) == (2, True)
    amira.refused(2, "not-a-join", "devices", "add", f"{amira.origin}/g#{'A' * 43}", "--digits", new.digits)
    amira.refused(2, "no-code", "devices", "add", str(_link_picture(tmp_path, amira.origin)), "--digits", new.digits)
    assert not laptop.folder.exists()
    shown = f"{new.digits[:3]} {new.digits[3:]}"
    assert amira.ok(*add, "--digits", shown) == {"approved": True, "mode": "device"}
    code, out, err = new.end()
    assert (code, "1 papers" in out) == (0, True), err
    assert laptop.ok("show", "Brief")["fields"]["note"][0]["value"] == "x"
    assert [row["this"] for row in laptop.ok("devices")].count(True) == 1
    laptop.refused(2, "wallet-exists", "join", "--qr", str(tmp_path / "again.png"))
    again = amira.run(*add, "--digits", new.digits)
    assert (again.exit_code, "[join-taken]" in again.stderr, "are your papers there?" in again.stderr) == (
        3,
        True,
        True,
    )


def _link_picture(folder: Path, origin: str) -> Path:
    qr.save(f"{origin}/g#{'A' * 43}", folder / "link.png")
    return folder / "link.png"


def test_a_link_from_a_message_is_warned_of(amira: Hand, tmp_path: Path, waiting: Callable[..., Waiting]) -> None:
    new = waiting(amira.elsewhere("laptop"), tmp_path / "q.svg")
    done = amira.run("devices", "add", "-", "--digits", new.digits, stdin=new.url + "\n")
    assert done.exit_code == 0, done.output
    assert new.end()[0] == 0
    other = waiting(amira.elsewhere("other"), tmp_path / "o.svg")
    done = amira.run("devices", "add", other.url, "--digits", other.digits)
    assert (done.exit_code, "never from a message" in done.stderr) == (0, True)


def test_the_command_line_is_no_lent_computer(amira: Hand, tmp_path: Path, waiting: Callable[..., Waiting]) -> None:
    """It would leave papers on the disk: let in for half an hour, it goes at once and keeps nothing."""
    office, picture = amira.elsewhere("office"), tmp_path / "screen.png"
    new = waiting(office, picture)
    lend = amira.ok("devices", "lend", str(picture), "--digits", new.digits)
    assert lend == {"approved": True, "mode": "assisted"}
    code, out, err = new.end()
    assert (code, out, "[not-lent]" in err) == (2, "", True), err
    assert not office.folder.exists()
    assert len(amira.ok("devices")) == 1
    assert [row["kind"] for row in amira.ok("log")["entries"]][-3:] == [
        "join-approved",
        "assisted-started",
        "assisted-ended",
    ]


def test_with_json_something_must_show_the_code(amira: Hand, tmp_path: Path) -> None:
    new = amira.elsewhere("new")
    done = new.run("join", "--json")
    assert (done.exit_code, json.loads(done.stderr)["error"]["code"]) == (2, "no-code-shown")
    new.refused(2, "bad-qr-file", "join", "--qr", str(tmp_path / "code.txt"))
    new.refused(5, "unreachable", "join", "--qr", str(tmp_path / "code.png"), MAPPE_SERVER="http://127.0.0.1:9")
    assert not new.folder.exists()


# ---- the PIN of a device


@contextmanager
def without_passphrase(hand: Hand, **env: str) -> Iterator[Hand]:
    before = dict(hand.env)
    hand.env = {**env, "MAPPE_PASSPHRASE": None}
    yield hand
    hand.env = before


def test_a_pin_opens_this_device_and_no_other(amira: Hand) -> None:
    amira.ok("add", "other_paper", "--title", "Brief", "--field", "note=x")
    amira.refused(2, "bad-digits", "pin", "set", MAPPE_NEW_PIN="12345")
    assert amira.ok("pin", "set", MAPPE_NEW_PIN=PIN) == {"set": True}
    phone = amira.elsewhere("phone")
    phone.ok("unlock", "--yes", "--handle", amira.secrets["handle"])
    with without_passphrase(amira, MAPPE_PIN=PIN):
        assert len(amira.ok("list")) == 1
        assert len(amira.ok("devices")) == 2
        for needs in (("sheet", str(amira.folder / "s.html"), "--yes"), ("pin", "set")):
            amira.refused(2, "secret-needed", *needs)  # an unlocked minute changes no lock
    with without_passphrase(phone, MAPPE_PIN=PIN):
        phone.refused(2, "pin-gone", "list")
    with without_passphrase(amira):
        amira.refused(2, "secret-needed", "list")
    with without_passphrase(amira, MAPPE_PIN=WRONG):
        assert "Tries left: 4" in amira.run("list").stderr
        amira.refused(3, "pin-wrong", "list")
    with without_passphrase(amira, MAPPE_PIN=PIN):
        amira.ok("list")
        assert amira.ok("pin", "forget") == {"set": False}
        amira.refused(2, "pin-gone", "list")
    assert not (amira.folder / "pin.json").exists()


def test_five_wrong_pins_end_it_and_a_made_one_is_shown_once(amira: Hand) -> None:
    made = amira.ok("pin", "set")["pin"]
    assert re.fullmatch("[0-9]{6}", made)
    wrong = f"{(int(made) + 1) % 10**6:06d}"
    with without_passphrase(amira, MAPPE_PIN=wrong):
        for _ in range(5):
            assert amira.run("list").exit_code == 3
        done = amira.run("list")
        assert (done.exit_code, "[pin-gone]" in done.stderr) == (3, True)
        amira.refused(2, "pin-gone", "list")
    assert amira.ok("list") == []
    shown = amira.run("pin", "set").stdout
    assert re.search("^PIN: [0-9]{6}$", shown, re.MULTILINE)
    amira.ok("delete", "--yes")
    assert not amira.folder.exists()


# ---- the sheet


def test_a_picture_of_the_sheet_brings_the_wallet(amira: Hand, tmp_path: Path) -> None:
    amira.ok("add", "other_paper", "--title", "Brief", "--field", "note=x")
    handle = amira.secrets["handle"].replace("-", "")
    code = decode_code(amira.secrets["recovery_code"], 16)

    def picture(name: str, text: str) -> str:
        qr.save(text, tmp_path / name)
        return str(tmp_path / name)

    new, pin = amira.elsewhere("new"), {"MAPPE_SHEET_PIN": amira.secrets["sheet_pin"], "MAPPE_PASSPHRASE": None}
    good = picture("sheet.png", SheetCode(handle, code, 2).text())
    new.refused(2, "other-sheet", "unlock", "--sheet", good, "--handle", "0" * 10, **pin)
    new.refused(2, "bad-handle", "unlock", "--sheet", good, "--handle", "abc", **pin)
    new.refused(2, "file", "unlock", "--sheet", str(tmp_path / "none.png"), **pin)
    new.refused(2, "no-code", "unlock", "--sheet", picture("link.png", f"{new.origin}/g#{'A' * 43}"), **pin)
    text = SheetCode(handle, code, 2).text()
    misread = text[:23] + f"{(int(text[23]) + 1) % 10}" + text[24:]
    new.refused(2, "sheet-misread", "unlock", "--sheet", picture("misread.png", misread), **pin)
    ahead = picture("ahead.png", SheetCode(handle, code, 999).text())
    new.refused(4, "rolled-back", "unlock", "--sheet", ahead, **pin)
    assert not (new.folder / "profile.json").exists()
    wrong = {**pin, "MAPPE_SHEET_PIN": f"{(int(amira.secrets['sheet_pin']) + 1) % 10**6:06d}"}
    new.refused(3, "pin-wrong", "unlock", "--sheet", good, **wrong)
    assert new.ok("unlock", "--yes", "--sheet", good, "--handle", amira.secrets["handle"].lower(), **pin)["papers"] == 1


def test_no_sheet_has_passphrase_or_pin_on_it(place: Place, tmp_path: Path) -> None:
    """ADR 0020: whoever finds the paper still lacks the number."""
    hand, first, later = Hand(tmp_path / "w", place.server.origin), tmp_path / "first.html", tmp_path / "later.html"
    made = hand.ok("create", "--small-memory", "--sheet", str(first))
    page = _plain(first)
    assert made["recovery_code"].replace(" ", "") in page
    assert made["stop_code"].replace(" ", "") in page
    assert made["handle"] in first.read_text()
    assert made["passphrase"].replace(" ", "") not in page
    assert made["sheet_pin"] not in re.findall("[0-9]+", first.read_text())
    env = {"MAPPE_PASSPHRASE": made["passphrase"]}
    fresh = hand.ok("sheet", str(later), "--yes", **env)
    assert fresh["number"] == 2
    assert fresh["sheet_pin"] not in re.findall("[0-9]+", later.read_text())
    assert made["recovery_code"].replace(" ", "") not in _plain(later)
    told = hand.run("sheet", str(tmp_path / "third.html"), "--yes", **env).stdout
    assert re.search("New sheet PIN: [0-9]{6}", told)


def _plain(path: Path) -> str:
    return re.sub("<[^>]*>", "", path.read_text())


def test_a_sheet_that_cannot_be_written_is_not_lost(
    amira: Hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The locks are changed when the disk turns out to be full."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mappe.cli.sheet.write_private", full)
    done = amira.run("sheet", str(tmp_path / "s.html"), "--yes")
    assert (done.exit_code, "No space left" in done.stderr) == (1, True)
    code = re.search("New recovery code: ([0-9 ]+)", done.stdout)
    pin = re.search("New sheet PIN: ([0-9]{6})", done.stdout)
    assert code is not None and pin is not None
    sheet = {"MAPPE_RECOVERY_CODE": code[1], "MAPPE_SHEET_PIN": pin[1], "MAPPE_PASSPHRASE": None}
    handle = ("unlock", "--yes", "--handle", amira.secrets["handle"], "--recovery")
    assert amira.elsewhere("new").ok(*handle, **sheet)["papers"] == 0
