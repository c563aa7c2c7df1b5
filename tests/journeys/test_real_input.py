"""Files and names as they really come: made by real tools, cleaned, sealed, shared and fetched back."""

from __future__ import annotations

import hashlib
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from mappe.holder import files, grants
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import value
from mappe.recipient.link import LinkHolder

from tests.support.district import District
from tests.support.papers import large_file, pdf_a, phone_photo, scanned_pdf

PAPERS: dict[str, Callable[[Path], Path]] = {
    "a scanned PDF of several pages": lambda folder: scanned_pdf(folder / "Bescheid.pdf", pages=8),
    "a 12-megapixel photo": lambda folder: phone_photo(folder / "IMG_2041.jpg", megapixels=12),
    "a PDF/A": lambda folder: pdf_a(folder / "Urkunde.pdf"),
    "25 MiB": lambda folder: large_file(folder / "Akte.bin", 25),
}
TOLD = ("GPS", "Make", "Author", "Title", "Creator Tool", "Date/Time Original", "Metadata Date")


def metadata(path: Path) -> list[str]:
    """What an independent tool still finds."""
    shown = subprocess.run(["exiftool", str(path)], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if line.startswith(TOLD)]


def test_real_files_arrive_whole_and_say_nothing_about_the_sender(district: District, tmp_path: Path) -> None:
    wallet, _ = district.person("selam")
    picks, digests = [], {}
    for name, make in PAPERS.items():
        path = make(tmp_path)
        if path.suffix in (".jpg", ".pdf") and "PDF/A" not in name:
            assert metadata(path), "the control: there was something to remove"
        with cleaned(path) as clean:
            assert clean.cleaned == (path.suffix != ".bin")
            if clean.cleaned:
                assert metadata(clean.path) == []
            digests[name] = hashlib.sha256(clean.path.read_bytes()).hexdigest()
            described = files.upload(wallet.vault, clean)
        picks.append(Pick(wallet.add_paper("other_paper", {}, title=name, attachments=[described]), file=0))
    prepared = grants.prepare(wallet.vault, grants.To("Bank"), picks, grants.Conditions("Konto eröffnen"))
    grants.release(wallet.vault, prepared)
    link = LinkHolder(grants.link_of(wallet.vault, prepared))
    opened = link.open()
    for (name, digest), chosen in zip(digests.items(), prepared.slots, strict=True):
        target = tmp_path / "got"
        link.fetch(opened, chosen.slot, target)
        assert hashlib.sha256(target.read_bytes()).hexdigest() == digest, name
        target.unlink()


@pytest.mark.parametrize(
    "name",
    [
        "محمد عبد الله",
        "የማነ ገብረመድህን",
        "Олександр Шевченко",
        "İbrahim Şahinoğlu",
        "Nguyễn Thị Hồng",
        "D̂ragān Ŗ̇",
        "فاطمه زهرا",
    ],
)
def test_names_of_every_script_come_back_composed(district: District, name: str) -> None:
    wallet, _ = district.person("name")
    typed = unicodedata.normalize("NFD", name)
    paper = wallet.add_paper("person", {"family_name": [value(typed, as_of="2026")]}, title="Ich")
    prepared = grants.prepare(
        wallet.vault, grants.To("X"), [Pick(paper, field="family_name")], grants.Conditions("p", language="de")
    )
    grants.release(wallet.vault, prepared)
    opened = LinkHolder(grants.link_of(wallet.vault, prepared)).open()
    seen = next(iter(opened.grant.slots.values())).content["value"]
    assert seen == unicodedata.normalize("NFC", name)
