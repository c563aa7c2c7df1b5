"""Which fonts can print a text. A name that comes out as empty boxes is worse than no page, so nothing is guessed."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import MappeError

# In this order: the first font prints all it can, the others what is still missing.
KNOWN = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoNaskhArabic-Regular.ttf",
    "NotoSansEthiopic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansMyanmar-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoSansGeorgian-Regular.ttf",
    "NotoSansArmenian-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansKhmer-Regular.ttf",
    "arial.ttf",
    "segoeui.ttf",
    "ebrima.ttf",
    "Arial Unicode.ttf",
)
FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
    Path(os.environ.get("WINDIR", "C:\\Windows")) / "Fonts",
)
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs"}  # spaces and marks that need no picture of their own


def choose_fonts(texts: Iterable[str], given: Sequence[Path] = ()) -> list[Path]:
    """The fonts that together print every character of the texts, the given ones first.

    Without `given`, common fonts of this machine are looked through. MappeError `font-missing` names what none of them
    can print; `not-a-font`.
    """
    needed = {character for text in texts for character in text if unicodedata.category(character) not in _INVISIBLE}
    missing = set(needed)
    chosen: list[Path] = []
    for path in given or installed():
        covered = missing & coverage(path)
        if covered or (given and not chosen):
            chosen.append(path)
            missing -= covered
        if not missing and chosen:
            return chosen
    if not missing and chosen:
        return chosen
    names = ", ".join(sorted({_script(character) for character in missing})) or "any text"
    raise MappeError(
        "font-missing",
        f"No font at hand prints {names} ({', '.join(f'U+{ord(c):04X}' for c in sorted(missing)[:8])}).",
        "Give fonts with --font (again for each script), or install fonts-noto-core; JSON and CSV need none.",
    )


def installed(folders: Sequence[Path] = FOLDERS) -> list[Path]:
    """The known fonts that this machine has, in the order of `KNOWN`."""
    found: dict[str, Path] = {}
    for folder in folders:
        for here, _, names in os.walk(folder):
            for name in names:
                if name in KNOWN:
                    found.setdefault(name, Path(here) / name)
    return [found[name] for name in KNOWN if name in found]


def coverage(path: Path) -> set[str]:
    """The characters that a font has pictures for; MappeError `pdf-missing`, `not-a-font`."""
    try:
        from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]
    except ImportError:
        raise MappeError(
            "pdf-missing", "Writing PDF is not installed.", "Install it with: pip install 'mappe[pdf]'"
        ) from None
    try:
        with TTFont(path, lazy=True) as font:
            return {chr(code) for code in font.getBestCmap() or {}}
    except (OSError, TTLibError):
        raise MappeError(
            "not-a-font", f"{path} is not a TrueType or OpenType font.", "Give a .ttf or .otf file."
        ) from None


def _script(character: str) -> str:
    return unicodedata.name(character, "an unnamed character").split()[0].capitalize()
