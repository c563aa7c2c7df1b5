"""Leaving with everything: an age file that opens without us, and the way back in on another server (export.md)."""

from __future__ import annotations

import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import pyrage  # type: ignore[import-untyped]

from ..errors import MappeError
from ..formats import attachment as att
from ..formats import object as objects
from ..formats import strict_json
from ..formats import wallet as fmt
from ..formats.encoding import b64u, unb64u
from ..formats.errors import FormatError
from ..formats.labels import tagged_hash
from ..formats.log import make_event
from ..storage import write_private
from . import files, journal
from .cleaning import Clean
from .vault import Item, Vault, Write

MANIFEST = "mappe-export.json"
SHARES = "shares.json"
MAX_SHARES = 4 * 1024 * 1024  # thousands of shares
# They mean nothing on another server. In an archive that somebody else has made they would mean something here: a share
# that follows every edit, offices that nobody else vouches for.
LEFT_OUT = ("grant", "deposit-code", "roots")
_SECRET = ("secret", "passcode", "policy", "terms")
MAX_ENTRIES = 200_000  # of an archive: 20,000 objects with ten files each; no importer takes more (export.md)
OTHER_ENTRIES = 3  # beside objects and files: manifest, log, shares
COMMIT_OBJECTS = 200  # objects a change at import: well below its 1 MiB

CHECK_DIGITS = 8

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Content:
    """What an archive holds; `check` is typed from the new place into the old one before that ends (export.md)."""

    objects: int
    papers: int
    files: int
    check: str


def content_of(archive: zipfile.ZipFile, papers: int) -> Content:
    """By the archive's directory, whose checksums were compared when it was read."""
    rows = [(one.filename, one.file_size, one.CRC) for one in archive.infolist()]
    count = {folder: sum(1 for name, *_ in rows if name.startswith(folder)) for folder in ("objects/", "files/")}
    return Content(count["objects/"], papers, count["files/"], check_of(rows))


def check_of(rows: Iterable[tuple[str, int, int]]) -> str:
    """Eight digits over name, size and CRC-32 of everything that came along."""
    listed = sorted(row for row in rows if row[0].startswith(("objects/", "files/")))
    text = "".join(f"{name}\0{size}\0{crc}\n" for name, size, crc in listed)
    number = int.from_bytes(tagged_hash("export-content", text.encode())[:8], "big")
    return str(number % 10**CHECK_DIGITS).zfill(CHECK_DIGITS)


def export(vault: Vault, target: Path, *, tell: Told = lambda text: None) -> str:
    """As `export_all`; only the 24 digits."""
    return export_all(vault, target, tell=tell)[0]


def export_all(vault: Vault, target: Path, *, tell: Told = lambda text: None) -> tuple[str, Content]:
    """Writes `target`.age and `target`.key.age; the 24 digits that open the key file, and what is in it.

    The archive exists in plain nowhere: it is encrypted while it is written. MappeError `exists`, `export-too-large`
    (before anything is written: nobody would import it).
    """
    sealed, key_file = target.with_name(target.name + ".age"), target.with_name(target.name + ".key.age")
    for path in (sealed, key_file):
        if path.exists():
            raise MappeError("exists", f"{path} exists already.", "Choose another name.")
    vault.sync()
    _check_size(vault)
    told = journal.read(vault)
    identity = pyrage.x25519.Identity.generate()
    passphrase = fmt.new_digits(fmt.PASSPHRASE_DIGITS)
    write_private(key_file, pyrage.passphrase.encrypt(f"{identity}\n".encode(), passphrase))
    temporary = sealed.with_name(f".{sealed.name}.part")
    try:
        with temporary.open("xb") as file:
            temporary.chmod(0o600)
            with _encrypted(file, identity.to_public()) as plain, zipfile.ZipFile(plain, "w") as archive:
                content = _write(vault, archive, told, tell)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(sealed)
    except BaseException:
        key_file.unlink(missing_ok=True)
        raise
    finally:
        temporary.unlink(missing_ok=True)
    return passphrase, content


def _check_size(vault: Vault) -> None:
    entries = OTHER_ENTRIES + sum(1 + len(item.payload.get("attachments", [])) for item in vault.items())
    if entries > MAX_ENTRIES:
        raise MappeError(
            "export-too-large",
            f"The export would have {entries} entries; an import takes {MAX_ENTRIES}.",
            "Remove files that you no longer need, and export again.",
        )


@contextmanager
def _encrypted(file: IO[bytes], recipient: pyrage.x25519.Recipient) -> Iterator[IO[bytes]]:
    """A pipe whose other end encrypts into `file` while the archive is being written."""
    reading, writing = os.pipe()
    failure: list[BaseException] = []

    def encrypt() -> None:
        with os.fdopen(reading, "rb") as source:
            try:
                pyrage.encrypt_io(source, file, [recipient])
            except BaseException as error:
                failure.append(error)
                while source.read(1 << 20):  # let the writer come to its end
                    pass

    worker = threading.Thread(target=encrypt)
    worker.start()
    try:
        with os.fdopen(writing, "wb") as sink:
            yield sink
    finally:
        worker.join()
    if failure:
        raise failure[0]


def _write(vault: Vault, archive: zipfile.ZipFile, told: journal.Journal, tell: Told) -> Content:
    items = [item for item in vault.items() if item.kind not in LEFT_OUT]
    described = [one for item in items for one in item.payload.get("attachments", [])]
    manifest = {
        "v": 1,
        "origin": vault.server.origin,
        "exported": vault.server.now(),
        "number": vault.state.number,
        "objects": len(items),
        "files": len(described),
    }
    archive.writestr(MANIFEST, strict_json.dumps(manifest))
    for item in items:
        archive.writestr(f"objects/{b64u(item.id)}.json", strict_json.dumps(_plain(item)))
    with TemporaryDirectory(prefix="mappe-") as folder:
        for one in {_path(one): one for one in described}.values():  # two papers may show one file
            tell(str(one["name"]))
            path = files.fetch(vault, one, Path(folder) / "file")
            archive.write(path, _path(one))
            path.unlink()
    events = [{"seq": one.seq, "leaf": b64u(one.leaf), "event": make_event(one.event)} for one in told.entries]
    archive.writestr("log.json", strict_json.dumps(events))
    shares = [
        {key: value for key, value in item.payload.items() if key not in _SECRET} for item in vault.items("grant")
    ]
    archive.writestr(SHARES, strict_json.dumps(shares))
    return content_of(archive, sum(1 for item in items if item.kind == "document"))


def _path(described: Mapping[str, Any]) -> str:
    return f"files/{described['id']}-{described['version']}"


def _plain(item: Item) -> dict[str, Any]:
    payload = dict(item.payload)
    if "attachments" in payload:
        payload["attachments"] = [
            {**{key: value for key, value in one.items() if key not in ("key", "hash")}, "path": _path(one)}
            for one in payload["attachments"]
        ]
    return payload


def import_into(vault: Vault, sealed: Path, key_file: Path, passphrase: str, *, tell: Told = lambda text: None) -> int:
    """As `import_all`; only how many objects came."""
    return import_all(vault, sealed, key_file, passphrase, tell=tell)[0].objects


def import_all(
    vault: Vault, sealed: Path, key_file: Path, passphrase: str, *, tell: Told = lambda text: None
) -> tuple[Content, list[dict[str, Any]]]:
    """Everything of an export into this wallet; what came, and the shares that were running at the old place as the
    archive tells of them: none of them runs here. Read and checked whole before the first is sent.

    MappeError `wrong-secret`, `bad-export`.
    """
    with TemporaryDirectory(prefix="mappe-") as folder:
        plain = Path(folder) / "wallet.zip"
        _decrypt(sealed, key_file, passphrase, plain)
        try:
            with zipfile.ZipFile(plain) as archive:
                payloads = _read(archive)
                shares = _shares(archive, vault.server.now())
                _send(vault, archive, payloads, Path(folder), tell)
                papers = sum(1 for payload in payloads.values() if payload.get("kind") == "document")
                return content_of(archive, papers), shares
        except (zipfile.BadZipFile, FormatError, KeyError, ValueError) as error:
            raise MappeError("bad-export", "The export is damaged or not one of ours.", "Make a new export.") from error


def _decrypt(sealed: Path, key_file: Path, passphrase: str, target: Path) -> None:
    try:
        text = pyrage.passphrase.decrypt(key_file.read_bytes(), passphrase).decode().strip()
        identity = pyrage.x25519.Identity.from_str(text)
        with sealed.open("rb") as source, target.open("xb") as file:
            target.chmod(0o600)
            pyrage.decrypt_io(source, file, [identity])
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise  # said as it is
    except OSError as error:  # a block of the stream does not verify
        raise MappeError("bad-export", "The export is damaged.", "Make a new export.") from error
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise MappeError(
            "wrong-secret", "These digits do not open the export.", "Compare them with your sheet."
        ) from error


def _read(archive: zipfile.ZipFile) -> dict[bytes, dict[str, Any]]:
    """All objects, checked; FormatError `truncated`, `malformed`, `too-large`."""
    names = archive.namelist()
    if len(names) > MAX_ENTRIES or len(set(names)) != len(names):
        raise FormatError("malformed", "too many entries, or two of one name")
    manifest = strict_json.loads(_entry(archive, MANIFEST, 4096), max_bytes=4096)
    payloads: dict[bytes, dict[str, Any]] = {}
    count = 0
    for name in names:
        folder, _, rest = name.partition("/")
        if folder == "objects":
            payload = strict_json.loads(_entry(archive, name, objects.MAX_OBJECT), max_bytes=objects.MAX_OBJECT)
            if payload.get("kind") in LEFT_OUT:
                raise FormatError("malformed", "a kind that no export holds")
            payloads[unb64u(rest.removesuffix(".json"), 16)] = payload
            for one in payload.get("attachments", []):
                if archive.getinfo(one["path"]).file_size != one["size"] or one["size"] > att.MAX_SIZE:
                    raise FormatError("truncated", one["path"])
                count += 1
    if len(payloads) != manifest["objects"] or count != manifest["files"]:
        raise FormatError("truncated", "entries are missing")
    return payloads


def _shares(archive: zipfile.ZipFile, now: int) -> list[dict[str, Any]]:
    """Those that had not ended, told by whoever made the archive."""
    if SHARES not in archive.namelist():
        return []
    told = json.loads(_entry(archive, SHARES, MAX_SHARES))
    records = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return [one for one in records if isinstance(one.get("exp"), int) and one["exp"] > now]


def _entry(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    with archive.open(name) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise FormatError("too-large", name)
    return data


def _send(
    vault: Vault, archive: zipfile.ZipFile, payloads: Mapping[bytes, dict[str, Any]], folder: Path, tell: Told
) -> None:
    writes: list[Write] = []
    for id_, payload in payloads.items():
        described = []
        for one in payload.get("attachments", []):
            tell(str(one["name"]))
            path = folder / "file"
            _extract(archive, one["path"], path, int(one["size"]))
            clean = Clean(path, str(one["name"]), str(one["media"]), int(one["size"]), cleaned=True)
            described.append(files.upload(vault, clean))
            path.unlink()
        if "attachments" in payload:
            payload = {**payload, "attachments": described}
        writes.append(Write(_free(vault, id_), payload))
    for start in range(0, len(writes), COMMIT_OBJECTS):
        vault.commit(writes[start : start + COMMIT_OBJECTS])


def _extract(archive: zipfile.ZipFile, name: str, target: Path, size: int) -> None:
    written = 0
    with archive.open(name) as source, target.open("wb") as file:
        while block := source.read(1 << 20):
            written += len(block)
            if written > size:
                raise FormatError("too-large", name)
            file.write(block)


def _free(vault: Vault, id_: bytes) -> bytes:
    """The old id, so that references between objects stay; MappeError where this wallet has used it."""
    if id_ in vault.state.objects:
        raise MappeError(
            "already-there", "This wallet already holds papers of the export.", "Import into a new wallet."
        )
    return id_
