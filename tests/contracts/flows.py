"""Captures mobile_api_spec/flows/ from real exchanges; `python -m tests.contracts.flows` writes them anew."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from mappe.agency.asking import Question
from mappe.agency.client import Agency
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.errors import FormatError
from mappe.formats.locator import DepositLocator, parse_link
from mappe.holder import answering, deposits, files, grants, journal
from mappe.holder.account import Secrets
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.link import LinkHolder

from app.migrate import upgrade
from tests.journeys.conftest import JOB_CENTRE
from tests.support.district import District
from tests.support.server import ROOT, Server

FLOWS = ROOT / "mobile_api_spec" / "flows"
TODAY = "2026-11-01"
PASSCODE = "042424"
LISTED = 2  # elements of a list that are shown
SETTLE_SECONDS = 60
AFTER_DEADLINE = 2 * 3600  # seconds; a promise is for one hour
TIMES = range(1_600_000_000, 2_600_000_000)  # integers of this size are times, not sizes
ORIGIN = "https://mappe.example"  # stands for the test server's address
GROWING = {"index", "size", "from", "to"}  # of a tree that others write to as well
HEADERS = ("Authorization", "DPoP", "Upload-Offset", "Deposit-Auth", "Range")
TITLES = {
    "link": "A link: create, add, share, open, log",
    "request": "A request: ask, answer, collect, redeem, receipt",
    "deposit": "A deposit: code, put in, keep",
    "recovery": "A recovery: new phone, old one locked out",
}


@dataclass
class Exchange:
    """One request and its answer, or (without a method) a line of the story."""

    said: str
    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    sent: bytes = b""
    status: int = 0
    media: str = ""
    got: bytes = b""


class Recorder(httpx2.BaseTransport):
    """Passes requests on, and keeps what was said."""

    def __init__(self) -> None:
        self.seen: list[Exchange] = []
        self._inner = httpx2.HTTPTransport(trust_env=False)

    def story(self, line: str) -> None:
        self.seen.append(Exchange(line))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        sent = request.read()
        answer = self._inner.handle_request(request)
        assert isinstance(answer.stream, httpx2.SyncByteStream)
        got = b"".join(answer.stream)
        answer.close()
        self.seen.append(
            Exchange(
                "",
                request.method,
                request.url.raw_path.decode(),
                {name: request.headers[name] for name in HEADERS if name in request.headers},
                sent,
                answer.status_code,
                answer.headers.get("content-type", ""),
                got,
            )
        )
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(got))


def capture(district: District, folder: Path) -> dict[str, list[Exchange]]:
    """Plays all flows on one server."""
    plays: dict[str, Callable[[District, Path, Recorder], None]] = {
        "link": _link,
        "request": _request,
        "deposit": _deposit,
        "recovery": _recovery,
    }
    captured = {}
    for name, play in plays.items():
        recorder = Recorder()
        (folder / name).mkdir(parents=True)
        play(district, folder / name, recorder)
        captured[name] = recorder.seen
    return captured


def _person(district: District, folder: Path, recorder: Recorder, *, quiet: bool = True) -> tuple[Wallet, Secrets]:
    """A wallet whose calls are recorded; `quiet`: from now on, its creation left out."""
    http = httpx2.Client(transport=recorder)
    connection = Connection(district.server.origin, http=http, now=district.now)
    made = Wallet.create(connection, folder / "phone", small_memory=True)
    if quiet:
        recorder.seen.clear()
    return made


def _title(wallet: Wallet) -> bytes:
    return wallet.add_paper(
        "residence_title", {"date_of_expiry": [value("2027-05-01", as_of=TODAY)]}, title="Aufenthaltstitel"
    )


def _settle(district: District, wallet: Wallet, recorder: Recorder) -> None:
    """Until everything lies in the tree; not recorded."""
    kept = list(recorder.seen)
    deadline = time.monotonic() + SETTLE_SECONDS
    pin = wallet.profile.log_pin.seq, wallet.profile.log_pin.leaf, wallet.profile.log_pin.proved
    while journal.read(wallet.vault, tree=False).waiting:
        assert time.monotonic() < deadline, "entries did not reach the tree"
        time.sleep(0.2)
    wallet.profile.log_pin.seq, wallet.profile.log_pin.leaf, wallet.profile.log_pin.proved = pin
    recorder.seen[:] = kept


def _scan(folder: Path) -> Path:
    path = folder / "Bescheid.bin"
    path.write_bytes(bytes(range(256)) * 40)
    return path


def _link(district: District, folder: Path, recorder: Recorder) -> None:
    recorder.story("The holder makes a wallet on a new device.")
    wallet, _ = _person(district, folder, recorder, quiet=False)
    recorder.story("The holder adds a paper with one field and a file.")
    with cleaned(_scan(folder)) as clean:
        described = files.upload(wallet.vault, clean)
    fields = {"valid_until": [value("2027-03-01", as_of=TODAY)]}
    paper = wallet.add_paper("interim_paper", fields, title="Fiktionsbescheinigung", attachments=[described])
    recorder.story("The holder shares both by a link with a passcode: first the own record, then the grant.")
    prepared = grants.prepare(
        wallet.vault,
        grants.To("Familie Brandstetter"),
        [Pick(paper, field="valid_until"), Pick(paper, file=0)],
        grants.Conditions("Wohnung behalten", passcode=PASSCODE, language="de"),
    )
    grants.release(wallet.vault, prepared)
    link = grants.link_of(wallet.vault, prepared)
    recorder.story("Whoever has the link looks, opens with the passcode, and fetches the file.")
    landlord = LinkHolder(link, http=httpx2.Client(transport=recorder), now=district.now)
    landlord.peek()
    opened = landlord.open(PASSCODE)
    slot = next(id_ for id_, one in opened.grant.slots.items() if one.kind == "attachment")
    landlord.fetch(opened, slot, folder / "fetched")
    _settle(district, wallet, recorder)
    recorder.story("The holder reads the log; each entry is looked for in the public tree.")
    journal.read(wallet.vault)
    recorder.story("The holder ends the share; a further look is refused.")
    grants.end(wallet.vault, [prepared.locator.grant])
    try:
        landlord.peek()
    except Exception as refused:
        assert getattr(refused, "code", "") == "grant-withdrawn"


def _request(district: District, folder: Path, recorder: Recorder) -> None:
    wallet, _ = _person(district, folder, recorder)
    _title(wallet)
    recorder.seen.clear()
    known = district.offices[JOB_CENTRE.id]
    office = Agency(known.profile, known.keys, http=httpx2.Client(transport=recorder), now=district.now)
    name = "residence_title.date_of_expiry"
    recorder.story("The office reads the registry, signs in, and makes a request for its desk.")
    asked = office.ask(Question("benefit-claim", "desk", (name,), on_no="Bitte Papiere mitbringen."))
    recorder.story("The holder scans the code, checks it against the registry, and releases the field.")
    seen = answering.look(wallet.vault, asked.link, district.registry_of(wallet))
    picks = answering.match(wallet.vault, seen)[0].picks[:1]
    prepared = answering.prepare(wallet.vault, seen, picks, life=30 * grants.DAY, language="de")
    done = answering.answer(wallet.vault, seen, prepared)
    recorder.story("The clerk types the six digits; the office collects the answer and reads the field.")
    redeemed = office.redeem(b64u(office.collect(asked, done.digits).answers[0].grant))
    assert [one.name for one in redeemed.opened.grant.slots.values()] == [name]
    _settle(district, wallet, recorder)
    recorder.story("After the promised time the office looks for its entry in the public log.")
    states = [state for _, state in office.receipts.check(int(district.now()) + AFTER_DEADLINE)]
    assert set(states) == {"included"}, states


def _deposit(district: District, folder: Path, recorder: Recorder) -> None:
    wallet, _ = _person(district, folder, recorder)
    recorder.story("The holder makes a code: its private half goes into the vault first.")
    link = deposits.new_code(wallet.vault, label="Beratung")
    recorder.story("Somebody with the code looks at it, and puts a file in.")
    sender = Connection(district.server.origin, http=httpx2.Client(transport=recorder), now=district.now)
    with cleaned(_scan(folder)) as clean:
        deposits.put_in(sender, DepositLocator.of(parse_link(link)[2]), clean)
    recorder.story("The holder looks into the quarantine, keeps the file, and lists it in a paper.")
    described = deposits.accept(wallet.vault, deposits.inbox(wallet.vault)[0])
    wallet.add_paper("other_paper", {}, title="Scan", attachments=[described])


def _recovery(district: District, folder: Path, recorder: Recorder) -> None:
    wallet, secrets = _person(district, folder, recorder)
    _title(wallet)
    recorder.seen.clear()
    recorder.story("A new phone signs in with recovery code and sheet PIN, and takes the snapshot.")
    connection = Connection(district.server.origin, http=httpx2.Client(transport=recorder), now=district.now)
    new = Wallet.adopt(
        connection,
        folder / "new-phone",
        handle=secrets.handle,
        recovery_code=secrets.recovery_code,
        sheet_pin=secrets.sheet_pin,
        floor=wallet.vault.state.number,
    )
    recorder.story("It lists the devices and locks the old one out: a new wallet key, new methods, a new sheet.")
    old = next(row["device"] for row in new.devices() if not row["this"])
    new.lock_out(old, passphrase=secrets.passphrase)


def page(name: str, seen: list[Exchange]) -> str:
    """The flow as Markdown."""
    lines = [f"# {TITLES[name]}", "", "Captured; long tokens are shortened ([how](README.md)).", ""]
    last = ""
    for one in seen:
        if not one.method:
            lines += [f"## {one.said}", ""]
            continue
        if call(one) == last:
            again = "The same call follows for the others."
            lines += [again, ""] if lines[-2] != again else []
            continue
        last = call(one)
        lines += [f"### {last}", ""]
        said = [f"{header}: {_header(header, text)}" for header, text in one.headers.items()]
        lines += ["```http", *said, "```", ""] if said else []
        for what, media, body in (("Sent", "", one.sent), ("Answer", one.media, one.got)):
            lines += _body(what, media, body)
    return "\n".join(lines).rstrip() + "\n"


def call(one: Exchange) -> str:
    """Method, path with its ids named, and status."""
    parts = [_shortened_part(part) for part in one.path.partition("?")[0].split("/")]
    return f"{one.method} {'/'.join(parts)} → {one.status}"


def sequence(seen: list[Exchange]) -> list[str]:
    """The calls in order; the same call again and again counts once."""
    made: list[str] = []
    for one in seen:
        if one.method and (not made or made[-1] != call(one)):
            made.append(call(one))
    return made


def _shortened_part(part: str) -> str:
    return "{hash}" if len(part) == 43 else "{id}" if len(part) == 22 else part


def _header(name: str, text: str) -> str:
    if name == "Authorization":
        return "DPoP <session token>" if "mst_" in text else "DPoP <access token>"
    return str(_shorten(text))


def _body(what: str, media: str, body: bytes) -> list[str]:
    if not body:
        return []
    try:
        value_ = json.loads(body)
    except ValueError:
        kind = "text" if media.startswith("text/") else "bytes"
        return [f"{what}: {len(body):,} {kind}.", ""] if kind == "bytes" else [f"{what}: a signed note.", ""]
    if isinstance(value_, dict) and value_.keys() == {"payload", "signatures"}:
        return [f"{what}: the registry (registry.md).", ""]
    return [f"{what}:", "", "```json", json.dumps(_shorten(value_), ensure_ascii=False, indent=1), "```", ""]


def _shorten(value_: Any) -> Any:
    if isinstance(value_, dict):
        growing = GROWING if value_.keys() & {"index", "from"} else set()
        return {_shorten(name): "<number>" if name in growing else _shorten(member) for name, member in value_.items()}
    if isinstance(value_, list):
        shown = [_shorten(one) for one in value_[:LISTED]]
        return shown + (["…"] if len(value_) > LISTED else [])
    if isinstance(value_, bool) or not isinstance(value_, (int, str)):
        return value_
    if isinstance(value_, int):
        return "<time>" if value_ in TIMES else value_
    return _text(value_)


def _text(text: str) -> str:
    text = re.sub(r"127\.0\.0\.1:\d+", ORIGIN.partition("//")[2], text).replace(ORIGIN.replace("https", "http"), ORIGIN)
    if text.startswith("{"):
        read = json.loads(text)
        return f"<event {read['kind']}>" if "kind" in read else "<policy>"
    if "\n" in text:
        return "<signed note>"
    if text.startswith("mst_"):
        return "<session token>"
    if text.count(".") in (2, 4) and len(text) > 60:
        return f"<{'JWS' if text.count('.') == 2 else 'JWE'} {_kind(text)}>"
    if re.fullmatch(r"[A-Za-z0-9_-]{22}", text):
        return "<id>"
    if re.fullmatch(r"[A-Za-z0-9_-]{43}", text):
        return "<hash>"
    if re.fullmatch(r"[0-9]{6}", text):
        return "<six digits>"
    if re.fullmatch(r"[0-9A-Z]{10}", text):
        return "<handle>"
    return "<box>" if re.fullmatch(r"[A-Za-z0-9_-]{64,}", text) else text


def _kind(token: str) -> str:
    try:
        header = json.loads(unb64u(token.partition(".")[0]))
    except (FormatError, ValueError):
        return "?"
    return str(header.get("typ", "?")).removeprefix("mappe/1/")


def write(district: District, folder: Path) -> Iterator[str]:
    for name, seen in capture(district, folder).items():
        (FLOWS / f"{name}.md").write_text(page(name, seen), "utf-8")
        yield f"{name}: {len(sequence(seen))} calls"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mappe-flows-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'mappe.db'}"
        upgrade(url)
        (folder / "server").mkdir()
        server = Server(folder / "server", {"MAPPE_DATABASE_URL": url})
        try:
            district = District(server, folder / "district").prepare()
            server.start()
            district.enrol(JOB_CENTRE)
            sys.stdout.writelines(f"{line}\n" for line in write(district, folder / "people"))
        finally:
            server.remove()


if __name__ == "__main__":
    main()
