"""Links as people have them: pasted, on standard input, or as a picture of their QR code."""

from __future__ import annotations

import sys
from pathlib import Path


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
