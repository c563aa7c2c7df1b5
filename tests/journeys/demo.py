"""`make demo`: one story against a fresh server, with real processes; prints what each party saw.

`--file F` plays it with the reader's own file: cleaned, sealed, shared, fetched back, compared. Whatever does not fit
ends the story with exit code 1. The clients are the published ones; only the person at the keyboard is played.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from mappe.agency.asking import Question
from mappe.agency.client import Agency
from mappe.agency.keys import AgencyKeys
from mappe.agency.profile import AgencyProfile
from mappe.cli.output import safe
from mappe.errors import MappeError, ServerProblem
from mappe.formats.digits import PASSCODE_DIGITS, new_digits
from mappe.formats.encoding import b64u
from mappe.formats.errors import FormatError
from mappe.holder import answering, deposits, files, grants, journal
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.link import LinkHolder
from mappe.recipient.registry import RegistryClient

from tests.support.papers import scanned_pdf
from tests.support.server import Server

OFFICE = "jobcenter-musterstadt"
PURPOSES = [
    {
        "id": "benefit-claim",
        "text": {"de": "Antrag auf Bürgergeld prüfen", "en": "Check a claim for benefits"},
        "basis": "public-task",
        "fields": ["person.family_name", "residence_title.date_of_expiry", "declaration_of_commitment.guarantor"],
        "retention": "P6M",
    }
]
NAME, LANDLORD, PURPOSE = "Weldemichael-Habtu", "Familie Brandstetter", "Weiter wohnen während der Verlängerung"
T = TypeVar("T")

READ_SECONDS = 20  # until the sequencer, which runs every second, has put everything into the public tree
PROBE_BYTES = 48  # a run of the file long enough not to be met by chance
PARTY = 10


class Mismatch(Exception):
    """Something is not what the story says."""


def must(holds: bool, what: str) -> None:
    if not holds:
        raise Mismatch(what)


def tell(party: str, *lines: str) -> None:
    """The first line with the party's name, the others below it; nothing in them is obeyed by the terminal."""
    for number, line in enumerate(lines):
        sys.stdout.write(f"{party if number == 0 else '':{PARTY}}{safe(line)}\n")
    sys.stdout.flush()


def play(folder: Path, own: Path | None) -> None:
    """The whole story in `folder`."""
    server = Server(folder / "server", {"MAPPE_REGISTRY_ROOT": str(folder / "roots.json")})
    server.folder.mkdir()
    try:
        office = set_up(server, folder)
        wallet, paper, sealed = fill(server, folder, own or scanned_pdf(folder / "Fiktionsbescheinigung.pdf", pages=2))
        tell_request(office, wallet)
        tell_link(wallet, paper, sealed, folder)
        tell_deposit(server, wallet, folder)
        tell_log(office, wallet)
        tell_server(server, sealed)
    except Exception:
        sys.stderr.write(server.log.read_text()[-2000:] if server.log.exists() else "")
        raise
    finally:
        server.remove()


def set_up(server: Server, folder: Path) -> Agency:
    """Three root keys, a server that pins them, an office that two of them enrol."""
    env = {**os.environ, "MAPPE_ROOT_PASSPHRASE": "only for this demonstration"}

    def operator(*command: str) -> Any:
        return run("mappe-operator", *command, "--json", env=env)

    names = ("town", "court", "university")
    with ThreadPoolExecutor(3) as people:
        migrated = people.submit(server.run, "migrate")
        list(people.map(lambda name: operator("root", "new", str(folder / name), "--holder", name), names))
        publics = [str(next(folder.glob(f"{name}*.pub.json"))) for name in names]
        roots = str(folder / "roots.json")
        operator("root", "collect", *publics, "--bundle", "musterkreis", "--out", roots)
        migrated.result()
        serving = people.submit(server.start)
        profile = AgencyProfile(
            folder / "office", server.origin, OFFICE, "Jobcenter Musterstadt", "Am Markt 1, 12345 Musterstadt", {}
        )
        keys = AgencyKeys.generate(int(time.time()))
        token, fingerprint = profile.enrolment(keys, int(time.time()))
        (folder / "enrolment").write_text(token)
        (folder / "purposes.json").write_text(json.dumps(PURPOSES))
        draft, signed = str(folder / "draft.json"), str(folder / "registry-1.json")
        operator("registry", "draft", draft, "--roots", roots)
        operator(
            "registry", "add", draft, str(folder / "enrolment"), "--power", "can-sanction",
            "--purposes", str(folder / "purposes.json"), "--fingerprint", fingerprint,
        )  # fmt: skip

        def sign(name: str) -> str:
            found = operator("registry", "sign", draft, "--roots", roots, "--key", str(folder / name), "--yes")
            return str(found["signature"])

        signatures = list(people.map(sign, names[:2]))
        loaded = operator("registry", "combine", draft, *signatures, "--roots", roots, "--out", signed)
        serving.result()
    server.run("registry", "load", signed)
    profile.pin_roots((folder / "roots.json").read_bytes())
    profile.save()
    keys.save(profile.keys_file)
    tell("SERVER", f"fresh, at {server.origin}; knows only the three public root keys")
    tell(
        "OPERATOR",
        f"made three root keys; two of three signed version {loaded['version']} of the registry ({loaded['bundle']})",
        f"compared the office's fingerprint by telephone: {fingerprint}",
    )
    return Agency(profile, keys)


def fill(server: Server, folder: Path, source: Path) -> tuple[Wallet, bytes, Path]:
    """A wallet with three papers, one of them with the file; the cleaned file is kept to compare with."""
    wallet, secrets = Wallet.create(Connection(server.origin), folder / "phone", small_memory=True)
    kept = folder / "cleaned"
    with cleaned(source) as clean:
        kept.write_bytes(clean.path.read_bytes())
        described = files.upload(wallet.vault, clean)
        how = "without its metadata" if clean.cleaned else "as it is: this type of file has no cleaner"
    today = time.strftime("%Y-%m-%d", time.gmtime())
    wallet.add_paper("person", {"family_name": [value(NAME, as_of=today, source="passport")]}, title="Ich")
    title = {"date_of_expiry": [value("2027-05-01", as_of=today, source="eAT")]}
    wallet.add_paper("residence_title", title, title="Aufenthaltstitel")
    until = {"valid_until": [value("2027-08-01", as_of=today)]}
    paper = wallet.add_paper("interim_paper", until, title="Fiktionsbescheinigung", attachments=[described])
    tell(
        "HOLDER",
        f"made a wallet ({secrets.handle[:5]}-{secrets.handle[5:]}) and put in three papers",
        f"sealed {source.name}: {source.stat().st_size:,} bytes, {how} {kept.stat().st_size:,}",
    )
    return wallet, paper, kept


def tell_request(office: Agency, wallet: Wallet) -> None:
    """The office asks for three fields at the desk, the holder releases two, the clerk types six digits."""
    required = ("person.family_name", "residence_title.date_of_expiry")
    optional = ("declaration_of_commitment.guarantor",)
    logged(office.listed)
    asked = office.ask(Question("benefit-claim", "desk", required, optional, on_no="Bitte Papiere mitbringen."))
    tell("AGENCY", f"shows a QR code: {len(required)} fields needed, {len(optional)} would help; it lasts two minutes")
    pin = wallet.profile.folder / "roots.json"
    pin.write_bytes(office.profile.roots_file.read_bytes())
    client = RegistryClient(wallet.server, wallet.vault.keys, wallet.vault.pins, pin, wallet.profile.folder)
    seen = answering.look(wallet.vault, asked.link, logged(client.fresh))
    found = {one.name: one for one in answering.match(wallet.vault, seen)}
    tell(
        "HOLDER",
        f"sees: {seen.agency.name} ({seen.agency.power}), “{seen.request.purpose_text}”, {seen.request.basis}",
        f"      no means: {seen.request.on_no}",
    )
    picks = [found[name].picks[0] for name in required]
    prepared = answering.prepare(wallet.vault, seen, picks, life=30 * grants.DAY, language="de")
    done = answering.answer(wallet.vault, seen, prepared)
    must(done.digits is not None, "a request at the desk asks for digits")
    tell("", f"releases exactly {len(prepared.slots)} fields for 30 days; reads out {done.digits}")
    redeemed = office.redeem(b64u(office.collect(asked, done.digits).answers[0].grant))
    read = {slot.name: slot.content["value"] for slot in redeemed.opened.grant.slots.values()}
    must(read == {required[0]: NAME, required[1]: "2027-05-01"}, "the office read what was released, no more, no less")
    tell("AGENCY", *(f"reads {name} = {shown}" for name, shown in read.items()))
    tell("", f"not shared: {', '.join(redeemed.missing((*required, *optional)))}")
    grants.end(wallet.vault, [done.grant])
    tell("HOLDER", "withdraws it in one step")
    tell("AGENCY", f"tries again and is told: {refusal(lambda: office.redeem(b64u(done.grant)))}")


def tell_link(wallet: Wallet, paper: bytes, sealed: Path, folder: Path) -> None:
    """A landlord without any software opens a link once, after mistyping the passcode; the file comes back whole."""
    passcode = new_digits(PASSCODE_DIGITS)
    wrong = f"{(int(passcode) + 1) % 10**PASSCODE_DIGITS:0{PASSCODE_DIGITS}d}"
    conditions = grants.Conditions(PURPOSE, language="de", passcode=passcode)
    prepared = grants.prepare(
        wallet.vault, grants.To(LANDLORD), [Pick(paper, field="valid_until"), Pick(paper, file=0)], conditions
    )
    grants.release(wallet.vault, prepared)
    link = grants.link_of(wallet.vault, prepared)
    tell("HOLDER", f"sends a link (one open, 7 days) and tells the passcode by telephone: {link[:-30]}…")
    landlord = LinkHolder(link)
    tell("LANDLORD", f"sees before opening: “{landlord.peek().terms.purpose}”")
    tell("", f"mistypes the passcode: {refusal(lambda: landlord.open(wrong))}")
    opened = landlord.open(passcode)
    shown = next(one.content["value"] for one in opened.grant.slots.values() if one.kind != "attachment")
    slot = next(id_ for id_, one in opened.grant.slots.items() if one.kind == "attachment")
    landlord.fetch(opened, slot, folder / "fetched")
    ours, theirs = (sha256(path.read_bytes()).hexdigest() for path in (sealed, folder / "fetched"))
    must(shown == "2027-08-01", "the landlord reads the date")
    must(ours == theirs, "the file came back as it was sealed")
    tell(
        "",
        f"reads valid_until = {shown} and fetches the file",
        f"SHA-256 there {theirs[:32]}…",
        f"         here {ours[:32]}… the same",
    )
    tell("", f"comes back: {refusal(lambda: LinkHolder(link).open(passcode))}")


def tell_deposit(server: Server, wallet: Wallet, folder: Path) -> None:
    """An advisor scans a paper into the wallet with a code, by the command line, and can read nothing."""
    scan = scanned_pdf(folder / "Mietvertrag.pdf", pages=1)
    code = deposits.new_code(wallet.vault, label="Beratung")
    run("mappe", "deposit", code, str(scan), "--note", "vom Schreibtisch", "--json", env=dict(os.environ))
    received = deposits.inbox(wallet.vault)
    must([one.name for one in received] == [scan.name], "the scan waits in the inbox")
    described = deposits.accept(wallet.vault, received[0])
    wallet.add_paper("rental_contract", {}, title="Mietvertrag", attachments=[described])
    back = files.fetch(wallet.vault, described, folder / "back")
    with cleaned(scan) as clean:
        must(back.read_bytes() == clean.path.read_bytes(), "the scan is the one that was put in")
    tell("ADVISOR", f"scans {scan.name} into the wallet with a deposit code; keeps no access")
    tell("HOLDER", f"finds it, from “{received[0].sender}”, and keeps it")


def tell_log(office: Agency, wallet: Wallet) -> None:
    """Every access stands in the log, verified on the device; the office's receipt is one of its entries."""
    deadline = time.monotonic() + READ_SECONDS
    told = journal.read(wallet.vault)
    while told.waiting and time.monotonic() < deadline:
        time.sleep(0.2)
        told = journal.read(wallet.vault)
    must(told.waiting == 0, "every entry is in the public tree")
    kinds = Counter(one.event.kind for one in told.entries)
    for kind, least in (("grant-opened", 2), ("grant-refused", 1), ("grant-ended", 1), ("deposit-received", 1)):
        must(kinds[kind] >= least, f"the log tells of {kind}")
    opens = next(one for one in office.receipts.all() if one.entry.kind == "grant-opened")
    entry = journal.check_receipt(wallet.vault, told, opens.event, opens.promise)
    tell(
        "LOG", f"{len(told.entries)} entries, each verified and found in the public tree (not independently witnessed)"
    )
    told_of = ("grant-looked-at", "grant-opened", "grant-refused", "file-delivered", "grant-ended", "deposit-received")
    tell(
        "",
        *(f"{one.seq:4}  {one.event.kind:17} {one.event.actor}" for one in told.entries if one.event.kind in told_of),
    )
    tell("", f"the office's receipt is entry {entry.seq}: nobody can take it out again")


def tell_server(server: Server, sealed: Path) -> None:
    """What the operator has: rows of ciphertext. No marked string is in any file of the server."""
    with closing(sqlite3.connect(f"file:{server.data / 'mappe.db'}?mode=ro", uri=True)) as database:
        count, body = database.execute("SELECT count(*), max(body) FROM vault_objects").fetchone()
    content = sealed.read_bytes()
    probe = content[len(content) // 2 :][:PROBE_BYTES]
    marks = [text.encode() for text in (NAME, LANDLORD, PURPOSE, "Fiktionsbescheinigung", "Aufenthaltstitel")]
    marks += [probe] if len(set(probe)) > PROBE_BYTES // 4 else []  # not of a run of zeros
    size = 0
    control = False
    for path, data in contents(server):
        size += len(data)
        control = control or body.encode() in data
        for mark in marks:
            must(mark not in data, f"{path.name} holds a marked string in clear")
    must(control, "the search finds what is there")
    tell("OPERATOR", f"has {count} sealed objects; one of them: {body[:78]}…")
    tell("", f"searched all {size:,} bytes of database, write-ahead log, files and server log:")
    tell("", f"{len(marks)} marked strings (name, landlord, purpose, titles, file) are nowhere")


def contents(server: Server) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(server.folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def logged(read: Callable[[], T]) -> T:
    """What is read from the registry, once its leaf is in the public tree; before that no client takes it."""
    deadline = time.monotonic() + READ_SECONDS
    while True:
        try:
            return read()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def refusal(attempt: Any) -> str:
    """What the server says to an attempt that it must refuse."""
    try:
        attempt()
    except ServerProblem as problem:
        left = problem.extra.get("tries_left")
        return problem.code + ("" if left is None else f", {left} tries left")
    raise Mismatch("the server let something pass that it must refuse")


def run(command: str, *arguments: str, env: dict[str, str]) -> Any:
    """One of the published commands, as a process of its own; its JSON result."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name(command)), *arguments], env=env, text=True, capture_output=True
    )
    must(done.returncode == 0, f"{command} {arguments[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.journeys.demo", description=__doc__)
    options.add_argument("--file", type=Path, help="play the story with this file instead of a drawn scan")
    own: Path | None = options.parse_args().file
    if own is not None and not own.is_file():
        options.error(f"there is no file {own}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mappe-demo-") as folder:
        try:
            play(Path(folder), own)
        except (Mismatch, MappeError, FormatError) as mismatch:
            sys.stderr.write(f"Not as it must be: {mismatch}\n")
            return 1
    tell("", f"Everything is as it must be ({time.monotonic() - began:.0f} s).")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
