"""A film for Chromium's fake camera: what a phone sees that is held over a code."""

from __future__ import annotations

import io
from pathlib import Path

import segno
from PIL import Image, ImageFilter

SIZE = (640, 480)
FRAMES = 4
MODULE = 7  # pixels of the drawn code


def film(path: Path, text: str | None) -> Path:
    """YUV4MPEG2, a code on a desk, a little blurred and not quite straight; None: only the desk."""
    desk = Image.new("L", SIZE, 120)
    if text is not None:
        drawn = io.BytesIO()
        segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=MODULE, border=4)
        with Image.open(drawn) as code:
            turned = code.convert("L").rotate(6, Image.Resampling.BICUBIC, expand=True, fillcolor=120)
        desk.paste(turned, ((SIZE[0] - turned.width) // 2, (SIZE[1] - turned.height) // 2))
    luma = desk.filter(ImageFilter.GaussianBlur(1)).point(lambda value: 16 + value * 219 // 255).tobytes()
    grey = bytes([128]) * (SIZE[0] * SIZE[1] // 4)
    header = f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(header + (b"FRAME\n" + luma + grey + grey) * FRAMES)
    return path
