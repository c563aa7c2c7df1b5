"""`python -m scripts.gallery` (`make gallery`): a picture of every screen, to be looked at.

    --out DIR          where to (build/gallery)
    --language de …    German, English, Arabic and Tigrinya unless others are named; may be repeated
    --window phone …   phone and desktop unless one is named; may be repeated

Each language and window gets a folder with one PNG a screen, in the order of the tour, and sheets of many side by side.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.app.tour import Tour, World, screens, world
from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE

LANGUAGES = ("de", "en", "ar", "ti")
WINDOWS = {"phone": (360, 740), "desktop": (1280, 800)}
SHEET = {"phone": (8, 270), "desktop": (4, 560)}  # pictures in a row, pixels of each
ROWS = 3


def take(browser: Browser, place: World, language: str, window: str, folder: Path) -> list[Path]:
    """One walk; the pictures it took."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = WINDOWS[window]
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=window == "phone")
    context.set_default_timeout(PATIENCE)
    context.add_init_script(f"try {{ sessionStorage.setItem('mappe-language', '{language}') }} catch (nothing) {{}}")
    page = context.new_page()
    taken: dict[str, Path] = {}

    def stop(name: str) -> None:
        if name not in taken:
            taken[name] = folder / f"{len(taken) + 1:02}-{name}.png"
            page.screenshot(path=taken[name], full_page=True, animations="disabled")

    try:
        Tour(page, place, language).walk(stop)
    finally:
        context.close()
    missing = screens() - taken.keys()
    if missing:
        raise SystemExit(f"no picture of {', '.join(sorted(missing))}")
    return list(taken.values())


def sheets(pictures: Sequence[Path], window: str, folder: Path) -> None:
    """Many on one, so that somebody can look at a hundred screens in a few minutes."""
    columns, width = SHEET[window]
    each = columns * ROWS
    for number in range(0, len(pictures), each):
        small = []
        for path in pictures[number : number + each]:
            with Image.open(path) as picture:
                scale = width / picture.width
                small.append(picture.convert("RGB").resize((width, min(round(picture.height * scale), 3 * width))))
        rows = [small[at : at + columns] for at in range(0, len(small), columns)]
        heights = [max(picture.height for picture in row) for row in rows]
        sheet = Image.new("RGB", (columns * width, sum(heights)), "grey")
        top = 0
        for row, height in zip(rows, heights, strict=True):
            for column, one in enumerate(row):
                sheet.paste(one, (column * width, top))
            top += height
        sheet.save(folder / f"sheet-{number // each + 1}.png")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.gallery", description="A picture of every screen.")
    parser.add_argument("--out", type=Path, default=Path("build/gallery"))
    parser.add_argument("--language", action="append", help="may be repeated")
    parser.add_argument("--window", action="append", choices=list(WINDOWS), help="may be repeated")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mappe-gallery-") as where, world(Path(where)) as place:
        _walk_all(place, chosen.out, chosen.language or LANGUAGES, chosen.window or WINDOWS)


def _walk_all(place: World, out: Path, languages: Iterable[str], windows: Iterable[str]) -> None:
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for language in languages:
            for window in windows:
                folder = out / f"{language}-{window}"
                pictures = take(browser, place, language, window, folder)
                sheets(pictures, window, folder)
                print(f"{folder}: {len(pictures)} screens", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
