"""Suite 2 from end to end: an office with a key of it is asked, answered and read; papers are put in; nothing is weaker
than what both sides can do."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from mappe.agency.asking import Question
from mappe.errors import MappeError, ServerLied, ServerProblem
from mappe.formats import grant as g
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.errors import FormatError
from mappe.formats.locator import DepositLocator, parse_link
from mappe.formats.seal_keys import HybridPrivateKey, SealPrivateKey, load_private, public_raw
from mappe.holder import answering, deposits, files, grants, journal
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet

from tests.journeys.conftest import JOB_CENTRE, SOCIAL_OFFICE
from tests.journeys.test_scenarios import person_of, read_values, title_of
from tests.support.district import DAY, District

OFFICE = JOB_CENTRE.id
NAMES = ["person.family_name", "residence_title.date_of_expiry"]
KEYBOX_2 = 1200  # bytes: 1,120 encapsulated, 64 sealed, 16 of tag


@pytest.fixture(scope="module")
def hybrid(district: District) -> District:
    """The job centre has a key of suite 2 beside that of suite 1; the others have none."""
    district.add_hybrid(OFFICE)
    district.publish()
    return district


def holder(district: District) -> tuple[Wallet, bytes]:
    wallet, _ = district.person("samira")
    title_of(wallet)
    return wallet, person_of(wallet, "Haddad", "Samira")


def answered(district: District, wallet: Wallet, link: str, **more: bool) -> tuple[answering.Answered, grants.Prepared]:
    asked = answering.look(wallet.vault, link, district.registry_of(wallet))
    picks = [one.picks[0] for one in answering.match(wallet.vault, asked)]
    prepared = answering.prepare(wallet.vault, asked, picks, life=30 * DAY, language="de", **more)
    return answering.answer(wallet.vault, asked, prepared), prepared


def test_asked_answered_and_read(hybrid: District) -> None:
    wallet, _ = holder(hybrid)
    office = hybrid.offices[OFFICE]
    asked = office.ask(Question("benefit-claim", "desk", NAMES))
    done, prepared = answered(hybrid, wallet, asked.link, standing=True)
    assert json.loads(prepared.policy)["suite"] == 2
    assert len(unb64u(prepared.body["keybox"])) == KEYBOX_2
    assert done.digits is not None
    collected = office.collect(asked, done.digits)
    grant = b64u(collected.answers[0].grant)
    assert read_values(office.redeem(grant)) == {NAMES[0]: "Haddad", NAMES[1]: "2027-05-01"}
    assert [entry.event.kind for entry in journal.read(wallet.vault).entries][-1] == "grant-opened"

    item = next(one for one in wallet.vault.items("document") if one.payload["type"] == "person")
    fields = {
        **item.payload["fields"],
        "family_name": [{**item.payload["fields"]["family_name"][0], "value": "Khoury"}],
    }
    wallet.vault.put({**item.payload, "fields": fields}, item.id)
    grants.republish(wallet.vault, done.grant)  # under the same policy, to the same key
    assert read_values(office.redeem(grant))[NAMES[0]] == "Khoury"
    grants.end(wallet.vault, [done.grant])
    with pytest.raises(ServerProblem) as gone:
        office.redeem(grant)
    assert gone.value.code == "grant-withdrawn"


def test_a_share_that_nobody_asked_for_comes_by_the_inbox_and_by_the_code(hybrid: District) -> None:
    wallet, person = holder(hybrid)
    known = hybrid.registry_of(wallet).agencies[OFFICE]
    key = known.seal_key(wallet.server.now())
    assert key is not None and key.suite == 2
    to = grants.To(known.name, known.address, known.id, key.public)
    conditions = grants.Conditions("Antrag", "public-task", language="de", opens=0)
    prepared = grants.prepare(wallet.vault, to, [Pick(person, field="family_name")], conditions)
    grants.release(wallet.vault, prepared)
    answering.send_notice(wallet.vault, known, prepared)
    office = hybrid.offices[OFFICE]
    assert prepared.locator.grant in [one.grant for one in office.inbox().answers]
    assert read_values(office.redeem(grants.link_of(wallet.vault, prepared))) == {NAMES[0]: "Haddad"}


def test_an_office_without_such_a_key_is_sealed_to_as_before(hybrid: District) -> None:
    wallet, _ = holder(hybrid)
    office = hybrid.offices[SOCIAL_OFFICE.id]
    asked = office.ask(Question("competence-check", "link", ["residence_title.x_title_type"]))
    _, prepared = answered(hybrid, wallet, asked.link)
    assert (json.loads(prepared.policy)["suite"], len(unb64u(prepared.body["keybox"]))) == (1, 112)
    grant = b64u(office.collect(asked, None).answers[0].grant)
    assert list(read_values(office.redeem(grant))) == ["residence_title.x_title_type"]


def test_a_new_key_of_suite_2_takes_over_and_the_old_one_still_opens(hybrid: District) -> None:
    wallet, _ = holder(hybrid)
    asked = hybrid.offices[OFFICE].ask(Question("benefit-claim", "link", NAMES))
    answered(hybrid, wallet, asked.link)
    later = hybrid.add_hybrid(OFFICE)
    hybrid.publish()
    fresh, _ = holder(hybrid)
    key = hybrid.registry_of(fresh).agencies[OFFICE].seal_key(fresh.server.now())
    assert key is not None and key.kid == later
    with pytest.raises(MappeError) as stop:  # whoever knew the office sees its new key in red
        hybrid.registry_of(wallet)
    assert stop.value.code == "keys-changed"
    office = hybrid.offices[OFFICE]
    grant = b64u(office.collect(asked, None).answers[0].grant)
    assert read_values(office.redeem(grant))[NAMES[0]] == "Haddad"


def test_the_server_takes_no_box_that_does_not_fit_the_suite(hybrid: District) -> None:
    wallet, person = holder(hybrid)
    known = hybrid.registry_of(wallet).agencies[OFFICE]
    best, classic = known.seal_key(wallet.server.now()), known.seal_key(wallet.server.now(), (1,))
    assert best is not None and classic is not None
    conditions = grants.Conditions("Antrag", "public-task", language="de", opens=0)
    to = grants.To(known.name, known.address, known.id, best.public)

    def refused(keybox: str) -> str:
        prepared = grants.prepare(wallet.vault, to, [Pick(person, field="family_name")], conditions)
        key = grants._record_key(wallet.vault, prepared.locator, to)
        slots = {unb64u(id_, 16): token for id_, token in prepared.body["slots"].items()}
        record = g.make_record(
            key,
            grant=prepared.locator.grant,
            version=1,
            policy=prepared.policy,
            terms=prepared.terms,
            keybox=keybox,
            slots=slots,
            time=int(wallet.server.now()),
        )
        with pytest.raises(ServerProblem) as problem:
            grants.release(wallet.vault, replace(prepared, body={**prepared.body, "keybox": keybox, "record": record}))
        assert problem.value.extra["where"] == ["keybox"]
        return problem.value.code

    plain = g.KeyBox(bytes(32), bytes(32))
    below = g.seal_agency(classic.public, bytes(16), 1, bytes(32), plain)
    whole = unb64u(g.seal_agency(best.public, bytes(16), 1, bytes(32), plain))
    assert len(whole) == KEYBOX_2
    for keybox in (below, b64u(whole[:-1]), b64u(whole[:1119]), b64u(whole + bytes(1)), b64u(whole[1088:])):
        assert refused(keybox) == "grant-invalid"


@pytest.mark.parametrize("suite", [1, 2])
def test_papers_are_put_in_and_kept(hybrid: District, scan: Path, tmp_path: Path, suite: int) -> None:
    wallet, _ = holder(hybrid)
    link = deposits.new_code(wallet.vault, label="Beratung", suite=suite)
    assert len(link) == len(f"{hybrid.server.origin}/d#") + 43  # the code is as short in either suite
    with cleaned(scan) as clean:
        deposits.put_in(hybrid.connection(), DepositLocator.of(parse_link(link)[2]), clean, note="für Sie")
        sent = clean.path.read_bytes()
    (received,) = deposits.inbox(wallet.vault)
    assert (received.name, received.manifest and received.manifest.note) == ("Bescheid.pdf", "für Sie")
    paper = deposits.keep(wallet, received)
    described = wallet.vault.item(paper).payload["attachments"][0]
    assert files.fetch(wallet.vault, described, tmp_path / "out").read_bytes() == sent


def test_no_server_puts_a_weaker_key_in_place_of_the_code_s(hybrid: District, scan: Path) -> None:
    wallet, _ = holder(hybrid)
    link = deposits.new_code(wallet.vault, label="Beratung", suite=2)
    locator = DepositLocator.of(parse_link(link)[2])
    code = wallet.vault.item(locator.code).payload
    own: SealPrivateKey = load_private(unb64u(code["private"]), 2)
    assert isinstance(own, HybridPrivateKey) and code["key_hash"] == b64u(locator.key_hash)
    half, other = public_raw(own)[1184:], public_raw(HybridPrivateKey.generate())
    database = Path(hybrid.server.env["MAPPE_DATABASE_URL"].removeprefix("sqlite:///"))
    for shown in (half, other, public_raw(own)[:-1], b""):
        with sqlite3.connect(database, timeout=30) as db:
            db.execute("UPDATE deposit_codes SET public = ? WHERE code_id = ?", (shown, locator.code))
        with cleaned(scan) as clean, pytest.raises(ServerLied) as stopped:
            deposits.put_in(hybrid.connection(), locator, clean)
        assert stopped.value.code == "wrong-key"
    assert deposits.inbox(wallet.vault) == []


def test_a_code_of_a_later_suite_is_not_guessed_at(hybrid: District) -> None:
    wallet, _ = holder(hybrid)
    link = deposits.new_code(wallet.vault, label="Beratung", suite=2)
    item = wallet.vault.item(DepositLocator.of(parse_link(link)[2]).code)
    wallet.vault.put({**item.payload, "suite": 3}, item.id)
    with pytest.raises(FormatError, match="unsupported-suite"):
        deposits._private(wallet.vault, item.id)
