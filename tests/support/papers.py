"""Papers as real tools make them: scans, photos with GPS, PDF/A, large files; drawn anew for each test."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from PIL import Image, ImageDraw

A4_150DPI = (1240, 1754)
GPS = 0x8825  # the EXIF directory with the position
MUSTERSTADT = ((52.0, 31.0, 12.0), (13.0, 24.0, 18.0))


def page(number: int, size: tuple[int, int] = A4_150DPI) -> Image.Image:
    """A grey page with lines and a little noise, as a scanner sees one."""
    noise = Image.effect_noise(size, 12)
    picture = Image.new("L", size, 245)
    picture.paste(noise, mask=Image.new("L", size, 40))
    draw = ImageDraw.Draw(picture)
    for row in range(100, size[1] - 100, 60):
        draw.line((100, row, size[0] - 100 - (row * 37 % 300), row), fill=30, width=6)
    draw.text((100, 40), f"Seite {number}", fill=0)
    return picture


def scanned_pdf(path: Path, pages: int = 3) -> Path:
    """Several scanned pages in one PDF with author and title in its metadata."""
    pictures = [page(number) for number in range(1, pages + 1)]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], resolution=150, author="Selam Yemane", title="geheim"
    )
    return path


def phone_photo(path: Path, megapixels: int = 12) -> Path:
    """A JPEG with camera, time, position and an orientation that is not upright."""
    height = int((megapixels * 1_000_000 * 3 / 4) ** 0.5)
    picture = page(1, (height * 4 // 3, height)).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x0132] = "Phone", 6, "2026:11:01 10:00:00"
    place = exif.get_ifd(GPS)
    place[1], place[2], place[3], place[4] = "N", MUSTERSTADT[0], "E", MUSTERSTADT[1]
    picture.save(path, quality=88, exif=exif)
    return path


def pdf_a(path: Path) -> Path:
    """A PDF/A made by Ghostscript from a scan."""
    source = scanned_pdf(path.with_suffix(".source.pdf"), pages=2)
    subprocess.run(
        ["gs", "-dPDFA=2", "-dBATCH", "-dNOPAUSE", "-dQUIET", "-sColorConversionStrategy=RGB", "-sDEVICE=pdfwrite",
         "-dPDFACompatibilityPolicy=1", f"-sOutputFile={path}", str(source)],
        check=True,
    )  # fmt: skip
    source.unlink()
    return path


def large_file(path: Path, mebibytes: int = 25) -> Path:
    """Bytes that no compression helps with."""
    with path.open("wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(1 << 20))
    return path
