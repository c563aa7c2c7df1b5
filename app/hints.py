"""Which file of texts a visitor will ask for next: named in the page's header, so that it comes beside the scripts.

The page says which language lies where (`<meta name="texts">`, written by the build); the visitor's browser says which
languages its person reads. The choice is the page's own (src/i18n/index.ts, `start`): the first language of the list
that there is, else German. It is a hint and nothing more: whoever has chosen another language loads that one as always.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

OTHERWISE = "de"
VARIES = ("accept-language", "sec-fetch-dest")
# DoS: a browser names a handful; what comes after is not looked at.
MOST_CHARACTERS = 200
_TEXTS = re.compile(r'<meta name="texts" content="([A-Za-z0-9_./= -]*)"')
_LOADED_AS_PAGE = "document"  # Sec-Fetch-Dest (W3C Fetch Metadata): the service worker's own copy carries no hint


def texts_of(html: str) -> Mapping[str, str]:
    """Language to address; empty for a page without texts."""
    found = _TEXTS.search(html)
    return dict(row.split("=", 1) for row in found[1].split() if "=" in row) if found is not None else {}


def hint(texts: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """The value of a Link header (RFC 8288), or None."""
    if headers.get("sec-fetch-dest") != _LOADED_AS_PAGE:
        return None
    file = _choice(texts, headers.get("accept-language", ""))
    return None if file is None else f"<{file}>; rel=modulepreload"


def _choice(texts: Mapping[str, str], accepted: str) -> str | None:
    for tag in wanted(accepted):
        for name in (tag, tag.partition("-")[0]):
            if name in texts:
                return texts[name]
    return texts.get(OTHERWISE)


def wanted(accepted: str) -> list[str]:
    """Languages in the person's order (RFC 9110, section 12.5.4)."""
    rows: list[tuple[float, str]] = []
    for part in accepted[:MOST_CHARACTERS].split(","):
        tag, _, weight = part.strip().partition(";")
        rows.append((_weight(weight), tag.strip().lower()))
    return [tag for weight, tag in sorted(rows, key=lambda row: -row[0]) if weight > 0]


def _weight(text: str) -> float:
    found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", text)
    return float(found[1]) if found is not None else 0.0 if text.strip() else 1.0
