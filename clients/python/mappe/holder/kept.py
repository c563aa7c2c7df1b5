"""The last changes that this device has signed, as they were sent: what it can offer to a server that was restored.

Ciphertext and signatures, as in the cache of papers; an older version of a paper stays in here for a while.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..storage import write_private

KEPT_CHANGES = 256  # more than people write between two daily backups, imports included


def keep(folder: Path, number: int, body: Mapping[str, Any]) -> None:
    """Before the change leaves: a lost answer does not lose it. A later try at the same number replaces it."""
    changes = folder / "changes"
    write_private(changes / str(number), json.dumps(body).encode())
    (changes / str(number - KEPT_CHANGES)).unlink(missing_ok=True)


def kept(folder: Path, number: int) -> dict[str, Any] | None:
    """The request that carried change `number`, if this device tried it lately; its hash tells if it came to be."""
    try:
        body: dict[str, Any] = json.loads((folder / "changes" / str(number)).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return body
