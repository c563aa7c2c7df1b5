"""Codes as people have them: pasted, on standard input, or as a picture of their QR code."""

from __future__ import annotations

import sys
from pathlib import Path

from ..formats.errors import FormatError
from ..formats.join import JoinCode
from ..formats.sheet import PREFIX, SheetCode


def read_link(text: str) -> str:
    """The link that an argument means: "-" is a line of standard input, a file a picture of the code.

    A link carries a key; standard input and pictures keep it out of the arguments, which others of the machine can see.
    """
    if text == "-":
        return sys.stdin.readline().strip()
    if "#" not in text and Path(text).is_file():
        from ..agency.scan import read_code

        return read_code(Path(text))
    return text


def read_desk(text: str) -> str:
    """The digits or the code of a clerk's page that an argument means: as `read_link`, from a picture of its screen."""
    if "#" not in text and Path(text).is_file():
        from ..agency.scan import read_picture

        return read_picture(Path(text), lambda found: "/e#" in found)
    return read_link(text)


def read_join(text: str) -> str:
    """The join code that an argument means: as `read_link`, from a picture of the new device's screen."""
    if "#" not in text and Path(text).is_file():
        from ..agency.scan import read_picture

        return read_picture(Path(text), _joins)
    return read_link(text)


def read_sheet(picture: Path) -> SheetCode:
    """The code on a picture of the recovery sheet; MappeError as `read_picture`, FormatError as `SheetCode.read`."""
    from ..agency.scan import read_picture

    return SheetCode.read(read_picture(picture, lambda text: text.strip().startswith(PREFIX)))


def _joins(text: str) -> bool:
    try:
        JoinCode.read(text)
    except FormatError:
        return False
    return True
