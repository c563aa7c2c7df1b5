"""`mappe`: the holder's wallet on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import catalogue
from ..errors import MappeError
from ..formats.encoding import b64u, unb64u
from ..formats.registry import Registry
from ..holder import answering, cleaning, deposits, export, files, grants, journal
from ..holder.profile import Profile
from ..holder.selection import Pick, value_record
from ..holder.wallet import Wallet, id_of, stop_everything, value
from ..net.server import Server
from ..recipient.registry import RegistryClient
from . import qr, sheet
from .output import Commands, JsonOption, Out, day
from .secrets import read_secret

app = typer.Typer(
    cls=Commands,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Your papers, held by you.",
    rich_markup_mode=None,
)

DEFAULT_FOLDER = Path("~/.local/share/mappe")
FolderOption = Annotated[
    Path, typer.Option("--wallet", envvar="MAPPE_WALLET", help="Folder of the wallet on this device.")
]
ServerOption = Annotated[str, typer.Option("--server", envvar="MAPPE_SERVER", help="Address of the server, https://…")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File with the 24 digits; else MAPPE_PASSPHRASE, else a prompt."),
]
TakeOption = Annotated[
    list[str],
    typer.Option("--take", help="What to share: PAPER:field, PAPER:file or PAPER:valid-today; again for each."),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
LanguageOption = Annotated[str, typer.Option("--language", help="Language of the consent text: de, de-x-plain, en.")]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=366, help="Ends after so many days.")]


def _folder(path: Path) -> Path:
    return path.expanduser()


def _open(folder: Path, passphrase_file: Path | None) -> Wallet:
    folder = _folder(folder)
    profile = Profile.load(folder)
    passphrase = read_secret(
        "Passphrase (24 digits)", env="MAPPE_PASSPHRASE", file=passphrase_file, option="--passphrase-file"
    )
    return Wallet.unlock(Server(profile.origin), folder, passphrase=passphrase)


def _registry(wallet: Wallet, *, accept_new_keys: bool = False) -> Registry:
    folder = wallet.profile.folder
    client = RegistryClient(wallet.server, wallet.vault.keys, wallet.vault.pins, folder / "roots.json", folder)
    return client.fresh(accept_changed_keys=accept_new_keys)


def _picks(wallet: Wallet, take: list[str]) -> list[Pick]:
    picks = []
    for one in take:
        paper, separator, what = one.rpartition(":")
        if not separator or not paper or not what:
            raise MappeError(
                "bad-take", f"{one!r} names nothing to share.", "Write PAPER:field, as 'mappe show' lists it."
            )
        document = wallet.paper(paper)
        if what == "file" or (what.startswith("file") and what[4:].isdigit()):
            picks.append(Pick(document, file=int(what[4:] or 1) - 1))
        elif what in ("valid-today", "adult-today"):
            picks.append(Pick(document, derived=what))
        else:
            picks.append(Pick(document, field=what))
    return picks


def _preview(out: Out, prepared: grants.Prepared) -> None:
    """Exactly what the recipient will see, before it is released."""
    out.note(f"For: {prepared.to.name or 'whoever has the link'}")
    out.note(f"Purpose: {prepared.conditions.purpose}")
    out.note(f"Until: {day(prepared.exp)}")
    for one in prepared.slots:
        shown = one.content.get("missing") or one.content["value"]
        out.note(f"  {catalogue.field_label(one.name)}: {shown}  ({one.content['assurance']})")


@app.command()
def create(
    server: ServerOption,
    wallet: FolderOption = DEFAULT_FOLDER,
    sheet_file: Annotated[
        Path | None, typer.Option("--sheet", help="Write the recovery sheet to this HTML file, to print.")
    ] = None,
    small_memory: Annotated[bool, typer.Option(help="For devices with little memory: 32 MiB instead of 64.")] = False,
    invitation: Annotated[str | None, typer.Option(help="Invitation code of an advice office: more room.")] = None,
    json_: JsonOption = False,
) -> None:
    """Make a wallet. Its secrets are shown once: write them down or print the sheet."""
    out = Out(json_)
    _, secrets = Wallet.create(Server(server), _folder(wallet), small_memory=small_memory, invitation=invitation)
    shown = sheet.content(server, secrets)
    if sheet_file is not None:
        sheet.write_html(sheet_file, shown)
    out.result(
        shown,
        *sheet.lines(shown),
        *([f"The sheet is in {sheet_file}: print it, then delete it."] if sheet_file else []),
    )


@app.command()
def unlock(
    server: ServerOption,
    handle: Annotated[str, typer.Option(prompt="Account name", help="The ten characters on the sheet.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    recovery: Annotated[bool, typer.Option("--recovery", help="Use the recovery code and the sheet PIN.")] = False,
    number: Annotated[
        int, typer.Option(help="Change number on the sheet or of another device: nothing older is taken.")
    ] = 0,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Bring your wallet to this device, with the passphrase or from the recovery sheet."""
    out = Out(json_)
    given: dict[str, str | None]
    if recovery:
        code = read_secret("Recovery code (8 blocks of 6 digits)", env="MAPPE_RECOVERY_CODE")
        pin = read_secret("Sheet PIN (6 digits, empty if you do not have it)", env="MAPPE_SHEET_PIN", optional=True)
        given = {"recovery_code": code, "sheet_pin": pin or None}
    else:
        given = {"passphrase": read_secret("Passphrase (24 digits)", env="MAPPE_PASSPHRASE", file=passphrase_file)}
    opened = Wallet.adopt(Server(server), _folder(wallet), handle=handle, floor=number, **given)
    count = sum(1 for _ in opened.vault.items("document"))
    out.result(
        {"number": opened.vault.state.number, "papers": count},
        f"The wallet is here: {count} papers, change number {opened.vault.state.number}.",
    )


@app.command()
def add(
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help="Kind of paper, such as residence_title; see 'mappe types'.")
    ],
    title: Annotated[str, typer.Option(help="What you call it.")],
    field: Annotated[
        list[str] | None, typer.Option("--field", help="name=value; again for each, also for a second value.")
    ] = None,
    file: Annotated[list[Path] | None, typer.Option("--file", help="A scan or photo; again for each.")] = None,
    person: Annotated[str | None, typer.Option(help="Id of the family member it belongs to.")] = None,
    source: Annotated[str, typer.Option(help="Where the values come from.")] = "",
    as_of: Annotated[str | None, typer.Option(help="YYYY, YYYY-MM or YYYY-MM-DD; today if left out.")] = None,
    not_obtainable: Annotated[str | None, typer.Option(help="Why this paper cannot be had.")] = None,
    substitute: Annotated[str | None, typer.Option(help="What stands in for it.")] = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Put a paper into the wallet: fields, files, or the fact that it cannot be obtained."""
    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    today = as_of or datetime.now(UTC).date().isoformat()
    values: dict[str, list[dict[str, Any]]] = {}
    for one in field or []:
        name, separator, text = one.partition("=")
        if not separator or not name:
            raise MappeError("bad-field", f"{one!r} is not name=value.", "Write it as date_of_expiry=2027-05-01.")
        values.setdefault(name, []).append(value(text, as_of=today, source=source))
    attachments = []
    for path in file or []:
        with cleaning.cleaned(path) as clean, out.transfer(path.name, clean.size) as advance:
            if not clean.cleaned:
                out.note(f"{path.name}: this type of file is kept as it is, with whatever it says about you.")
            done = [0]

            def progress(now: int, total: int, done: list[int] = done, advance: Any = advance) -> None:
                advance(max(0, min(now, total) - done[0]))
                done[0] = max(done[0], now)

            attachments.append(files.upload(opened.vault, clean, progress=progress))
    reason = None
    if not_obtainable is not None:
        reason = {"reason": not_obtainable} | ({} if substitute is None else {"substitute": substitute})
    id_ = opened.add_paper(
        type_,
        values,
        title=title,
        attachments=attachments,
        person=None if person is None else id_of(person),
        not_obtainable=reason,
    )
    out.result({"id": b64u(id_)}, f"Added: {title} ({b64u(id_)})")


@app.command("add-person")
def add_person(
    label: Annotated[str, typer.Argument(help="What you call this person.")],
    relation: Annotated[str, typer.Option(help="self, child, partner or other.")] = "child",
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Add a family member whose papers live in this wallet."""
    id_ = _open(wallet, passphrase_file).add_person(label, relation)
    Out(json_).result({"id": b64u(id_)}, f"Added: {label} ({b64u(id_)})")


@app.command()
def types(
    language: LanguageOption = "en",
    json_: JsonOption = False,
) -> None:
    """List the kinds of papers and their fields."""
    rows = [
        {"type": id_, "label": catalogue.type_label(id_, language), "fields": [one["id"] for one in kind["fields"]]}
        for id_, kind in catalogue.fields().items()
    ]
    Out(json_).table(rows, ["type", "name", "fields"], [(r["type"], r["label"], ", ".join(r["fields"])) for r in rows])


@app.command("list")
def list_(
    wallet: FolderOption = DEFAULT_FOLDER,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the server for changes.")] = False,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """List papers and persons."""
    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    if not offline:
        opened.vault.sync()
    rows = []
    for item in opened.vault.items():
        if item.kind in ("document", "person"):
            rows.append(
                {
                    "id": b64u(item.id),
                    "kind": item.kind,
                    "type": item.payload.get("type") or item.payload.get("relation"),
                    "title": item.payload.get("title") or item.payload.get("label"),
                    "state": item.payload.get("state", ""),
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


@app.command()
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
    opened = _open(wallet, passphrase_file)
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


@app.command()
def remove(
    paper: Annotated[str, typer.Argument(help="Title or id.")],
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Remove a paper and its files from the wallet. Running shares keep their own copy until they end."""
    from ..holder.vault import Write

    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    item = opened.vault.item(opened.paper(paper))
    out.ask(f"Remove {item.payload['title']!r} for good?", yes=yes)
    opened.vault.commit([Write(item.id, None)])
    for one in item.payload.get("attachments", []):
        files.drop(opened.server, one)
    out.result({"removed": b64u(item.id)}, "Removed.")


@app.command("share-link")
def share_link(
    take: TakeOption,
    purpose: Annotated[str, typer.Option(help="What it is for; the recipient reads this.")],
    to: Annotated[str, typer.Option(help="Whom you give it to; the recipient reads this.")] = "",
    days: DaysOption = 7,
    opens: Annotated[int, typer.Option(min=1, max=1000, help="How often it can be opened.")] = 1,
    passcode: Annotated[
        bool, typer.Option(help="Protect it with six digits that you tell the recipient yourself.")
    ] = True,
    standing: Annotated[bool, typer.Option(help="Follow newer versions of the papers until the end.")] = False,
    language: LanguageOption = "en",
    qr_file: Annotated[Path | None, typer.Option("--qr", help="Write the QR code to this .png or .svg file.")] = None,
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Share single values with somebody who has no software: a link and QR code."""
    from ..formats.digits import PASSCODE_DIGITS, new_digits

    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    code = new_digits(PASSCODE_DIGITS) if passcode else None
    conditions = grants.Conditions(
        purpose, language=language, life=days * grants.DAY, opens=opens, passcode=code, standing=standing
    )
    prepared = grants.prepare(opened.vault, grants.To(to), _picks(opened, take), conditions)
    _preview(out, prepared)
    out.ask("Share exactly this?", yes=yes)
    grants.release(opened.vault, prepared)
    link = grants.link_of(opened.vault, prepared)
    qr.show(out, link, qr_file)
    told = [] if code is None else [f"Passcode: {code[:3]} {code[3:]}  (tell it separately; 5 tries)"]
    out.result(
        {"grant": b64u(prepared.locator.grant), "link": link, "passcode": code, "until": prepared.exp},
        link,
        *told,
        f"Ends {day(prepared.exp)}, or at once with: mappe end {b64u(prepared.locator.grant)}",
    )


@app.command("share-agency")
def share_agency(
    agency: Annotated[str, typer.Argument(help="Id of the office in the registry; see 'mappe offices'.")],
    take: TakeOption,
    purpose: Annotated[str, typer.Option(help="What it is for.")],
    basis: Annotated[str, typer.Option(help="consent, contract or public-task.")] = "consent",
    days: DaysOption = 30,
    standing: Annotated[bool, typer.Option(help="Follow newer versions of the papers until the end.")] = False,
    notify: Annotated[
        bool, typer.Option(help="Leave a notice in the office's inbox; else show it the QR code.")
    ] = True,
    language: LanguageOption = "en",
    qr_file: Annotated[Path | None, typer.Option("--qr", help="Write the QR code to this .png or .svg file.")] = None,
    accept_new_keys: Annotated[bool, typer.Option(help="The office has confirmed its new keys to me.")] = False,
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Share single values with one office of the registry, and with nobody else."""
    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    registry = _registry(opened, accept_new_keys=accept_new_keys)
    known = registry.agencies.get(agency)
    if known is None:
        raise MappeError(
            "unknown-agency", f"No office {agency!r} is in the registry.", "List them with 'mappe offices'."
        )
    keys = known.active_keys("seal", opened.server.now())
    if not keys:
        raise MappeError("no-key", f"{known.name} has no valid key at the moment.", "Ask the office to renew it.")
    prepared = grants.prepare(
        opened.vault,
        grants.To(known.name, known.address, known.id, keys[-1].public),
        _picks(opened, take),
        grants.Conditions(purpose, basis, language=language, life=days * grants.DAY, opens=0, standing=standing),
    )
    out.note(f"{known.name}, {known.address}: {known.power}")
    _preview(out, prepared)
    out.ask("Share exactly this?", yes=yes)
    grants.release(opened.vault, prepared)
    if notify:
        answering.send_notice(opened.vault, known, prepared)
    link = grants.link_of(opened.vault, prepared)
    qr.show(out, link, qr_file)
    out.result(
        {"grant": b64u(prepared.locator.grant), "link": link, "until": prepared.exp},
        link,
        f"Ends {day(prepared.exp)}, or at once with: mappe end {b64u(prepared.locator.grant)}",
    )


@app.command()
def request(
    link: Annotated[str, typer.Argument(help="The link behind the office's QR code.")],
    language: LanguageOption = "en",
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Show what an office asks for, and what the wallet has of it. Sends nothing."""
    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    asked = answering.look(opened.vault, link, _registry(opened))
    matches = answering.match(opened.vault, asked)
    shown = asked.request
    rows = [
        {
            "field": one.name,
            "label": catalogue.field_label(one.name, language),
            "required": one.required,
            "papers": [b64u(pick.document) for pick in one.picks],
            "allowed": one.name not in asked.over_asking,
        }
        for one in matches
    ]
    out.result(
        {
            "agency": asked.agency.id,
            "name": asked.agency.name,
            "address": asked.agency.address,
            "power": asked.agency.power,
            "purpose": shown.purpose_text,
            "basis": shown.basis,
            "on_no": shown.on_no,
            "until": shown.exp,
            "fields": rows,
        },
        f"{asked.agency.name}, {asked.agency.address} ({asked.agency.power}) asks. Are you there now?",
        f"Purpose: {shown.purpose_text} ({shown.basis})",
        f"If you say no: {shown.on_no}",
        *(
            f"  {'required' if row['required'] else 'optional'}  {row['label']} ({row['field']}): "
            f"{'in the wallet' if row['papers'] else 'missing'}"
            f"{'' if row['allowed'] else '  NOT ALLOWED to this office'}"
            for row in rows
        ),
    )


@app.command()
def answer(
    link: Annotated[str, typer.Argument(help="The link behind the office's QR code.")],
    take: Annotated[
        list[str], typer.Option("--take", help="Field to release, as 'mappe request' names it; again for each.")
    ],
    days: DaysOption = 14,
    standing: Annotated[bool, typer.Option(help="Follow newer versions of the papers until the end.")] = False,
    person: Annotated[str | None, typer.Option(help="Only papers of this family member.")] = None,
    language: LanguageOption = "en",
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Release exactly the fields you name to the office that asks. Not answering is a "no" and leaves no trace."""
    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    asked = answering.look(opened.vault, link, _registry(opened))
    found = {
        one.name: one for one in answering.match(opened.vault, asked, person=None if person is None else id_of(person))
    }
    missing = [name for name in take if name not in found or not found[name].picks]
    if missing:
        raise MappeError(
            "missing", f"Not asked for, or not in the wallet: {', '.join(missing)}.", "Look with 'mappe request'."
        )
    picks = [found[name].picks[0] for name in take]
    prepared = answering.prepare(
        opened.vault, asked, picks, life=days * grants.DAY, language=language, standing=standing
    )
    _preview(out, prepared)
    out.ask("Release exactly this?", yes=yes)
    done = answering.answer(opened.vault, asked, prepared)
    told = [] if done.digits is None else [f"Tell the clerk: {done.digits[:3]} {done.digits[3:]}"]
    out.result({"grant": b64u(done.grant), "digits": done.digits}, *told, "Released.")


@app.command()
def shares(
    wallet: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json_: JsonOption = False
) -> None:
    """List what you share, with whom, and whether it still runs."""
    rows = grants.listing(_open(wallet, passphrase_file).vault)
    Out(json_).table(
        rows,
        ["id", "for", "fields", "state", "ends", "opened"],
        [
            (
                row["id"],
                row["to"] or "whoever has the link",
                ", ".join(row["slots"].values()),
                row.get("reason") or row["state"],
                day(int(row["exp"])) if "exp" in row else "",
                row.get("opens_used", ""),
            )
            for row in rows
        ],
        "You share nothing.",
    )


@app.command()
def end(
    share: Annotated[list[str] | None, typer.Argument(help="Ids of shares.")] = None,
    agency: Annotated[str | None, typer.Option(help="All shares with this recipient.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All running shares.")] = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """End shares at once. No reason is asked."""
    opened = _open(wallet, passphrase_file)
    ids = [id_of(one) for one in share or []]
    if agency is not None or everything:
        ids += [
            unb64u(row["id"], 16)
            for row in grants.listing(opened.vault)
            if row["state"] != "ended" and (everything or row["to"] == agency)
        ]
    if not ids:
        raise MappeError("nothing-to-end", "No running share was named.", "List them with 'mappe shares'.")
    ended = grants.end(opened.vault, ids)["ended"]
    Out(json_).result({"ended": ended}, f"Ended: {len(ended)}. Nothing can be read through them any more.")


@app.command()
def republish(
    share: Annotated[str, typer.Argument(help="Id of a standing share.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Bring a standing share up to date with your papers. Its fields, end and limits stay."""
    opened = _open(wallet, passphrase_file)
    answer_ = grants.republish(opened.vault, id_of(share))
    Out(json_).result({"version": answer_["version"]}, f"Now at version {answer_['version']}.")


@app.command()
def log(
    receipt: Annotated[Path | None, typer.Option(help="A recipient's receipt (JSON): must lie in this log.")] = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Show who read what, when, and what was refused; verified on this device."""
    from ..formats import strict_json

    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    told = journal.read(opened.vault)
    names = {b64u(item.id): item.payload for item in opened.vault.items("grant")}
    rows = [_entry_row(one, names) for one in told.entries]
    found = None
    if receipt is not None:
        body = strict_json.loads(receipt.read_bytes(), max_bytes=64 * 1024)
        found = journal.check_receipt(opened.vault, told, str(body["event"]), str(body["promise"])).seq
    if json_:
        out.result({"entries": rows, "waiting": told.waiting, "receipt": found})
        return
    out.table(
        rows,
        ["nr", "time", "what", "who", "fields"],
        [(r["seq"], day(r["time"]), r["kind"], r["who"], ", ".join(r["fields"])) for r in rows],
    )
    out.note(f"Verified: {len(rows)} entries, {told.waiting} not yet in the public log. Not independently witnessed.")
    if found is not None:
        out.note(f"The receipt is entry {found}.")


def _entry_row(entry: journal.Entry, names: dict[str, Any]) -> dict[str, Any]:
    event = entry.event
    grant = None if event.grant is None else b64u(event.grant)
    share = names.get(grant or "", {})
    return {
        "seq": entry.seq,
        "time": event.time,
        "kind": event.kind,
        "who": share.get("recipient") or event.actor if event.actor in ("link", "agency") else event.actor,
        "grant": grant,
        "fields": [share.get("slots", {}).get(b64u(slot), b64u(slot)) for slot in event.slots or ()],
        "detail": dict(event.detail or {}),
        "in_tree": entry.index is not None,
    }


@app.command()
def devices(
    remove_: Annotated[str | None, typer.Option("--remove", help="Lock this device out and change the locks.")] = None,
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """List devices; or lock one out, which makes a new recovery code."""
    out = Out(json_)
    passphrase = read_secret("Passphrase (24 digits)", env="MAPPE_PASSPHRASE", file=passphrase_file)
    folder = _folder(wallet)
    opened = Wallet.unlock(Server(Profile.load(folder).origin), folder, passphrase=passphrase)
    if remove_ is not None:
        out.ask("Lock this device out? Your old recovery code stops working and you get a new one.", yes=yes)
        fresh = opened.lock_out(remove_, passphrase=passphrase)
        out.result(fresh, *sheet.recovery_lines(fresh))
        return
    rows = opened.devices()
    out.table(
        rows,
        ["device", "added", "this"],
        [(r["device"], day(int(r["created"])), "this one" if r["this"] else "") for r in rows],
    )


@app.command("sheet")
def sheet_(
    target: Annotated[Path, typer.Argument(help="HTML file to write; print it, then delete it.")],
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Make a new recovery sheet. The old one stops working: nobody can use a copy of it."""
    out = Out(json_)
    passphrase = read_secret("Passphrase (24 digits)", env="MAPPE_PASSPHRASE", file=passphrase_file)
    folder = _folder(wallet)
    opened = Wallet.unlock(Server(Profile.load(folder).origin), folder, passphrase=passphrase)
    out.ask("Make a new sheet? The old recovery code stops working.", yes=yes)
    fresh = opened.change_locks(passphrase=passphrase)
    shown = sheet.renewed(opened.profile.origin, opened.profile.handle, fresh, opened.vault.state.number)
    sheet.write_html(target, shown)
    out.result(
        {"sheet": str(target), "number": shown["number"]}, f"The new sheet is in {target}: print it, then delete it."
    )


@app.command()
def stop(
    server: ServerOption,
    handle: Annotated[str, typer.Option(prompt="Account name", help="The ten characters on the sheet.")],
    json_: JsonOption = False,
) -> None:
    """Emergency: end all shares, deposit codes and sessions with the stop code. Opens nothing."""
    stop_everything(Server(server), handle=handle, stop_code=read_secret("Stop code (6 blocks)", env="MAPPE_STOP_CODE"))
    Out(json_).result({"stopped": True}, "Everything has ended. Unlock again on a device you trust.")


@app.command("stop-recovery")
def stop_recovery(
    wallet: FolderOption = DEFAULT_FOLDER, passphrase_file: PassphraseOption = None, json_: JsonOption = False
) -> None:
    """Stop a recovery that you did not start."""
    _open(wallet, passphrase_file).server.post("/v1/recovery/stop")
    Out(json_).result({"stopped": True}, "The recovery was stopped. Make a new sheet: 'mappe sheet'.")


@app.command("deposit-code")
def deposit_code(
    label: Annotated[str, typer.Argument(help="What it is for; only you see this.")],
    minutes: Annotated[int, typer.Option(min=1, max=43_200, help="Ends after so many minutes.")] = 60,
    qr_file: Annotated[Path | None, typer.Option("--qr", help="Write the QR code to this .png or .svg file.")] = None,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Let somebody put papers into your wallet, and read nothing."""
    out = Out(json_)
    link = deposits.new_code(_open(wallet, passphrase_file).vault, label=label, life=minutes * 60)
    qr.show(out, link, qr_file)
    out.result({"link": link}, link)


@app.command()
def inbox(
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Number of a file to keep; again for each.")
    ] = None,
    discard: Annotated[list[str] | None, typer.Option("--discard", help="Number of a file to throw away.")] = None,
    type_: Annotated[str, typer.Option("--type", help="Kind of paper for what is accepted.")] = "other_paper",
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Look at what others have put in; keep it or throw it away."""
    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    pinned = (opened.profile.folder / "roots.json").exists()
    received = deposits.inbox(opened.vault, _registry(opened) if pinned else None)
    chosen = {int(one) for one in accept or []}
    for number, one in enumerate(received, 1):
        if number in chosen:
            described = deposits.accept(opened.vault, one)
            opened.add_paper(type_, {}, title=one.name, attachments=[described])
        elif str(number) in (discard or []):
            deposits.discard(opened.vault, one)
    rows = [
        {"nr": number, "name": one.name, "from": one.sender, "size": one.size, "until": one.until}
        for number, one in enumerate(received, 1)
    ]
    out.table(
        rows,
        ["nr", "name", "from", "until"],
        [(number, one.name, one.sender, day(one.until)) for number, one in enumerate(received, 1)],
        "Nothing waits.",
    )


@app.command()
def deposit(
    link: Annotated[str, typer.Argument(help="The deposit link or QR content that you were shown.")],
    file: Annotated[list[Path], typer.Argument(help="Files to put in.")],
    note: Annotated[str | None, typer.Option(help="A line for the holder.")] = None,
    json_: JsonOption = False,
) -> None:
    """Put files into somebody's wallet through their deposit code. You cannot read anything there."""
    from ..formats.locator import DepositLocator, parse_link

    out = Out(json_)
    origin, path, locator = parse_link(link)
    if path != "d":
        raise MappeError("bad-link", "This is not a deposit code.", "Ask the holder for one: 'mappe deposit-code'.")
    receipts = []
    for one in file:
        with cleaning.cleaned(one) as clean:
            receipts.append(deposits.put_in(Server(origin), DepositLocator.of(locator), clean, note=note))
    out.result(receipts, f"Put in: {len(receipts)} files.")


@app.command()
def offices(
    accept_new_keys: Annotated[bool, typer.Option(help="The office has confirmed its new keys to me.")] = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """List the offices of the registry: who they are, what they can do to you, what they may ask."""
    registry = _registry(_open(wallet, passphrase_file), accept_new_keys=accept_new_keys)
    rows = [
        {"id": one.id, "name": one.name, "address": one.address, "power": one.power, "status": one.status}
        for one in registry.agencies.values()
    ]
    columns = ["id", "name", "address", "power", "status"]
    Out(json_).table(rows, columns, [[row[name] for name in columns] for row in rows])


@app.command()
def roots(
    file: Annotated[Path, typer.Argument(help="The district's roots file, from the advice office.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    json_: JsonOption = False,
) -> None:
    """Pin the keys that sign the registry of offices. Get the file from somebody you trust, not from the server."""
    from ..formats.registry import parse_roots
    from ..storage import write_private

    data = file.read_bytes()
    bundle = parse_roots(data).bundle
    target = _folder(wallet) / "roots.json"
    if target.exists() and target.read_bytes() != data:
        raise MappeError(
            "roots-pinned",
            "Other root keys are pinned already.",
            f"If the district changed them, remove {target} first.",
        )
    write_private(target, data)
    Out(json_).result({"bundle": bundle}, f"Pinned the roots of {bundle}.")


@app.command("export")
def export_(
    target: Annotated[Path, typer.Argument(help="Name without ending: NAME.age and NAME.key.age are written.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Take everything with you: an encrypted archive that opens without us."""
    from ..formats.digits import grouped

    out = Out(json_)
    digits = export.export(_open(wallet, passphrase_file).vault, target, tell=out.note)
    out.result(
        {"archive": f"{target}.age", "key": f"{target}.key.age", "digits": digits},
        f"Written: {target}.age and {target}.key.age",
        f"Digits that open it: {grouped(digits, 4)}",
        f"Without us: age -d -i {target}.key.age {target}.age > wallet.zip",
    )


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="Name without ending, as at export.")],
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Bring an exported wallet into this (new) one, on any server."""
    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    digits = read_secret("Digits of the export", env="MAPPE_EXPORT_DIGITS")
    count = export.import_into(
        opened.vault,
        source.with_name(source.name + ".age"),
        source.with_name(source.name + ".key.age"),
        digits,
        tell=out.note,
    )
    out.result({"objects": count}, f"Imported: {count}.")


@app.command()
def delete(
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Delete the wallet, here and on the server. Nobody can bring it back."""
    import shutil

    out = Out(json_)
    opened = _open(wallet, passphrase_file)
    out.ask("Delete the wallet with everything in it, for good?", yes=yes)
    opened.delete()
    shutil.rmtree(opened.profile.folder)
    out.result({"deleted": True}, "Deleted.")


def main() -> None:
    """Entry point."""
    app(prog_name="mappe")


if __name__ == "__main__":
    main()
