"""Marked strings in everything a person writes; then a search of everything a thief, an operator or a listener has.

Nothing that the holder, the sender or the link knows may be found in database, blobs, logs, metrics, backup, ledger or
traffic; and what an end has removed may not be found in the database's raw pages once the sweep has run.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import obstore
import psycopg
import pytest
from mappe.agency.asking import Question
from mappe.errors import ServerProblem
from mappe.formats import join
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.locator import DepositLocator, parse_link
from mappe.holder import deposits, desk, export, files, grants, journal, pin
from mappe.holder import join as joining
from mappe.holder.cleaning import Clean
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.recipient.desk import Desk
from mappe.recipient.link import LinkHolder
from psycopg.sql import SQL, Identifier

from app.migrate import upgrade
from scripts.postgres_server import Postgres, free_port
from scripts.s3_server import S3Server
from tests.canary.proxy import Proxy
from tests.canary.search import Searcher, disguises
from tests.conftest import ServerFactory
from tests.journeys.conftest import ADVICE
from tests.journeys.test_scenarios import answer_with
from tests.support.district import DAY, District
from tests.support.server import Server

PASSCODE = "918273"


@dataclass
class Marks:
    """Random strings by the place they were put in."""

    all: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, place: str) -> str:
        text = f"KANARIE{secrets.token_hex(8)}ž"
        self.all[place] = text.encode()
        return text


def test_the_search_finds_every_disguise() -> None:
    mark = "KANARIE0123456789abcdefž".encode()
    searcher = Searcher({"m": mark})
    for how, data in disguises(mark):
        for padding in (b"", b"x", b"yy"):
            assert searcher.find(padding + data + b"rest"), how
    assert searcher.find(secrets.token_bytes(1 << 16)) == set()


@pytest.mark.slow
def test_nobody_else_ever_holds_what_people_wrote(server: ServerFactory, tmp_path: Path) -> None:
    one = server(start=False, LOG_LEVEL="debug")
    metrics = free_port()
    proxy = _behind_proxy(one)
    one.env["MAPPE_METRICS_PORT"] = str(metrics)
    district = District(one, tmp_path / "district").prepare()
    one.start()
    district.enrol(ADVICE)
    marks = Marks()
    sealed = play(district, marks, tmp_path)
    numbers = urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=10).read()
    one.run("backup", str(tmp_path / "backup"))
    time.sleep(3)
    one.stop()
    one.run("run-jobs")

    searcher = Searcher(marks.all)
    places = dict(_places(one, tmp_path))
    for place, paths in places.items():
        assert paths, f"there is nothing to search in {place}"
        assert searcher.find_in(paths) == set(), place
        control = tmp_path / f"control-{place}"
        for how, data in disguises(marks.all["file"]):  # the positive control: the same search, the same place
            control.write_bytes(paths[0].read_bytes() + data)
            assert searcher.find_in([control]), (place, how)
    traffic = proxy.captured()
    assert len(traffic) > 2 and not any(map(searcher.find, traffic))
    assert searcher.find(traffic[0] + marks.all["file"])
    assert searcher.find(numbers) == set() and searcher.find(numbers + marks.all["file"])

    # what has ended is gone: not even its ciphertext is in a page, a free page, the write-ahead log or a backup
    gone = Searcher({f"sealed {i}": part for i, part in enumerate(sealed)})
    assert any(gone.find(flow) for flow in traffic), "these bytes did pass: the search can find them"
    for place in ("database", "blobs", "backup", "ledger", "logs"):
        assert gone.find_in(places[place]) == set(), place
    proxy.close()


@pytest.mark.slow
def test_what_postgres_keeps(server: ServerFactory, tmp_path: Path) -> None:
    """Its rows, raw pages, write-ahead log and own log hold nothing that people wrote. What has ended leaves the rows
    at once, the pages when they are rewritten, the write-ahead log when its segments go (docs/operations.md).
    """
    # outside tmp_path, which is closed to PostgreSQL's user
    settings = {"log_statement": "all", "max_wal_size": "64MB", "min_wal_size": "32MB", "wal_recycle": "off"}
    with Postgres.start(Path(tempfile.mkdtemp(prefix="mappe-canary-")), settings=settings) as cluster:
        url = cluster.new_database()
        upgrade(url)
        district = District(server(start=False, DATABASE_URL=url), tmp_path / "district").prepare()
        district.server.start()
        district.enrol(ADVICE)
        marks = Marks()
        sealed = play(district, marks, tmp_path)
        time.sleep(3)
        district.server.stop()
        district.server.run("run-jobs")
        known = Searcher(marks.all)
        gone = Searcher({f"sealed {i}": part for i, part in enumerate(sealed)})
        with psycopg.connect(url, autocommit=True) as database:
            places = _of_postgres(database)
            for place, paths in places.items():
                assert paths, f"there is nothing to search in {place}"
                assert known.find_in(paths) == set(), place
                control = tmp_path / "control"
                control.write_bytes(paths[0].read_bytes() + marks.all["file"])
                assert known.find_in([control]), place
            rows = _rows(database)
            assert known.find(rows) == gone.find(rows) == set()
            assert known.find(rows + marks.all["file"])
            assert gone.find_in(places["write-ahead log"]), "these bytes did pass: the search can find them"

            database.execute("VACUUM FULL")  # rewrites every page
            for _ in range(2):  # a segment goes at the checkpoint after the one that no longer needs it
                database.execute("SELECT pg_switch_wal()")
                database.execute("CHECKPOINT")
            places = _of_postgres(database)
            assert gone.find_in(places["pages"]) == set()
            assert gone.find_in(places["write-ahead log"]) == set()


def test_what_a_bucket_keeps(server: ServerFactory, s3: S3Server, tmp_path: Path) -> None:
    """Every object in the bucket, by name and by bytes, while the story's files lie there and after they have gone."""
    one = server(start=False, blobs="s3")
    bucket = s3.store(one.env["MAPPE_BLOBS"].removeprefix("s3://").strip("/"))
    district = District(one, tmp_path / "district").prepare()
    one.start()
    district.enrol(ADVICE)
    marks = Marks()
    play(district, marks, tmp_path)
    one.stop()
    one.run("run-jobs")

    def everything() -> list[bytes]:
        found = [row for page in obstore.list(bucket) for row in page]
        return [row["path"].encode() + b"\n" + bytes(obstore.get(bucket, row["path"]).bytes()) for row in found]

    objects, known = everything(), Searcher(marks.all)
    assert sum(map(len, objects)) > len(marks.all["file"]) * 50, "the story has left no file in the bucket"
    assert not any(map(known.find, objects))
    for _, data in disguises(marks.all["file"]):  # the positive control, through the same way
        obstore.put(bucket, "control", data)
        assert any(map(known.find, everything()))
    obstore.delete(bucket, "control")


def _of_postgres(database: psycopg.Connection[Any]) -> dict[str, list[Path]]:
    """The files of this database, once everything is on the disk."""
    database.execute("CHECKPOINT")
    found = database.execute(
        "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    assert found is not None
    data, folder = Path(found[0]), str(found[1])
    return {
        "pages": [path for path in (data / "base" / folder).iterdir() if path.is_file()],
        "write-ahead log": [path for path in (data / "pg_wal").iterdir() if path.is_file()],
        "server log": [data / "server.log"],
    }


def _rows(database: psycopg.Connection[Any]) -> bytes:
    """Every row as bytes: a page may hold a long value compressed, in a way that the search cannot undo."""
    tables = [row[0] for row in database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    whole = b""
    for table in tables:
        for row in database.execute(SQL("SELECT * FROM {}").format(Identifier(table))):
            whole += b"|".join(one if isinstance(one, bytes) else str(one).encode() for one in row) + b"\n"
    return whole


def play(district: District, marks: Marks, tmp_path: Path) -> list[bytes]:
    """The whole story; returns pieces of ciphertext that must not outlive it."""
    wallet, secrets_ = district.person("amina")
    marks.all |= {
        "passphrase": secrets_.passphrase.replace(" ", "").encode(),
        "recovery": secrets_.recovery_code.encode(),
        "stop": secrets_.stop_code.encode(),
        "passcode": f'"{PASSCODE}"'.encode(),
    }
    path = tmp_path / "source.bin"
    path.write_bytes(marks("file").encode() * 50)
    clean = Clean(path, marks("file name") + ".bin", "application/octet-stream", path.stat().st_size, cleaned=False)
    described = files.upload(wallet.vault, clean)
    child = wallet.add_person(marks("person"), "child")
    field = value(marks("field"), as_of="2026-11-01", source=marks("source"))
    issuing = value(marks("other field"), as_of="2026-11-01")
    paper = wallet.add_paper(
        "residence_title",
        {"issuing_authority": [field], "x_title_type": [issuing]},
        title=marks("title"),
        attachments=[described],
    )
    wallet.add_paper(
        "person",
        {
            "family_name": [value(marks("family name"), as_of="2026", source="")],
            "given_name": [value(marks("given name"), as_of="2026", source="")],
        },
        title=marks("second title"),
    )
    sealed: list[bytes] = []

    # a link with a passcode: looked at, mistyped, opened, fetched, published again, ended
    conditions = grants.Conditions(marks("purpose"), passcode=PASSCODE, opens=3, language="de")
    picks = [Pick(paper, field="issuing_authority"), Pick(paper, file=0)]
    prepared = grants.prepare(wallet.vault, grants.To(marks("recipient")), picks, conditions)
    grants.release(wallet.vault, prepared)
    sealed += _parts(prepared)
    link = LinkHolder(grants.link_of(wallet.vault, prepared))
    marks.all["link"] = b64u(prepared.locator.secret).encode()
    link.peek()
    with pytest.raises(ServerProblem):
        link.open("111111")
    opened = link.open(PASSCODE)
    slot = next(id_ for id_, item in opened.grant.slots.items() if item.kind == "attachment")
    link.fetch(opened, slot, tmp_path / "got.bin")
    grants.republish(wallet.vault, prepared.locator.grant)
    wallet.vault.server.post("/v1/grants/end", {"ids": [b64u(prepared.locator.grant)]})

    # an office asks, is answered, reads
    office = district.offices[ADVICE.id]
    names = ("person.family_name", "person.given_name")
    asked = office.ask(Question("intake", "link", names, on_no=marks("what no means")))
    done = answer_with(district, wallet, asked.link, list(names))
    collected = office.collect(asked, done.digits)
    office.redeem(b64u(collected.answers[0].grant))

    # somebody puts a file in
    code = deposits.new_code(wallet.vault, label=marks("label"))
    locator = DepositLocator.of(parse_link(code)[2])
    other = tmp_path / "deposit.bin"
    other.write_bytes(marks("deposited file").encode() * 50)
    sent = Clean(other, marks("deposited name"), "application/octet-stream", other.stat().st_size, cleaned=False)
    deposits.put_in(district.connection(), locator, sent, note=marks("note"))
    deposits.accept(wallet.vault, deposits.inbox(wallet.vault)[0])
    journal.read(wallet.vault)
    export.export(wallet.vault, tmp_path / "everything")

    sealed += _let_in(district, wallet, marks, tmp_path)
    sealed += _hand_over(district, wallet, marks, paper)

    # somebody else comes, shares, and deletes everything
    guest, _ = district.person("guest")
    theirs = guest.add_paper("residence_title", {"issuing_authority": [value(marks("guest"), as_of="2026")]}, title="x")
    shared = grants.prepare(
        guest.vault, grants.To("x"), [Pick(theirs, field="issuing_authority")], grants.Conditions(marks("why"))
    )
    grants.release(guest.vault, shared)
    sealed += _parts(shared)
    guest.delete()
    assert child and DAY
    return sealed


def _let_in(district: District, wallet: Wallet, marks: Marks, tmp_path: Path) -> list[bytes]:
    """A PIN that is forgotten and a device that joins: the share and the box, of which nothing may be left."""
    pin.set_pin(wallet, "975310")
    marks.all["device secret"] = unb64u(json.loads((wallet.profile.folder / pin.FILE).read_text())["secret"])
    marks.all["wallet key"] = wallet.vault.vmk
    share = secrets.token_bytes(32)  # in place of the first one
    wallet.vault.server.put("/v1/pin", {"share": b64u(share), "proof": b64u(secrets.token_bytes(32))})
    pin.forget(wallet)
    new = joining.begin(district.connection(), tmp_path / "joined")
    state = wallet.vault.state
    assert state.head is not None
    inside = join.Joined(
        wallet.profile.handle, wallet.vault.genesis.wallet_id, wallet.vault.vmk, state.number, state.head, "device"
    )
    box = join.seal_join(new.code, inside)
    body = {"device": new.code.device, "box": box, "mode": "device"}
    wallet.vault.server.post(f"/v1/joins/{b64u(new.code.id)}", body)
    assert new.collect() is not None
    return [share, box[100:140].encode()]


def _hand_over(district: District, wallet: Wallet, marks: Marks, paper: bytes) -> list[bytes]:
    """A clerk without enrolment: of their page, the comparison and the box nothing may be left."""
    page = Desk.begin(district.connection())

    def meanwhile(seconds: float) -> None:
        page.listen()

    meeting = desk.meet(wallet.vault, page.number, sleep=meanwhile)
    assert page.listen() and page.compared is not None
    prepared = meeting.prepare(wallet.vault, [Pick(paper, field="issuing_authority")], marks("at the desk"))
    marks.all["locator for the desk"] = b64u(meeting.secret).encode()
    meeting.give(wallet.vault, prepared)
    given = page.collect()
    assert given is not None
    given.open()
    wallet.vault.server.post("/v1/grants/end", {"ids": [b64u(prepared.locator.grant)]})
    said = page.compared.opening
    return [page.code.public, page.nonce, said.nonce, said.commit, *_parts(prepared)]


def _parts(prepared: grants.Prepared) -> list[bytes]:
    """The middle of each sealed part, which is nobody's header."""
    body = prepared.body
    tokens = [body["keybox"], body["terms"], *body["slots"].values()]
    return [str(token).split(".")[-2 if "." in token else 0][8:48].encode() for token in tokens]


def _places(one: Server, tmp_path: Path) -> Iterator[tuple[str, list[Path]]]:
    database = Path(one.env["MAPPE_DATABASE_URL"].removeprefix("sqlite:///"))
    yield "database", [database, *database.parent.glob(f"{database.name}-*")]
    yield "blobs", [path for path in (one.data / "blobs").rglob("*") if path.is_file()]
    yield "ledger", [path for path in (one.data / "ledger").iterdir() if path.is_file()]
    yield "logs", [one.log]
    yield "backup", [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]


def _behind_proxy(one: Server) -> Proxy:
    """Clients keep talking to `one.origin`; the server moves behind it."""
    front, inner = one.port, free_port()
    one.env |= {"MAPPE_PORT": str(inner), "MAPPE_PUBLIC_ORIGIN": one.origin}
    return Proxy(front, inner)
