"""Reading a code of ours from a picture: a photograph, a screenshot, a scan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import MappeError
from ..formats.errors import FormatError
from ..formats.locator import parse_link

MAX_PIXELS = 100_000_000  # a 100-megapixel picture; more is a bomb, not a photograph


def read_code(path: Path) -> str:
    """The link in the picture's QR code; MappeError as `read_picture`."""
    return read_picture(path, _link)


def read_picture(path: Path, ours: Callable[[str], bool]) -> str:
    """The text of the one QR code in the picture that is `ours`, however often it is there; MappeError `scan-missing`,
    `not-a-picture`, `no-code`, `many-codes`."""
    try:
        import zxingcpp
        from PIL import Image
    except ImportError:
        raise MappeError(
            "scan-missing", "Reading pictures is not installed.", "Install it with: pip install 'mappe[scan]'"
        ) from None
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise MappeError("not-a-picture", f"{path} is too large.", "Take a picture of the code alone.")
            found = zxingcpp.read_barcodes(picture.convert("RGB"))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, Image.DecompressionBombError):
        raise MappeError(
            "not-a-picture", f"{path} is no picture that can be read.", "Save it as PNG or JPEG."
        ) from None
    codes = {code.text for code in found if ours(code.text)}
    if not codes:
        raise MappeError("no-code", f"There is no code of Mappe in {path}.", "Take the picture closer and straight.")
    if len(codes) > 1:
        raise MappeError("many-codes", f"There are {len(codes)} codes in {path}.", "Cut the picture to the right one.")
    return codes.pop()


def _link(text: str) -> bool:
    try:
        parse_link(text)
    except FormatError:
        return False
    return True
