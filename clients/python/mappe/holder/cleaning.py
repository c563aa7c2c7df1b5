"""Files lose what nobody meant to share before they are sealed: place, device, author, thumbnails.

A photo's GPS position tells where a family sleeps. Pictures are written anew by Pillow without metadata (a JPEG keeps
its quantisation tables, so that no visible quality goes), PDF documents by pikepdf without document information, XMP,
embedded files and scripts. Other types pass as they are, and the caller is told so.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import MappeError

PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/tiff": "TIFF"}
MAX_PIXELS = 100_000_000  # a decompression bomb is refused; a 12-megapixel photo is an eighth of this
JPEG_QUALITY = 92  # only where a photo must be turned upright and is therefore encoded again


@dataclass(frozen=True, slots=True)
class Clean:
    """A file ready to be sealed; `cleaned` False where its type has no cleaner."""

    path: Path
    name: str
    media: str
    size: int
    cleaned: bool


@contextmanager
def cleaned(path: Path) -> Iterator[Clean]:
    """The file without metadata, for the time of the `with` block; the original is not touched.

    MappeError `no-such-file`, `bad-picture`, `bad-pdf`.
    """
    if not path.is_file():
        raise MappeError("no-such-file", f"There is no file {path}.", "Check the name.")
    media = media_type(path)
    with TemporaryDirectory(prefix="mappe-") as folder:
        target = Path(folder) / "clean"
        if media in PICTURES:
            _picture(path, target, PICTURES[media])
        elif media == "application/pdf":
            _pdf(path, target)
        else:
            yield Clean(path, path.name, media, path.stat().st_size, cleaned=False)
            return
        yield Clean(target, path.name, media, target.stat().st_size, cleaned=True)


def media_type(path: Path) -> str:
    """By content where it is known, else by name: a mislabelled photo must not keep its position."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return "image/tiff"
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _picture(source: Path, target: Path, kind: str) -> None:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(source, formats=[kind]) as picture:
            upright = ImageOps.exif_transpose(picture)
            same = upright.size == picture.size and picture.getexif().get(0x0112, 1) == 1
            options: dict[str, object] = {"exif": b"", "icc_profile": picture.info.get("icc_profile")}
            if kind == "JPEG":
                options |= {"quality": "keep"} if same else {"quality": JPEG_QUALITY}
            chosen = picture if same else upright
            chosen.info = {}
            if kind == "TIFF":
                options = {"save_all": True, "compression": "tiff_deflate"}
            chosen.save(target, format=kind, **{key: value for key, value in options.items() if value is not None})
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise MappeError(
            "bad-picture", f"{source.name} cannot be read as a picture.", "Take the photo again, or save it anew."
        ) from error


def _pdf(source: Path, target: Path) -> None:
    import pikepdf

    try:
        with pikepdf.open(source) as document:
            for name in ("/Metadata", "/OpenAction", "/AA", "/PieceInfo"):
                if name in document.Root:
                    del document.Root[name]
            names = document.Root.get("/Names")
            if names is not None:
                for name in ("/EmbeddedFiles", "/JavaScript"):
                    if name in names:
                        del names[name]
            for page in document.pages:
                for name in ("/Metadata", "/PieceInfo", "/AA", "/Thumb"):
                    if name in page:
                        del page[name]
            for stream in document.objects:
                if isinstance(stream, pikepdf.Stream) and "/Metadata" in stream:
                    del stream["/Metadata"]
            if "/Info" in document.trailer:
                del document.trailer["/Info"]
            document.save(target, deterministic_id=True, fix_metadata_version=False)
    except pikepdf.PdfError as error:
        raise MappeError(
            "bad-pdf", f"{source.name} cannot be read as a PDF.", "Print or scan it again to a new PDF."
        ) from error
