"""How well a link's QR code is read from a bad picture: `python -m benchmarks.qr_robustness [--report]`.

Codes are drawn by the app's own encoder (clients/web/src/scan/code.ts) and go through a seeded camera: 30° tilt about a
random axis, turned in its plane, the smallest module exactly so many pixels, blur, noise, half of the picture in
shadow, JPEG of quality 70. They are read by what the app reads with (zxing-wasm and its fallback, both in Node), and
by two programs that other people's phones are built on: zxing-cpp and zbar (`zbarimg`, Debian's zbar-tools).
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import zxingcpp
from PIL import Image, ImageChops, ImageFilter

from benchmarks import report
from benchmarks.machine import ROOT
from benchmarks.result import Bar, Section

FRAMES = 100
SEED = 20261125
SIZE = (1280, 720)  # pixels: what getUserMedia gives on a cheap phone
SCREEN = 12  # pixels a module before the camera
QUIET = 4  # modules, as the page draws them
PAGE = 205  # grey of what is around the card
EDGE = 8  # pixels around the card that are computed with it
MORE_FRAMES = 50  # where no bar is checked
# From the camera, in sides of the code with its margin: at 65° a frame is 1.27 distances wide, and a code of 41 modules
# at 4 pixels takes 196 of its 1,280.
DISTANCE = 5.0
# Hosts of links: a short one, one of a district, the longest that still fits into 41 modules.
HOSTS = ("mappe.example", "mappe.landkreis-musterstadt.example", "mappe." + "a" * 53 + ".verwaltung.example")
READERS = ("zxing-wasm (the app)", "qr (the app's fallback)", "zxing-cpp", "zbar")


@dataclass(frozen=True, slots=True)
class Camera:
    """One kind of bad picture. `pitch`: pixels of the smallest module; `tilt` and `turn` in
    degrees; `blur` pixels (sigma); `noise`
    of 255 (sigma); `shade`: what the dark half keeps of the light; `quality` of the JPEG."""

    pitch: float = 4.0
    tilt: float = 30.0
    turn: float = 10.0
    blur: float = 0.8
    noise: float = 8.0
    shade: float = 0.5
    quality: int = 70


def links(host: str, rng: random.Random, count: int = FRAMES) -> list[str]:
    """`https://host/g#…` with 32 random bytes, as grant.md writes them."""
    return [
        f"https://{host}/g#{base64.urlsafe_b64encode(rng.randbytes(32)).rstrip(b'=').decode()}" for _ in range(count)
    ]


def node(*args: str, stdin: object) -> object:
    """One run of clients/web/scripts/qr-read.ts."""
    done = subprocess.run(
        [str(ROOT / "scripts" / "node.sh"), "node", "scripts/qr-read.ts", *args],
        input=json.dumps(stdin), text=True, capture_output=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return json.loads(done.stdout)


def draw(code: Sequence[str]) -> Image.Image:
    """The code on a bright card, the card on a page that is not quite white."""
    side = len(code)
    whole = (side + 2 * QUIET) * SCREEN
    card = Image.new("L", (whole, whole), 255)
    dark = Image.new("L", (SCREEN, SCREEN), 0)
    for y, row in enumerate(code):
        for x, module in enumerate(row):
            if module == "1":
                card.paste(dark, ((x + QUIET) * SCREEN, (y + QUIET) * SCREEN))
    return card


def photograph(card: Image.Image, side: int, camera: Camera, rng: random.Random) -> Image.Image:
    """The card as the camera sees it, in greys."""
    whole = side + 2 * QUIET
    axis = rng.uniform(0, 2 * math.pi)
    turn = math.radians(rng.uniform(-camera.turn, camera.turn))
    corners = [(-whole / 2, -whole / 2), (whole / 2, -whole / 2), (whole / 2, whole / 2), (-whole / 2, whole / 2)]

    def seen(x: float, y: float, scale: float) -> tuple[float, float]:
        # turned in its plane, then tilted about an axis in the plane, then projected
        x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
        along, across = x * math.cos(axis) + y * math.sin(axis), -x * math.sin(axis) + y * math.cos(axis)
        tilt = math.radians(camera.tilt)
        depth = 1 + across * math.sin(tilt) / (DISTANCE * whole)
        across *= math.cos(tilt)
        x, y = along * math.cos(axis) - across * math.sin(axis), along * math.sin(axis) + across * math.cos(axis)
        return x * scale / depth, y * scale / depth

    def smallest(scale: float) -> float:
        """The shortest side of a module at the four corners of the code."""
        half, least = side / 2, math.inf
        for x, y in ((-half, -half), (half - 1, -half), (half - 1, half - 1), (-half, half - 1)):
            a = seen(x, y, scale)
            for b in (seen(x + 1, y, scale), seen(x, y + 1, scale)):
                least = min(least, math.dist(a, b))
        return least

    scale = camera.pitch / smallest(1.0)
    middle = (SIZE[0] / 2 + rng.uniform(-60, 60), SIZE[1] / 2 + rng.uniform(-20, 20))
    target = [(x + middle[0], y + middle[1]) for x, y in (seen(*corner, scale) for corner in corners)]
    source = [(0, 0), (card.width, 0), (card.width, card.height), (0, card.height)]
    # drawn twice as large and halved: a sensor adds up the light that falls on a pixel
    left, top = (int(min(point[part] for point in target)) - EDGE for part in (0, 1))
    extent = int(max(max(x for x, _ in target) - left, max(y for _, y in target) - top)) + EDGE
    a, b, c, d, e, f, g, h = _perspective([(x - left, y - top) for x, y in target], source)
    large = card.transform(
        (2 * extent, 2 * extent),
        Image.Transform.PERSPECTIVE,
        (a / 2, b / 2, c, d / 2, e / 2, f, g / 2, h / 2),
        Image.Resampling.BICUBIC,
        fillcolor=PAGE,
    )
    picture = Image.new("L", SIZE, PAGE)
    picture.paste(large.resize((extent, extent), Image.Resampling.BOX), (left, top))
    picture = picture.filter(ImageFilter.GaussianBlur(camera.blur))
    picture = ImageChops.multiply(picture, _light(camera.shade, middle, rng))
    if camera.noise:
        grain = Image.frombytes("L", SIZE, _gauss(SIZE[0] * SIZE[1], camera.noise, rng))
        picture = ImageChops.add(picture, grain, scale=1, offset=-128)
    return picture


def _light(shade: float, middle: tuple[float, float], rng: random.Random) -> Image.Image:
    """Half of the picture in shadow: a soft edge through the code, in a random direction."""
    angle = rng.uniform(0, 2 * math.pi)
    small = (SIZE[0] // 8, SIZE[1] // 8)
    light = Image.new("L", small)
    pixels = []
    for y in range(small[1]):
        for x in range(small[0]):
            side = (x * 8 - middle[0]) * math.cos(angle) + (y * 8 - middle[1]) * math.sin(angle)
            share = 1 / (1 + math.exp(-side / 12))
            pixels.append(round(255 * (shade + (1 - shade) * share) * 0.9))
    light.putdata(pixels)
    return light.resize(SIZE, Image.Resampling.BILINEAR)


@cache
def _grains(sigma: float) -> bytes:
    rng = random.Random(SEED)
    return bytes(min(255, max(0, round(128 + rng.gauss(0, sigma)))) for _ in range(1 << 16))


def _gauss(count: int, sigma: float, rng: random.Random) -> bytes:
    """Noise about 128: a table of 64 Ki values, gone through from random places."""
    table = _grains(sigma)
    out = bytearray()
    while len(out) < count:
        start = rng.randrange(1 << 16)
        out += table[start:] + table[:start]
    return bytes(out[:count])


def _perspective(target: Sequence[tuple[float, float]], source: Sequence[tuple[float, float]]) -> list[float]:
    """The eight numbers that Pillow maps a target pixel back to the source with."""
    rows = []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for i in range(8):  # Gauss with a pivot
        pivot = max(range(i, 8), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(8):
            if r != i:
                rows[r] = [value - rows[r][i] * own for value, own in zip(rows[r], rows[i], strict=True)]
    return [row[8] for row in rows]


def read_all(folder: Path, pictures: Sequence[Path], texts: Sequence[str]) -> Mapping[str, int]:
    """How many of the pictures each reader reads rightly."""
    raw = []
    for path in pictures:
        with Image.open(path) as picture:
            raw.append(folder / f"{path.stem}.rgba")
            raw[-1].write_bytes(picture.convert("RGBA").tobytes())
    app = node("read", str(SIZE[0]), str(SIZE[1]), stdin=[str(path) for path in raw])
    assert isinstance(app, dict)
    cpp, zbar = [], []
    for path in pictures:
        with Image.open(path) as picture:
            found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        cpp.append(found[0].text if found else "")
        done = subprocess.run(
            ["zbarimg", "--quiet", "--raw", "--oneshot", "-Sdisable", "-Sqrcode.enable", str(path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        zbar.append(done.stdout.strip())
    right = [
        sum(got == text for got, text in zip(one, texts, strict=True)) for one in (app["zxing"], app["qr"], cpp, zbar)
    ]
    wrong = [
        got
        for one in (app["zxing"], app["qr"], cpp, zbar)
        for got, text in zip(one, texts, strict=True)
        if got and got != text
    ]
    assert not wrong, f"read as something else: {wrong[0]}"
    return dict(zip(READERS, right, strict=True))


def run(host: str, camera: Camera, *, level: str | None = None, frames: int = FRAMES) -> tuple[int, Mapping[str, int]]:
    """Modules on a side, and what each reader read of so many frames."""
    rng = random.Random(f"{SEED} {host}")
    texts = links(host, rng, frames)
    codes = node("draw", stdin=[[text, level] for text in texts])
    assert isinstance(codes, list)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = []
        for number, code in enumerate(codes):
            picture = photograph(draw(code), len(code), camera, rng)
            pictures.append(folder / f"{number:03}.jpg")
            picture.convert("RGB").save(pictures[-1], quality=camera.quality)
        return len(codes[0]), read_all(folder, pictures, texts)


NOTES = (
    "So the app draws the smallest code that holds the link, with the strongest correction that fits into it: see the "
    "next table.",
    "Blur is what zbar bears least: at σ 1 pixel, a quarter of a module, it misses some (last table), both zxings "
    "none.",
    "The fallback is for browsers without WebAssembly: it looks at some frames a second, so that one in two is enough.",
)


def bars() -> Section:
    """The bar: 100 of 100 at four pixels a module, for each length of host."""
    section = Section("At 4 pixels a module", ("link", "modules", *READERS))
    for host in HOSTS:
        side, found = run(host, Camera())
        length = len(host) + len("https:///g#") + 43
        section.rows.append((f"{length} characters", str(side), *(str(found[name]) for name in READERS)))
        for name in (READERS[0], "zxing-cpp", "zbar"):
            section.bars.append(Bar(f"{name}, {length} characters", found[name], FRAMES, True))
        section.figures[host] = {"modules": side, **found}
    section.notes += NOTES
    return section


def levels() -> Section:
    """Which error correction, at the same size on the screen and the same distance; of 50 frames."""
    section = Section(
        f"The same width on the screen, of {MORE_FRAMES}", ("level", "modules", "pixels a module", *READERS)
    )
    host = HOSTS[1]
    for pitch in (3.0, 2.5):
        for level in ("low", "medium", "quartile"):
            side = len(_first(host, level))
            own = pitch * (37 + 2 * QUIET) / (side + 2 * QUIET)
            _, found = run(host, Camera(pitch=own), level=level, frames=MORE_FRAMES)
            section.rows.append((level, str(side), f"{own:.2f}", *(str(found[name]) for name in READERS)))
    return section


def _first(host: str, level: str) -> list[str]:
    codes = node("draw", stdin=[[links(host, random.Random(0), 1)[0], level]])
    assert isinstance(codes, list)
    return [str(row) for row in codes[0]]


def worse() -> Section:
    """Beyond the bar, one thing at a time: where it begins to fail; of 50 frames."""
    section = Section(f"Beyond the bar, of {MORE_FRAMES}", ("picture", *READERS))
    for name, camera in {
        "3 pixels a module": Camera(pitch=3.0),
        "45° tilt": Camera(tilt=45.0),
        "any turn": Camera(turn=180.0),
        "blur of 1 pixel": Camera(blur=1.0),
        "blur of 1.5 pixels": Camera(blur=1.5),
        "noise of 20": Camera(noise=20.0),
        "a quarter of the light": Camera(shade=0.25),
        "JPEG 30": Camera(quality=30),
    }.items():
        _, found = run(HOSTS[1], camera, frames=MORE_FRAMES)
        section.rows.append((name, *(str(found[one]) for one in READERS)))
    return section


HOW = (
    f"{FRAMES} frames of {SIZE[0]}×{SIZE[1]} each, seed {SEED}; 30° tilt about a random axis and up to 10° of turn in "
    "the plane, so scaled that the smallest module has 4 pixels; blur σ 0.8 pixels, noise σ 8 of 255, one half at half "
    "the light with a soft edge through the code, JPEG 70. A frame counts if the text is read rightly; a wrong reading "
    "ends the run."
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="write benchmarks/reports/<date>-qr.md")
    given = parser.parse_args()
    if shutil.which("zbarimg") is None:
        sys.stderr.write("zbarimg is missing: install Debian's zbar-tools.\n")
        return 2
    sections = [bars()]
    if given.report:
        sections += [levels(), worse()]
        print(report.write("qr", "QR codes of links from bad pictures", sections, HOW))
    print("\n".join(section.text() for section in sections))
    return 0 if all(bar.held for section in sections for bar in section.bars) else 1


if __name__ == "__main__":
    sys.exit(main())
