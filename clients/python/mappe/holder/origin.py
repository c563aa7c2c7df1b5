"""What an agency is told to call a paper and its person (mark.md, "Names of a paper and a person")."""

from __future__ import annotations

from ..formats import mark as fmt
from ..formats.encoding import b64u, unb64u
from .vault import Item, Vault


def origin(vault: Vault, agency: str, item: Item) -> dict[str, str]:
    """The member `of` of a slot."""
    document, person = fmt.names(seed_of(vault), agency, item.id, person_of(item))
    return {"document": b64u(document), "person": b64u(person)}


def person_of(item: Item) -> bytes | None:
    """The person object whose paper it is; None: the holder's own."""
    person = item.payload.get("person")
    return None if person is None else unb64u(str(person), 16)


def seed_of(vault: Vault) -> bytes:
    """The identity's signing seed."""
    if vault.identity is None:
        vault.sync()
    assert vault.identity is not None
    return vault.identity.signing_seed()
