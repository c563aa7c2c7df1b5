"""mappe: others put papers in; everything moves out and into another wallet."""

from __future__ import annotations

from pathlib import Path

import pytest
from mappe.agency.scan import read_code
from mappe.holder.export import check_of

from tests.clients.holder.conftest import Hand


def test_others_put_papers_in(amira: Hand, tmp_path: Path) -> None:
    picture, letter = tmp_path / "code.png", tmp_path / "letter.txt"
    letter.write_text("Hello")
    link = amira.ok("deposit-code", "Doctor", "--qr", str(picture))["link"]
    assert read_code(picture) == link
    doctor = Hand(tmp_path / "nothing", amira.origin)
    assert len(doctor.ok("deposit", str(picture), str(letter), "--note", "Report")) == 1
    assert len(doctor.ok("deposit", "-", str(letter), stdin=link)) == 1
    assert not doctor.folder.exists()
    doctor.refused(2, "bad-link", "deposit", "nonsense", str(letter))
    doctor.refused(2, "bad-link", "deposit", link.replace("/d#", "/g#"), str(letter))
    waiting = amira.ok("inbox")
    assert [(row["nr"], row["name"], row["from"]) for row in waiting] == [
        (1, "letter.txt", "unknown sender"),
        (2, "letter.txt", "unknown sender"),
    ]
    assert "3" in amira.refused(2, "bad-number", "inbox", "--accept", "3")
    amira.refused(2, "bad-number", "inbox", "--accept", "1", "--discard", "1")
    done = amira.ok("inbox", "--accept", "1", "--discard", "2")
    assert [row["state"] for row in done] == ["kept", "thrown away"]
    assert amira.ok("inbox") == []
    assert amira.run("inbox").stdout == "Nothing waits.\n"
    (saved,) = amira.ok("show", "letter.txt", "--save", str(tmp_path / "out"))["saved"]
    assert Path(saved).read_text() == "Hello"


def test_what_came_by_a_code_of_another_device_is_read(amira: Hand, tmp_path: Path) -> None:
    phone, letter = amira.elsewhere("phone"), tmp_path / "letter.txt"
    phone.ok("unlock", "--yes", "--handle", amira.secrets["handle"])
    letter.write_text("Hello")
    code = phone.ok("deposit-code", "Doctor")["link"]
    Hand(tmp_path / "nothing", amira.origin).ok("deposit", code, str(letter))
    assert [row["name"] for row in amira.ok("inbox")] == ["letter.txt"]


def test_everything_moves_to_another_wallet(amira: Hand, tmp_path: Path) -> None:
    letter, archive = tmp_path / "letter.txt", tmp_path / "moving"
    letter.write_text("Hello")
    amira.ok("add", "other_paper", "--title", "Brief", "--field", "note=x", "--file", str(letter))
    amira.ok("share-link", "--take", "Brief:note", "--to", "Vermieter", "--purpose", "Wohnung", "--yes")
    made = amira.ok("export", str(archive))
    amira.refused(2, "exists", "export", str(archive))
    new = Hand(tmp_path / "new", amira.origin).create()
    new.refused(2, "secret-needed", "import", str(archive))
    new.refused(2, "wrong-secret", "import", str(archive), MAPPE_EXPORT_DIGITS="0" * 24)
    new.refused(2, "file", "import", str(tmp_path / "none"), MAPPE_EXPORT_DIGITS=made["digits"])
    came = new.ok("import", str(archive), MAPPE_EXPORT_DIGITS=made["digits"])
    (anew,) = came.pop("make_anew")
    assert (anew["to"], anew["purpose"]) == ("Vermieter", "Wohnung")
    assert came == {name: made[name] for name in ("objects", "papers", "files", "check")}
    assert (came["objects"], came["papers"], came["files"]) == (1, 1, 1)
    assert new.ok("shares") == []  # told, not believed
    (saved,) = new.ok("show", "Brief", "--save", str(tmp_path / "out"))["saved"]
    assert Path(saved).read_text() == "Hello"
    amira.refused(2, "not-confirmed", "delete")
    assert amira.ok("delete", "--yes") == {"deleted": True}
    assert not amira.folder.exists()
    amira.refused(2, "no-wallet", "list")
    assert len(new.ok("list")) == 1


def test_the_check_number_is_that_of_the_specification() -> None:
    rows = [("objects/a.json", 3, 7), ("files/b-1", 9, 1)]
    assert check_of(rows) == "44907458"
    assert check_of([*reversed(rows), ("log.json", 1, 1)]) == "44907458"
    for other in (
        rows[:1],
        [rows[0], ("files/b-1", 9, 2)],
        [rows[0], ("files/b-1", 8, 1)],
        [rows[0], ("files/b-2", 9, 1)],
    ):
        assert check_of(other) != "44907458"


def test_what_nobody_could_import_is_not_exported(amira: Hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    amira.ok("add", "other_paper", "--title", "Brief", "--field", "note=x")
    archive = tmp_path / "moving"
    monkeypatch.setattr("mappe.holder.export.MAX_ENTRIES", 3)  # manifest, log, shares: no room for a paper
    amira.refused(2, "export-too-large", "export", str(archive))
    assert list(tmp_path.glob("moving*")) == []
    monkeypatch.setattr("mappe.holder.export.MAX_ENTRIES", 4)
    made = amira.ok("export", str(archive))
    new = Hand(tmp_path / "new", amira.origin).create()
    assert new.ok("import", str(archive), MAPPE_EXPORT_DIGITS=made["digits"])["objects"] == 1
