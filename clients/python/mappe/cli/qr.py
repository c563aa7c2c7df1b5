"""QR codes in the terminal and as files."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

from ..errors import MappeError
from .output import Out

MAX_MODULES = 41  # version 6: what a cheap phone still reads from another phone's screen


def code_of(text: str) -> qrcode.QRCode[Any]:
    """The code for a text; MappeError `qr-too-dense` above 41 modules, which only a very long host name reaches.

    A join code is twice as long as a link: it gives up error correction, which a clean screen needs less than large
    modules.
    """
    for correction in (ERROR_CORRECT_M, ERROR_CORRECT_L):
        code = qrcode.QRCode(error_correction=correction, border=4)
        code.add_data(text)
        code.make(fit=True)
        if code.modules_count <= MAX_MODULES:
            return code
    raise MappeError("qr-too-dense", "The server's address is too long for a QR code.", "Send the link instead.")


def check_target(target: Path | None) -> None:
    """MappeError `bad-qr-file` for a file that `save` could not write; asked before anything is shared."""
    if target is None:
        return
    if target.suffix not in (".svg", ".png"):
        raise MappeError("bad-qr-file", f"{target} is neither .png nor .svg.", "Choose one of the two endings.")
    if not target.absolute().parent.is_dir():
        raise MappeError("bad-qr-file", f"There is no folder {target.parent}.", "Make it, or choose another one.")


def save(text: str, target: Path) -> None:
    """As a .png or .svg file."""
    check_target(target)
    code = code_of(text)
    image = code.make_image(image_factory=SvgPathImage) if target.suffix == ".svg" else code.make_image()
    with target.open("wb") as file:
        image.save(file)


def svg(text: str) -> str:
    """As an element for a page of HTML, black on white."""
    drawn: bytes = code_of(text).make_image(image_factory=SvgPathImage).to_string()
    return drawn.decode("ascii")


def show(out: Out, text: str, target: Path | None = None) -> None:
    """In a .png or .svg file where asked for, and in the terminal where there is one."""
    if target is not None:
        save(text, target)
    if not out.as_json and sys.stdout.isatty():
        drawn = io.StringIO()
        code_of(text).print_ascii(out=drawn, invert=True)
        sys.stdout.write(drawn.getvalue())
