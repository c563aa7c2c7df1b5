"""The papers that are there: list, show, remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import catalogue
from ...formats.encoding import b64u
from ...holder import files
from ...holder.selection import value_record
from ...holder.vault import Write
from ..output import JsonOption, Out
from .common import DEFAULT_FOLDER, FolderOption, LanguageOption, PassphraseOption, YesOption, freshen, open_wallet


def list_(
    wallet: FolderOption = DEFAULT_FOLDER,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the server for changes.")] = False,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """List papers and persons."""
    out = Out(json_)
    opened = open_wallet(wallet, passphrase_file)
    if not offline:
        freshen(opened)
    rows = []
    for item in opened.vault.items():
        if item.kind in ("document", "person"):
            rows.append(
                {
                    "id": b64u(item.id),
                    "kind": item.kind,
                    "type": item.payload.get("type") or item.payload.get("relation"),
                    "title": item.payload.get("title") or item.payload.get("label"),
                    "state": "in the trash" if "trashed" in item.payload else item.payload.get("state", ""),
                    "files": len(item.payload.get("attachments", [])),
                }
            )
    columns = ["id", "type", "title", "state", "files"]
    out.table(
        rows,
        columns,
        [[row[name] for name in columns] for row in rows],
        "The wallet is empty. Add a paper: 'mappe add'.",
    )


def show(
    paper: Annotated[str, typer.Argument(help="Title or id.")],
    save: Annotated[Path | None, typer.Option("--save", help="Write its files into this folder.")] = None,
    language: LanguageOption = "en",
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Show one paper with all values and where they come from."""
    out = Out(json_)
    opened = open_wallet(wallet, passphrase_file)
    item = opened.vault.item(opened.paper(paper))
    saved = []
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        for one in item.payload.get("attachments", []):
            saved.append(str(files.fetch(opened.vault, one, files.free_name(save, str(one["name"])))))
    lines = [
        f"{item.payload['title']}  [{catalogue.type_label(item.payload['type'], language)}]  {item.payload['state']}"
    ]
    if "not_obtainable" in item.payload:
        lines.append(f"  cannot be obtained: {item.payload['not_obtainable']}")
    for name, records in item.payload["fields"].items():
        for index in range(len(records)):
            record = value_record(item, name, index)
            shown = record.get("missing") or record["value"]
            label = catalogue.field_label(f"{item.payload['type']}.{name}", language)
            lines.append(
                f"  {label} ({name}): {shown}  "
                f"{record['assurance']}, {record['source'] or 'no source'}, {record['as_of']}"
            )
    for one in item.payload.get("attachments", []):
        lines.append(f"  file: {one['name']} ({one['size']} bytes)")
    out.result({"id": b64u(item.id), **item.payload, "saved": saved}, *lines, *(f"  saved: {path}" for path in saved))


def remove(
    paper: Annotated[str, typer.Argument(help="Title or id.")],
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Remove a paper and its files from the wallet. Running shares keep their own copy until they end."""
    out = Out(json_)
    opened = open_wallet(wallet, passphrase_file)
    item = opened.vault.item(opened.paper(paper))
    out.ask(f"Remove {item.payload['title']!r} for good?", yes=yes)
    opened.vault.commit([Write(item.id, None)])
    for one in item.payload.get("attachments", []):
        files.drop(opened.server, one)
    out.result({"removed": b64u(item.id)}, "Removed.")
