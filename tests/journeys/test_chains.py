"""Scenarios in which offices give something back (S1, S10, S12): the client library against a real server process.

What an office says stands as a signed mark at the value (mark.md); the next office checks it against the registry.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from mappe.agency import marking
from mappe.agency.asking import Question
from mappe.agency.client import Agency, Redeemed
from mappe.errors import MappeError, ServerProblem
from mappe.formats.encoding import b64u
from mappe.formats.mark import Issued, Salted, marks_in, unverified
from mappe.holder import answering, deposits, grants, journal, marks
from mappe.holder.cleaning import Clean, cleaned
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value

from tests.journeys.test_scenarios import TODAY, answer_with, person_of, read_values
from tests.support.district import DAY, District

NAMES = ("person.family_name", "person.given_name")

LEASE = 601  # seconds: until then the one open may fetch what it has not fetched yet
ENDS_WITHIN = 60  # seconds for the server's own job to end the grant


def ask(district: District, office: Agency, wallet: Wallet, purpose: str, fields: Sequence[str]) -> Redeemed:
    """The office asks, the holder releases exactly that, the office reads it."""
    asked = office.ask(Question(purpose, "link", fields))
    done = answer_with(district, wallet, asked.link, list(fields))
    return office.redeem(b64u(office.collect(asked, done.digits).answers[0].grant))


def taken(district: District, wallet: Wallet) -> list[bytes]:
    """The holder takes over whatever offices have put in."""
    registry = district.registry_of(wallet)
    return [paper for one in deposits.inbox(wallet.vault, registry) for paper in marks.take(wallet, one, registry)]


def held(office: Agency, redeemed: Redeemed) -> dict[str, list[tuple[str, str]]]:
    """Field → (what is said, by whom) of the marks that hold."""
    slots = redeemed.opened.grant.slots
    found = office.marks(redeemed)
    return {
        slots[id_].name: [(one.says, one.by) for one in seen if one.state == "holds"] for id_, seen in found.items()
    }


def states(office: Agency, redeemed: Redeemed, field: str) -> list[str]:
    slots = redeemed.opened.grant.slots
    return [one.state for id_, seen in office.marks(redeemed).items() if slots[id_].name == field for one in seen]


def code(wallet: Wallet) -> str:
    return deposits.new_code(wallet.vault, label="Amt")


def kinds(wallet: Wallet) -> list[str]:
    return [str(entry.event.kind) for entry in journal.read(wallet.vault, tree=False).entries]


# ---- S1: three documents, four bodies


def notice(type_id: str, authority: str, reference: str) -> Issued:
    fields = {
        "authority": {"value": authority, "as_of": TODAY},
        "reference": {"value": reference, "as_of": TODAY},
        "valid_until": {"value": "2027-05-31", "as_of": TODAY},
    }
    return Issued(type_id, f"{authority}: {reference}", fields)


def test_s1_the_course_admission_chain(district: District, scan: Path) -> None:
    """Employment agency → social office → course provider → advice office: each opens only its own, and each of the
    first three puts its result into the wallet, where the next one reads and verifies it."""
    wallet, _ = district.person("rahel")
    person_of(wallet, "Haile", "Rahel")
    chain = (
        ("arbeitsagentur-musterstadt", "labour-market", "labour_market_confirmation", "AM-17", ()),
        ("sozialamt-musterstadt", "admission", "course_admission", "Z-2026-4", ("labour_market_confirmation",)),
        ("vhs-musterstadt", "registration", "course_registration", "K-301", ("course_admission",)),
    )
    read: dict[str, Redeemed] = {}
    for office_id, purpose, result, reference, before in chain:
        office = district.offices[office_id]
        wanted = (*NAMES, *(f"{type_id}.{name}" for type_id in before for name in ("authority", "reference")))
        read[office_id] = ask(district, office, wallet, purpose, wanted)
        assert sorted(read_values(read[office_id])) == sorted(wanted)  # its own, and nothing else
        for type_id in before:  # the paper of the one before, verified without asking it
            issuer = next(district.offices[one[0]].listed().name for one in chain if one[2] == type_id)
            assert held(office, read[office_id])[f"{type_id}.reference"] == [("issued", issuer)]
        link = code(wallet)
        office.issue(notice(result, office.listed().name, reference), link, of=read[office_id])
        with cleaned(scan) as clean:
            office.deposit(clean, link)
        registry = district.registry_of(wallet)
        paper, pdf = sorted(deposits.inbox(wallet.vault, registry), key=lambda one: one.kind)
        assert (paper.kind, paper.sender, pdf.sender) == ("credential", office.listed().name, office.listed().name)
        assert marks.take(wallet, paper, registry) == [_newest(wallet, result)]
        deposits.keep(wallet, pdf, type_id="other_paper")
        record = wallet.vault.item(_newest(wallet, result)).payload["fields"]["reference"][0]
        assert (record["value"], record["assurance"], record["source"]) == (
            reference,
            "issuer-signed",
            office.listed().name,
        )

    advice = district.offices["beratung-musterstadt"]
    last = ask(district, advice, wallet, "course-begun", ("course_registration.reference",))
    assert read_values(last) == {"course_registration.reference": "K-301"}
    assert held(advice, last)["course_registration.reference"] == [("issued", "Volkshochschule Musterstadt")]

    with pytest.raises(MappeError) as over:  # no office may ask for what is another's in the chain
        district.offices["vhs-musterstadt"].ask(
            Question("registration", "link", ("labour_market_confirmation.reference",))
        )
    assert over.value.code == "over-asking"
    for one in read.values():  # and no office opens what was shared with another
        assert one.answer is not None
        link = f"{wallet.server.origin}/a#{b64u(one.answer.locator)}"
        with pytest.raises(ServerProblem) as foreign:
            advice.redeem(link)
        assert foreign.value.status == 404
    happened = kinds(wallet)
    assert happened.count("grant-opened") == 4
    assert happened.count("deposit-accepted") == 6
    assert deposits.inbox(wallet.vault) == []


def _newest(wallet: Wallet, type_id: str) -> bytes:
    (found,) = (item.id for item in wallet.vault.items("document") if item.payload["type"] == type_id)
    return found


def test_a_paper_is_taken_whole_once_and_only_from_its_issuer(district: District) -> None:
    wallet, _ = district.person("sami")
    person_of(wallet, "Nasser", "Sami")
    office, stranger = district.offices["vhs-musterstadt"], district.offices["beratung-musterstadt"]
    paper, link = notice("course_registration", "VHS", "K-9"), code(wallet)
    office.issue(paper, link)
    registry = district.registry_of(wallet)
    (waiting,) = deposits.inbox(wallet.vault, registry)
    (unread,) = deposits.inbox(wallet.vault)  # without a registry nobody knows whose word it is
    with pytest.raises(MappeError) as nobody:
        marks.take(wallet, unread, registry)
    assert nobody.value.code == "unknown-sender"
    first = marks.take(wallet, waiting, registry)
    assert wallet.vault.item(first[0]).payload["title"] == paper.title
    with pytest.raises(ServerProblem):
        marks.take(wallet, waiting, registry)  # it is gone at the server, and the paper is there once
    assert len(list(wallet.vault.items("document"))) == 2

    bare = deposits.inbox(wallet.vault)
    assert bare == []
    mine, theirs = office.signer(), stranger.signer()
    false = replace(theirs, agency=mine.agency)  # another office's name under its own key
    refused = {
        "unknown-agency": marking.statement_of(false, paper, "issued", None),
        "mark-mismatch": marking.statement_of(theirs, paper, "issued", bytes(16)),  # of nobody in this wallet
        "malformed": b'{"v":1,"document":null,"marks":[]}',
    }
    for expected, statement in refused.items():
        marking.put(stranger._public, theirs, link, statement, "credential", "x")
        (waiting,) = deposits.inbox(wallet.vault, registry)
        with pytest.raises(MappeError) as wrong:
            marks.take(wallet, waiting, registry)
        assert wrong.value.code == expected
        deposits.discard(wallet.vault, waiting)
    assert len(list(wallet.vault.items("document"))) == 2
    with pytest.raises(MappeError) as other:
        marking.put(stranger._public, theirs, link.replace("127.0.0.1", "localhost"), b"", "credential")
    assert other.value.code == "other-server"
    with pytest.raises(MappeError) as bad:
        office.deposit(Clean(Path("x"), "x", "x", 1, False), link.replace("/d#", "/g#"))
    assert bad.value.code == "bad-link"


# ---- S10: checked once, relied on twice

CERTIFICATE = ("language_certificate.language", "language_certificate.cefr_level", "language_certificate.test_name")


def certificate(wallet: Wallet, person: bytes | None = None) -> bytes:
    fields = {
        "language": [value("de", as_of=TODAY)],
        "cefr_level": [value("B1", as_of=TODAY)],
        "test_name": [value("Zertifikat Deutsch", as_of=TODAY)],
    }
    return wallet.add_paper("language_certificate", fields, title="Zertifikat", person=person)


def seen_once(district: District, wallet: Wallet, person: bytes | None = None) -> Redeemed:
    """The advice office sees passport and certificate at the desk and signs; the holder takes it over."""
    office, fields = district.offices["beratung-musterstadt"], (*NAMES, *CERTIFICATE)
    asked = office.ask(Question("certificate", "link", fields))
    done = answer_with(district, wallet, asked.link, list(fields), person=person)
    redeemed = office.redeem(b64u(office.collect(asked, done.digits).answers[0].grant))
    office.sign_values(redeemed, fields, code(wallet))
    return redeemed


def test_s10_a_certificate_checked_once_is_relied_on_twice(district: District) -> None:
    wallet, _ = district.person("lina")
    person_of(wallet, "Aziz", "Lina")
    paper = certificate(wallet)
    first = seen_once(district, wallet)
    assert set(taken(district, wallet)) == {paper, _newest(wallet, "person")}
    record = wallet.vault.item(paper).payload["fields"]["cefr_level"][0]
    assert record["assurance"] == "seen-in-original"
    assert record["evidence"][0]["name"] == "Beratungsstelle Musterstadt"

    second = district.offices["jobcenter-musterstadt"]
    before = kinds(wallet)
    read = ask(district, second, wallet, "course-level", (*NAMES, *CERTIFICATE))
    assert set(held(second, read)) == {*NAMES, *CERTIFICATE}
    assert set(map(tuple, held(second, read).values())) == {(("seen-in-original", "Beratungsstelle Musterstadt"),)}
    assert marking.one_person([one for seen in second.marks(read).values() for one in seen])
    news = kinds(wallet)[len(before) :]
    assert news.count("grant-opened") == 1  # the second office alone: nobody asked the first one

    # nothing in what the second office got is a name that it and the first one have in common, but the mark itself
    ours = [slot.content["of"] for slot in read.opened.grant.slots.values()]
    theirs = [slot.content["of"] for slot in first.opened.grant.slots.values()]
    assert not {one[name] for one in ours for name in one} & {one[name] for one in theirs for name in one}


def test_a_mark_falls_with_an_edit_and_holds_for_nothing_else(district: District) -> None:
    wallet, _ = district.person("omid")
    person_of(wallet, "Rezai", "Omid")
    paper = certificate(wallet)
    seen_once(district, wallet)
    taken(district, wallet)
    second = district.offices["jobcenter-musterstadt"]
    payload = dict(wallet.vault.item(paper).payload)

    def shared_with(level: dict[str, object], field: str = CERTIFICATE[1]) -> list[str]:
        wallet.vault.put({**payload, "fields": {**payload["fields"], field.split(".")[1]: [level]}}, paper)
        return states(second, ask(district, second, wallet, "course-level", (field,)), field)

    real = payload["fields"]["cefr_level"][0]
    assert shared_with(real) == ["holds"]
    assert shared_with({**real, "value": "C2"}) == ["mark-mismatch"]  # a stale mark proves nothing
    assert shared_with({**real, "evidence": []}) == []  # and a claim without one is a claim
    language = payload["fields"]["language"][0]
    assert shared_with({**language, "evidence": real["evidence"]}, CERTIFICATE[0]) == ["mark-mismatch"]
    (entry,) = real["evidence"]
    other_salt = {**entry, "salt": b64u(bytes(16))}
    assert shared_with({**real, "evidence": [other_salt]}) == ["mark-mismatch"]
    assert shared_with({**real, "evidence": [{"kind": "mark"}, "x", {**entry, "token": "x.y"}]}) == ["malformed"]
    assert shared_with({**real, "evidence": [{"kind": "later", "token": entry["token"]}, entry]}) == ["holds"]


def share(district: District, wallet: Wallet, office: Agency, picks: Sequence[Pick], *, opens: int = 0) -> bytes:
    """The holder shares of their own accord; the grant's id, once the office has it in its inbox."""
    listed = district.registry_of(wallet).agencies[office.profile.id]
    key = listed.seal_key(wallet.server.now())
    assert key is not None
    to = grants.To(listed.name, listed.address, listed.id, key.public)
    conditions = grants.Conditions("Ergebnis der Beratung", life=30 * DAY, opens=opens, language="de")
    prepared = grants.prepare(wallet.vault, to, picks, conditions)
    grants.release(wallet.vault, prepared)
    answering.send_notice(wallet.vault, listed, prepared)
    assert prepared.locator.grant in {one.grant for one in office.inbox().answers}
    return prepared.locator.grant


def test_marks_are_of_one_person_and_of_papers_that_are_here(district: District) -> None:
    wallet, _ = district.person("zara")
    mother = person_of(wallet, "Amini", "Zara")
    child = wallet.add_person("Nuri", "child")
    fields = {"family_name": [value("Amini", as_of=TODAY)], "given_name": [value("Nuri", as_of=TODAY)]}
    wallet.add_paper("person", fields, title="Nuri", person=child)
    paper = certificate(wallet, person=child)
    office, second = district.offices["beratung-musterstadt"], district.offices["jobcenter-musterstadt"]
    seen_once(district, wallet, person=child)
    name = Pick(mother, field="given_name")
    read = office.redeem(b64u(share(district, wallet, office, [name])))
    office.sign_values(read, NAMES[1:], code(wallet))
    assert len(taken(district, wallet)) == 3

    def people(picks: Sequence[Pick]) -> bool:
        redeemed = second.redeem(b64u(share(district, wallet, second, picks)))
        seen = [one for found in second.marks(redeemed).values() for one in found]
        assert [one.state for one in seen] == ["holds"] * len(picks)
        return marking.one_person(seen)

    assert people([Pick(paper, field="cefr_level"), Pick(paper, field="language")])
    assert not people([name, Pick(paper, field="cefr_level")])  # the mother's name on the child's certificate

    # one that the office made for a paper of another wallet
    other, _ = district.person("nobody")
    person_of(other, "Amini", "Zara")
    office.sign_values(read, NAMES[1:], code(other))
    registry = district.registry_of(other)
    (waiting,) = deposits.inbox(other.vault, registry)
    with pytest.raises(MappeError) as foreign:
        marks.take(other, waiting, registry)
    assert foreign.value.code == "mark-mismatch"
    assert all("evidence" not in slot or not slot["evidence"] for slot in _records(other))


def _records(wallet: Wallet) -> list[dict[str, object]]:
    return [
        record
        for item in wallet.vault.items("document")
        for records in item.payload["fields"].values()
        for record in records
    ]


def test_what_came_by_a_link_is_signed_by_nobody(district: District) -> None:
    wallet, _ = district.person("vera")
    person_of(wallet, "Kovac", "Vera")
    prepared = grants.prepare(
        wallet.vault,
        grants.To("Verein"),
        [Pick(_newest(wallet, "person"), field="family_name")],
        grants.Conditions("Mitglied werden"),
    )
    assert all("of" not in one.content for one in prepared.slots)
    office = district.offices["beratung-musterstadt"]
    read = ask(district, office, wallet, "certificate", NAMES)
    for slot in read.opened.grant.slots.values():
        bare = replace(slot, content={name: one for name, one in slot.content.items() if name != "of"})
        with pytest.raises(MappeError) as nameless:
            marking.statement_on(office.signer(), [bare], "seen-in-original")
        assert nameless.value.code == "no-names"
    with pytest.raises(MappeError) as absent:
        office.sign_values(read, ("person.birthdate",), code(wallet))
    assert absent.value.code == "not-shared"


# ---- S12: written together, counter-signed, shared once


def test_s12_counselling_is_written_together_and_shared_once(district: District) -> None:
    """The advisor writes the goal agreement, the client the CV, both the competence profile; the advice office signs
    that it agrees, the client by sharing. The job centre opens it once, and that is the end."""
    wallet, _ = district.person("tesfay")
    person_of(wallet, "Tesfay", "Abel")
    advice, centre = district.offices["beratung-musterstadt"], district.offices["jobcenter-musterstadt"]
    goals = Issued(
        "goal_agreement",
        "Zielvereinbarung",
        {
            "goals": {"value": [{"goal": "B1 bis Mai"}], "as_of": TODAY},
            "date": {"value": TODAY, "as_of": TODAY},
        },
    )
    known = ask(district, advice, wallet, "intake", NAMES)
    advice.issue(goals, code(wallet), says="agreed", of=known)
    cv = wallet.add_paper("cv", {"x_summary": [value("Maurer, 8 Jahre", as_of=TODAY)]}, title="Lebenslauf")
    profile = wallet.add_paper(
        "competence_profile", {"x_wishes": [value("Ausbildung zum Polier", as_of=TODAY)]}, title="Kompetenzprofil"
    )
    own = ("cv.x_summary", "competence_profile.x_wishes")
    advice.sign_values(ask(district, advice, wallet, "counselling", own), own, code(wallet), says="agreed")
    assert len(taken(district, wallet)) == 3
    agreement = _newest(wallet, "goal_agreement")
    record = wallet.vault.item(cv).payload["fields"]["x_summary"][0]
    assert record["assurance"] == "self-declared"  # agreeing is no checking
    (mark,) = marks_in(record["evidence"])
    assert isinstance(mark, Salted) and unverified(mark.token).says == "agreed"

    picks = [
        Pick(agreement, field="goals"),
        Pick(agreement, field="date"),
        Pick(cv, field="x_summary"),
        Pick(profile, field="x_wishes"),
    ]
    grant = b64u(share(district, wallet, centre, picks, opens=1))
    read = centre.redeem(grant)
    assert read_values(read)["goal_agreement.goals"] == [{"goal": "B1 bis Mai"}]
    assert set(map(tuple, held(centre, read).values())) == {(("agreed", "Beratungsstelle Musterstadt"),)}
    with pytest.raises(ServerProblem) as over:
        centre.redeem(grant)
    assert over.value.code == "grant-used-up"
    district.advance(LEASE)
    deadline = time.monotonic() + ENDS_WITHIN
    while (row := next(one for one in grants.listing(wallet.vault) if one["id"] == grant))["state"] != "ended":
        assert time.monotonic() < deadline, row
        time.sleep(0.2)
    assert row["reason"] == "used-up"
