"""What offices sign about the holder's values, and papers that come as data (mark.md, "Statement").

A statement waits in quarantine like any deposit. All of it is checked before anything is written: what does not
hold for one value is taken for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import MappeError
from ..formats import mark as fmt
from ..formats.encoding import b64u
from ..formats.errors import FormatError
from ..formats.labels import derive
from ..formats.registry import Agency, Registry
from . import deposits
from .deposits import Received
from .origin import person_of, seed_of
from .vault import Vault, Write
from .wallet import Wallet

KINDS = ("mark", "credential")
RAISES = {"seen-in-original": "seen-in-original", "issued": "issuer-signed"}  # `agreed` raises nothing


def take(wallet: Wallet, received: Received, registry: Registry) -> list[bytes]:
    """A statement out of quarantine: marks go to their values, a credential becomes a paper; the ids of the papers.

    MappeError `unknown-sender`, `no-statement`, and the refusals of mark.md.
    """
    manifest, office = received.manifest, received.office
    if manifest is None or manifest.kind not in KINDS:
        raise MappeError("no-statement", "This file is no statement of an office.", "Keep it as a paper.")
    if office is None:
        raise MappeError(
            "unknown-sender",
            "Nobody in the registry has signed this; it says nothing about your papers.",
            "Throw it away, or ask the office to send it anew.",
        )
    try:
        statement = fmt.parse_statement(_bytes(wallet.vault, received), manifest.kind)
        if statement.document is None:
            writes = _marked(wallet.vault, office, registry, statement.marks)
        else:
            writes = [_issued(wallet.vault, office, registry, statement, received)]
    except FormatError as error:
        raise MappeError(
            error.code,
            f"What {office.name} has signed does not fit your papers, and was not taken.",
            "A value may have changed since; show the paper to the office again.",
        ) from None
    wallet.vault.commit(writes)
    described = deposits.accept(wallet.vault, received)
    wallet.vault.server.post(f"/v1/attachments/{described['id']}/{described['version']}/delete")
    return [write.id for write in writes]


def _marked(vault: Vault, office: Agency, registry: Registry, marks: Sequence[fmt.Salted]) -> list[Write]:
    """Each mark at the value that it covers."""
    seed = seed_of(vault)
    papers = {fmt.names(seed, office.id, item.id, person_of(item)): item for item in vault.items("document")}
    changed: dict[bytes, dict[str, Any]] = {}
    for one in marks:
        said = fmt.unverified(one.token)
        item = None if said.person is None else papers.get((said.document, said.person))
        if item is None or said.agency != office.id:
            raise FormatError("mark-mismatch" if said.agency == office.id else "unknown-agency")
        payload = changed.setdefault(item.id, dict(item.payload))
        type_id, _, name = said.field.partition(".")
        if type_id != payload.get("type"):
            raise FormatError("mark-mismatch", "a field of another type")
        payload["fields"] = {**payload["fields"], name: _with(payload, name, one, registry, vault.server.now())}
    now = vault.server.now()
    return [Write(id_, {**payload, "updated": now}) for id_, payload in changed.items()]


def _with(payload: Mapping[str, Any], name: str, one: fmt.Salted, registry: Registry, now: int) -> list[Any]:
    """The records of a field, the mark at the one whose value it covers."""
    records = list(payload["fields"].get(name, ()))
    for place, record in enumerate(records):
        if "missing" in record:
            continue
        try:
            field = f"{payload['type']}.{name}"
            checked = fmt.verify_mark(one, registry, field=field, value=record["value"], now=now)
        except FormatError as error:
            if error.code == "mark-mismatch":
                continue
            raise
        records[place] = marked(record, one, checked)
        return records
    raise FormatError("mark-mismatch", "no such value any more")


def marked(record: Mapping[str, Any], one: fmt.Salted, checked: fmt.Checked) -> dict[str, Any]:
    """A value record with a mark that holds; one that the same office made before is replaced."""
    said = checked.mark
    kept = [entry for entry in record.get("evidence", ()) if not _same(entry, said)]
    assurance = RAISES.get(said.says, record.get("assurance", "self-declared"))
    if record.get("assurance") == "issuer-signed":
        assurance = "issuer-signed"  # who issued it has seen it
    return {**record, "assurance": assurance, "evidence": [*kept, one.entry(checked.agency.name)]}


def _same(entry: object, said: fmt.Mark) -> bool:
    for one in fmt.marks_in([entry]):
        try:
            old = fmt.unverified(one.token)
        except FormatError:
            return True  # cannot be read: it goes
        return (old.agency, old.says) == (said.agency, said.says)
    return False


def _issued(vault: Vault, office: Agency, registry: Registry, statement: fmt.Statement, received: Received) -> Write:
    """The paper. Its id follows from the deposit, so that taking it twice makes one."""
    paper, now = statement.document, vault.server.now()
    assert paper is not None
    said = {fmt.unverified(one.token).field: one for one in statement.marks}
    fields: dict[str, Any] = {}
    for name, value in paper.fields.items():
        one = said[f"{paper.type}.{name}"]
        checked = fmt.verify_mark(one, registry, field=f"{paper.type}.{name}", value=value["value"], now=now)
        if checked.agency.id != office.id:
            raise FormatError("unknown-agency")
        record = {**value, "assurance": "self-declared", "source": office.name, "evidence": []}
        fields[name] = [marked(record, one, checked)]
    person = _person_named(vault, office.id, fmt.unverified(statement.marks[0].token).person)
    payload = {
        "v": 1,
        "kind": "document",
        "type": paper.type,
        "title": paper.title,
        **({} if person is None else {"person": b64u(person)}),
        "created": now,
        "updated": now,
        "state": "present",
        "fields": fields,
        "attachments": [],
    }
    return Write(derive(seed_of(vault), "statement-document", received.code + received.item, 16), payload)


def _person_named(vault: Vault, agency: str, name: bytes | None) -> bytes | None:
    """Whom the agency calls so: a person object, or None for the holder. FormatError `mark-mismatch`."""
    everybody: list[bytes | None] = [None, *(item.id for item in vault.items("person"))]
    for person in everybody:
        if name is None or fmt.names(seed_of(vault), agency, b"", person)[1] == name:
            return person
    raise FormatError("mark-mismatch", "of nobody here")


def _bytes(vault: Vault, received: Received) -> bytes:
    if int(received.described()["size"]) > fmt.MAX_STATEMENT:
        raise FormatError("too-large")
    with TemporaryDirectory(prefix="mappe-") as folder:
        return deposits.look(vault, received, Path(folder) / "statement").read_bytes()
