"""What settings say about agencies: the pinned root keys, and the registry that they vouch for."""

from __future__ import annotations

from mappe.formats.errors import FormatError

from app.settings import Settings, SettingsError
from sharing.agencies.documents import Roots, read_roots
from sharing.agencies.registry import RegistryInForce


def open_roots(settings: Settings) -> Roots | None:
    """The pinned root keys, or None for an installation without agencies."""
    if settings.registry_root is None:
        return None
    try:
        return read_roots(settings.registry_root.read_bytes())
    except (OSError, FormatError) as error:
        raise SettingsError(f"MAPPE_REGISTRY_ROOT is not a roots file: {error}") from None


def open_registry(settings: Settings) -> RegistryInForce:
    """What a process keeps of the registry; the first request that needs it reads the database."""
    return RegistryInForce(open_roots(settings))
