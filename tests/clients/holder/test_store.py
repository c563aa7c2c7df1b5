"""mappe: a wallet is made, papers go in, are listed and shown, and everything is deleted."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

from tests.clients.holder.conftest import CREATED, Hand, Place
from tests.support.papers import scanned_pdf

NAME = "Al-Ḥusaynī Ağaoğlu Шевченко"


def test_papers_go_in_and_come_out(amira: Hand, tmp_path: Path) -> None:
    scan = scanned_pdf(tmp_path / "Bescheid.pdf", pages=1)
    child = amira.ok("add-person", "Noor")["id"]
    values = ("--field", f"family_name={NAME}", "--field", "date_of_expiry=2031-05-04", "--as-of", "2026-05")
    title = amira.ok("add", "residence_title", "--title", "Titel", *values, "--file", str(scan), "--person", child)
    why = ("--not-obtainable", "The registry burned down", "--substitute", "Affidavit")
    birth = amira.ok("add", "civil_status", "--title", "Geburtsurkunde", *why)
    rows = {row["id"]: row for row in amira.ok("list")}
    assert (rows[title["id"]]["files"], rows[birth["id"]]["state"], rows[child]["kind"]) == (
        1,
        "not-obtainable",
        "person",
    )
    shown = amira.ok("show", "titel", "--save", str(tmp_path / "out"))
    assert shown["fields"]["family_name"][0]["value"] == NAME
    assert shown["fields"]["family_name"][0]["as_of"] == "2026-05"
    (saved,) = shown["saved"]
    assert Path(saved).read_bytes().startswith(b"%PDF")
    assert amira.ok("show", birth["id"])["not_obtainable"] == {"reason": why[1], "substitute": why[3]}
    text = amira.run("show", "Titel", "--language", "de").stdout
    assert NAME in text and "Bescheid.pdf" in text
    assert amira.ok("list", "--offline", MAPPE_SERVER="http://127.0.0.1:9") == amira.ok("list")
    assert "civil_status" in {row["type"] for row in amira.ok("types")}
    amira.refused(2, "not-confirmed", "remove", "Titel")
    amira.ok("remove", "Titel", "--yes")
    assert title["id"] not in {row["id"] for row in amira.ok("list")}


def test_what_cannot_be_added_says_why_and_adds_nothing(amira: Hand) -> None:
    add = ("add", "residence_title", "--title", "Titel")
    assert "'nonsense'" in amira.refused(2, "bad-field", *add, "--field", "nonsense")
    assert "'soon'" in amira.refused(2, "bad-date", *add, "--as-of", "soon")
    amira.refused(2, "bad-id", *add, "--person", "Noor")
    amira.refused(2, "no-reason", *add, "--substitute", "Affidavit")
    amira.refused(2, "no-such-file", *add, "--file", "/nowhere/scan.pdf")
    amira.refused(2, "bad-relation", "add-person", "Noor", "--relation", "cat")
    assert "'Pass'" in amira.refused(2, "no-such-paper", "show", "Pass")
    assert amira.ok("list") == []
    assert "mappe add" in amira.run("list").stdout
    assert "'mappe types'" in amira.run("add", "residence_titel", "--title", "Misspelt").stderr


def test_a_wallet_is_made_once_and_its_secrets_are_shown_once(place: Place, tmp_path: Path) -> None:
    hand, sheet = Hand(tmp_path / "w", place.server.origin), tmp_path / "sheet.html"
    hand.refused(2, "bad-sheet-file", "create", "--sheet", str(tmp_path / "none" / "sheet.html"))
    hand.refused(2, "no-wallet", "list", MAPPE_PASSPHRASE="0" * 24)
    assert not hand.folder.exists()
    done = hand.run("create", "--small-memory", "--sheet", str(sheet))
    shown = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert len(shown) == len(CREATED) + 2  # with address and change number
    assert shown["Kontoname · Account name"] in sheet.read_text()
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert not [path for path in hand.folder.rglob("*") if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    hand.refused(2, "wallet-exists", "create")
    (tmp_path / "digits").write_text(shown["Passphrase"] + "\n")
    assert hand.ok("list", "--passphrase-file", str(tmp_path / "digits")) == []
    assert "MAPPE_PASSPHRASE or --passphrase-file" in hand.run("list").stderr
    for command in (["show", "x"], ["devices"], ["sheet", str(tmp_path / "s.html")], ["delete", "--yes"]):
        hand.refused(2, "secret-needed", *command)


def test_secrets_are_no_arguments(amira: Hand) -> None:
    for command in ("unlock", "list", "stop", "import", "devices", "sheet"):
        for option in ("--passphrase", "--recovery-code", "--sheet-pin", "--stop-code", "--digits"):
            done = amira.run(command, option, "123456")
            assert (done.exit_code, "No such option" in done.stderr) == (2, True), (command, option)


def test_deleting_leaves_what_is_not_the_wallets(amira: Hand) -> None:
    amira.ok("add", "other_paper", "--title", "Brief", "--field", "note=x")
    (amira.folder / "holiday.jpg").write_bytes(b"mine")
    amira.refused(2, "not-confirmed", "delete")
    done = amira.run("delete", "--yes")
    assert (done.exit_code, done.stdout, "holiday.jpg" in done.stderr) == (0, "Deleted.\n", True)
    assert [path.name for path in amira.folder.iterdir()] == ["holiday.jpg"]
    other = amira.elsewhere("again")
    other.refused(3, "sign-in-refused", "unlock", "--handle", amira.secrets["handle"])
    assert not other.folder.exists()


def test_it_runs_as_a_module_and_completes_commands(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mappe.cli.holder", "list", "--wallet", str(tmp_path)]
    done = subprocess.run(command, text=True, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, "[no-wallet]" in done.stderr) == (2, "", True)
    env = {"COMP_WORDS": "mappe sha", "COMP_CWORD": "1", "_MAPPE_COMPLETE": "complete_bash"}
    code = "from mappe.cli.holder import main; main()"
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=False, env=env)
    assert done.stdout.split() == ["share-link", "share-agency", "share-desk", "shares"]
