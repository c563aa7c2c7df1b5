"""The scenarios of daily life (docs/scenarios.md), played with the client library against a real server process."""

from __future__ import annotations

from pathlib import Path

import pytest
from mappe.agency.asking import Question
from mappe.errors import MappeError, ServerProblem
from mappe.formats.encoding import b64u
from mappe.formats.locator import DepositLocator, parse_link
from mappe.holder import answering, deposits, files, grants, journal
from mappe.holder.cleaning import cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.recipient.link import LinkHolder

from tests.support.district import DAY, District

TODAY = "2026-11-01"


def title_of(wallet: Wallet, *, expiry: str = "2027-05-01") -> bytes:
    fields = {
        "x_title_type": [value("Aufenthaltserlaubnis", as_of=TODAY, source="eAT")],
        "date_of_issuance": [value("2024-05-02", as_of=TODAY, source="eAT")],
        "date_of_expiry": [value(expiry, as_of=TODAY, source="eAT")],
        "issuing_authority": [value("Ausländerbehörde Musterstadt", as_of=TODAY, source="eAT")],
    }
    return wallet.add_paper("residence_title", fields, title="Aufenthaltstitel")


def person_of(wallet: Wallet, family: str, given: str) -> bytes:
    fields = {
        "family_name": [value(family, as_of=TODAY, source="passport")],
        "given_name": [value(given, as_of=TODAY, source="passport")],
        "birthdate": [value("1990", as_of=TODAY, source="own statement")],
    }
    return wallet.add_paper("person", fields, title="Ich")


def answer_with(
    district: District,
    wallet: Wallet,
    link: str,
    names: list[str],
    *,
    person: bytes | None = None,
    standing: bool = False,
) -> answering.Answered:
    asked = answering.look(wallet.vault, link, district.registry_of(wallet))
    found = {one.name: one for one in answering.match(wallet.vault, asked, person=person)}
    picks = [found[name].picks[0] for name in names]
    prepared = answering.prepare(wallet.vault, asked, picks, life=30 * DAY, language="de", standing=standing)
    return answering.answer(wallet.vault, asked, prepared)


def read_values(redeemed: object) -> dict[str, object]:
    return {slot.name: slot.content["value"] for slot in redeemed.opened.grant.slots.values()}  # type: ignore[attr-defined]


def test_s2_a_benefit_claim_at_the_job_centre(district: District) -> None:
    """Five fields at the desk, the clerk types the digits, the optional paper is left out, and the log tells it all."""
    wallet, _ = district.person("yemane")
    title_of(wallet)
    person_of(wallet, "የማነ", "Selam")
    office = district.offices["jobcenter-musterstadt"]
    required = (
        "person.family_name",
        "person.given_name",
        "residence_title.date_of_issuance",
        "residence_title.date_of_expiry",
        "residence_title.issuing_authority",
    )
    asked = office.ask(
        Question(
            "benefit-claim",
            "desk",
            required,
            ("declaration_of_commitment.guarantor",),
            on_no="Bitte Papiere mitbringen.",
        )
    )
    done = answer_with(district, wallet, asked.link, list(required))
    assert done.digits is not None

    wrong = f"{(int(done.digits) + 1) % 10**6:06d}"
    with pytest.raises(ServerProblem) as refused:
        office.collect(asked, wrong)
    assert refused.value.code == "digits-wrong"
    collected = office.collect(asked, done.digits)
    redeemed = office.redeem(b64u(collected.answers[0].grant))
    assert read_values(redeemed)["person.family_name"] == "የማነ"
    assert redeemed.missing(required) == []

    kinds = [entry.event.kind for entry in journal.read(wallet.vault).entries]
    assert kinds[-1] == "grant-opened"
    receipt = office.receipts.all()[-1]
    told = journal.read(wallet.vault)
    assert journal.check_receipt(wallet.vault, told, receipt.event, receipt.promise).event.kind == "grant-opened"

    grants.end(wallet.vault, [done.grant])
    with pytest.raises(ServerProblem) as gone:
        office.redeem(b64u(collected.answers[0].grant))
    assert gone.value.code == "grant-withdrawn"


def test_s3_the_competence_check_gets_exactly_two_fields(district: District) -> None:
    wallet, _ = district.person("ali")
    title_of(wallet)
    wallet.add_paper("origin", {"x_first_registration": [value("2023-02-11", as_of=TODAY)]}, title="Herkunft")
    office = district.offices["sozialamt-musterstadt"]
    names = ["residence_title.x_title_type", "origin.x_first_registration"]
    asked = office.ask(Question("competence-check", "link", names))
    done = answer_with(district, wallet, asked.link, names)
    collected = office.collect(asked, done.digits)
    assert sorted(read_values(office.redeem(b64u(collected.answers[0].grant)))) == sorted(names)
    with pytest.raises(MappeError) as again:
        answer_with(district, wallet, asked.link, names)
    assert again.value.code == "request-answered"  # one answer a request, says the server too


def test_s4_the_renewal_gap_is_bridged_by_a_link_without_software(
    district: District, scan: Path, tmp_path: Path
) -> None:
    """Three papers, one scan, a passcode: mistyped once, then opened once, never twice."""
    wallet, _ = district.person("maria")
    title = title_of(wallet, expiry="2026-12-01")
    with cleaned(scan) as clean:
        described = files.upload(wallet.vault, clean)
    paper = wallet.add_paper(
        "interim_paper",
        {"valid_until": [value("2027-03-01", as_of=TODAY)]},
        title="Fiktionsbescheinigung",
        attachments=[described],
    )
    prepared = grants.prepare(
        wallet.vault,
        grants.To("Vermieterin"),
        [Pick(title, field="date_of_expiry"), Pick(paper, field="valid_until"), Pick(paper, file=0)],
        grants.Conditions("Weiter wohnen, solange der Titel verlängert wird", passcode="042424", language="de"),
    )
    grants.release(wallet.vault, prepared)
    link = LinkHolder(grants.link_of(wallet.vault, prepared))
    assert link.peek().terms.purpose.startswith("Weiter wohnen")
    with pytest.raises(ServerProblem) as mistyped:
        link.open("111111")
    assert mistyped.value.extra["tries_left"] == 4
    opened = link.open("٠٤٢٤٢٤")  # the right one, in Arabic-Indic digits
    slot = next(id_ for id_, one in opened.grant.slots.items() if one.kind == "attachment")
    link.fetch(opened, slot, tmp_path / "got.pdf")
    with cleaned(scan) as clean:
        assert (tmp_path / "got.pdf").stat().st_size == clean.size
    with pytest.raises(ServerProblem) as used_up:
        LinkHolder(grants.link_of(wallet.vault, prepared)).open("042424")
    assert used_up.value.code == "grant-used-up"


def test_s6_a_standing_grant_follows_the_newest_notice(district: District) -> None:
    """Every three months a new notice: the advice office sees period and child, never the amounts."""
    wallet, _ = district.person("fatma")
    child = wallet.add_person("Emine", "child")

    def notice(start: str, end: str) -> dict[str, object]:
        return {
            "v": 1,
            "kind": "document",
            "type": "benefit_notice",
            "title": "Bescheid",
            "person": b64u(child),
            "created": wallet.server.now(),
            "updated": wallet.server.now(),
            "state": "present",
            "fields": {
                "period_from": [value(start, as_of=TODAY)],
                "period_until": [value(end, as_of=TODAY)],
                "persons": [value(["Emine"], as_of=TODAY)],
                "amounts": [value("563 EUR", as_of=TODAY)],
            },
            "attachments": [],
        }

    paper = wallet.vault.put(notice("2026-10-01", "2026-12-31"))
    office = district.offices["beratung-musterstadt"]
    names = ["benefit_notice.period_from", "benefit_notice.period_until", "benefit_notice.persons"]
    asked = office.ask(Question("tutoring", "link", names))
    done = answer_with(district, wallet, asked.link, names, person=child, standing=True)
    grant = b64u(office.collect(asked, done.digits).answers[0].grant)
    assert read_values(office.redeem(grant))["benefit_notice.period_until"] == "2026-12-31"

    wallet.vault.put(notice("2027-01-01", "2027-03-31"), paper)
    grants.republish(wallet.vault, done.grant)
    seen = read_values(office.redeem(grant))
    assert seen["benefit_notice.period_until"] == "2027-03-31"
    assert not any("amounts" in name for name in seen)


def test_s7_intake_takes_only_the_ticked_fields(district: District) -> None:
    wallet, _ = district.person("dilan")
    person_of(wallet, "Öztürk", "Dilan")
    office = district.offices["beratung-musterstadt"]
    names = ("person.family_name", "person.given_name", "person.birthdate", "contact.phone_number")
    asked = office.ask(Question("intake", "desk", names[:2], names[2:]))
    done = answer_with(district, wallet, asked.link, ["person.family_name", "person.given_name"])
    collected = office.collect(asked, done.digits)
    redeemed = office.redeem(b64u(collected.answers[0].grant))
    assert sorted(read_values(redeemed)) == ["person.family_name", "person.given_name"]
    assert redeemed.missing(names) == ["person.birthdate", "contact.phone_number"]


def test_s11_the_advisor_scans_papers_in_and_keeps_nothing(
    district: District, scan: Path, photo: Path, tmp_path: Path
) -> None:
    wallet, _ = district.person("omar")
    link = deposits.new_code(wallet.vault, label="Beratung")
    _, _, locator = parse_link(link)
    for path in (scan, photo):
        with cleaned(path) as clean:
            receipt = deposits.put_in(district.connection(), DepositLocator.of(locator), clean, note="vom Schreibtisch")
            assert {"event", "promise"} <= receipt.keys()
    received = deposits.inbox(wallet.vault)
    assert {one.name for one in received} == {scan.name, photo.name}
    assert {one.sender for one in received} == {"unknown sender"}
    paper = deposits.keep(wallet, received[0], title="Scan")
    assert deposits.keep(wallet, received[0]) == paper  # a lost answer is repaired by asking again
    deposits.discard(wallet.vault, received[1])
    item = wallet.vault.item(paper)
    described = item.payload["attachments"][0]
    got = files.fetch(wallet.vault, item.payload["attachments"][0], tmp_path / "back")
    assert got.stat().st_size == described["size"]
    assert deposits.inbox(wallet.vault) == []
    deposits.end_code(wallet.vault, DepositLocator.of(locator).code)
    with cleaned(photo) as clean, pytest.raises(ServerProblem) as closed:
        deposits.put_in(district.connection(), DepositLocator.of(locator), clean)
    assert closed.value.status in (404, 410)


def test_s13_one_share_shows_only_the_child_concerned(district: District) -> None:
    wallet, _ = district.person("nadia")
    children = {name: wallet.add_person(name, "child") for name in ("Amal", "Yusuf")}
    for name, id_ in children.items():
        fields = {"family_name": [value("Haddad", as_of=TODAY)], "given_name": [value(name, as_of=TODAY)]}
        wallet.add_paper("person", fields, title=name, person=id_)
    office = district.offices["beratung-musterstadt"]
    asked = office.ask(Question("intake", "link", ("person.family_name", "person.given_name")))
    done = answer_with(
        district, wallet, asked.link, ["person.family_name", "person.given_name"], person=children["Yusuf"]
    )
    collected = office.collect(asked, done.digits)
    assert read_values(office.redeem(b64u(collected.answers[0].grant)))["person.given_name"] == "Yusuf"


def test_s14_a_paper_that_cannot_be_obtained_is_an_answer(district: District) -> None:
    wallet, _ = district.person("hamid")
    missing = value(
        None,
        as_of=TODAY,
        missing="not-obtainable",
        reason="Es gibt dort kein Standesamt.",
        substitute="Eidesstattliche Versicherung",
    )
    paper = wallet.add_paper(
        "birth_certificate",
        {"date": [missing]},
        title="Geburtsurkunde",
        not_obtainable={"reason": "Es gibt dort kein Standesamt.", "substitute": "Eidesstattliche Versicherung"},
    )
    office = district.offices["beratung-musterstadt"]
    asked = office.ask(Question("birth-record", "link", ("birth_certificate.date",)))
    done = answer_with(district, wallet, asked.link, ["birth_certificate.date"])
    collected = office.collect(asked, done.digits)
    slot = next(iter(office.redeem(b64u(collected.answers[0].grant)).opened.grant.slots.values()))
    assert slot.content["missing"] == "not-obtainable"
    assert slot.content["substitute"] == "Eidesstattliche Versicherung"
    assert wallet.vault.item(paper).payload["state"] == "not-obtainable"


def test_s15_the_phone_is_lost(district: District, tmp_path: Path) -> None:
    """New phone from the sheet, old one locked out, nothing lost, the old recovery code dead."""
    wallet, secrets = district.person("grace")
    title = title_of(wallet)
    number = wallet.vault.state.number
    new = Wallet.adopt(
        district.connection(),
        tmp_path / "new-phone",
        handle=secrets.handle,
        recovery_code=secrets.recovery_code,
        sheet_pin=secrets.sheet_pin,
        floor=number,
    )
    assert new.vault.item(title).payload["title"] == "Aufenthaltstitel"
    old = next(row["device"] for row in new.devices() if not row["this"])
    fresh = new.lock_out(old, passphrase=secrets.passphrase)
    with pytest.raises(ServerProblem) as locked:
        wallet.vault.sync()
    assert locked.value.status == 401
    with pytest.raises((ServerProblem, MappeError)):
        Wallet.adopt(
            district.connection(),
            tmp_path / "thief",
            handle=secrets.handle,
            recovery_code=secrets.recovery_code,
            sheet_pin=secrets.sheet_pin,
        )
    third = Wallet.adopt(
        district.connection(),
        tmp_path / "third",
        handle=secrets.handle,
        recovery_code=fresh["recovery_code"],
        sheet_pin=fresh["sheet_pin"],
        floor=new.vault.state.number,
    )
    assert third.vault.item(title).payload["title"] == "Aufenthaltstitel"
