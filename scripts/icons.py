"""Makes the app's PNG icons from its one drawing: `python -m scripts.icons` (needs Chromium). They are committed."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

PUBLIC = Path(__file__).resolve().parents[1] / "clients" / "web" / "public"
GROUND = "#f7f4ec"
# name, pixels on a side, share of it that the drawing takes: a maskable icon keeps its middle 80 % for certain
ICONS = (
    ("icon-192.png", 192, 0.84),
    ("icon-512.png", 512, 0.84),
    ("icon-maskable-512.png", 512, 0.6),
    ("apple-touch-icon.png", 180, 0.7),
)


def main() -> None:
    drawing = (PUBLIC / "icon.svg").read_text()
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, side, share in ICONS:
            page = browser.new_page(viewport={"width": side, "height": side})
            inner = round(side * share)
            page.set_content(
                f"<style>body{{margin:0;height:{side}px;background:{GROUND};display:grid;place-items:center}}"
                f"svg{{width:{inner}px;height:{inner}px}}</style>{drawing}"
            )
            page.screenshot(path=PUBLIC / name)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
