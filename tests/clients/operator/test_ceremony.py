"""The ceremony as a library: what may be signed, and what no client will take."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.errors import MappeError
from mappe.formats.registry import Enrolment, check_fresh, verify_registry
from mappe.operator import ceremony, edits, printed
from mappe.operator.changes import compare
from mappe.operator.draft import DAY, Draft, payload_json

from tests.clients.office import PURPOSES, Roothold, enrolment_of, office

NOW = 1_790_000_000


@pytest.fixture
def hold(tmp_path: Path) -> Roothold:
    return Roothold(tmp_path)


@pytest.fixture
def jobcenter(tmp_path: Path, hold: Roothold) -> Enrolment:
    return enrolment_of(*office(tmp_path / "office", "https://mappe.example", hold.roots_file))


def refused(code: str) -> pytest.RaisesExc[MappeError]:
    return pytest.raises(MappeError, check=lambda error: error.code == code)


def test_each_version_follows_the_one_before(hold: Roothold, jobcenter: Enrolment) -> None:
    first = hold.draft(NOW)
    edits.add(first, jobcenter, "can-sanction", PURPOSES)
    one = verify_registry(hold.sign(first), hold.roots)
    two = verify_registry(hold.sign(hold.draft(NOW + DAY), (1, 2)), hold.roots)
    assert (one.version, one.previous) == (1, None)
    assert (two.version, two.previous) == (2, one.hash)
    assert two.agencies == one.agencies
    assert two.expires == NOW + DAY + 45 * DAY
    check_fresh(two, NOW + DAY, (one.version, one.hash))
    assert [len(ceremony.signers_of(document, hold.roots)) for document in hold.documents] == [2, 2]


@pytest.mark.parametrize("signers", [(0,), (1, 1), ()])
def test_two_different_roots_must_sign(hold: Roothold, signers: tuple[int, ...]) -> None:
    with refused("too-few"):
        hold.sign(hold.draft(NOW), signers)


def test_a_stranger_cannot_sign(hold: Roothold) -> None:
    with refused("not-a-root"):
        ceremony.sign(hold.draft(NOW), hold.roots, Ed25519PrivateKey.generate())


def test_a_signature_of_a_stranger_does_not_count(hold: Roothold, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Roothold(tmp_path / "other")
    draft = hold.draft(NOW)
    signatures = [ceremony.sign(draft, hold.roots, hold.keys[0]), ceremony.sign(draft, other.roots, other.keys[0])]
    with refused("not-verified"):
        ceremony.put_together(draft, hold.roots, signatures, NOW)


def test_an_edit_after_a_signature_is_noticed(hold: Roothold, jobcenter: Enrolment) -> None:
    draft = hold.draft(NOW)
    signatures = [ceremony.sign(draft, hold.roots, key) for key in hold.keys[:2]]
    edits.add(draft, jobcenter, "can-sanction", PURPOSES)
    with refused("other-draft"):
        ceremony.put_together(draft, hold.roots, signatures, NOW)


def test_an_altered_signature_does_not_verify(hold: Roothold) -> None:
    draft = hold.draft(NOW)
    signatures = [json.loads(ceremony.sign(draft, hold.roots, key)) for key in hold.keys[:2]]
    swapped = [{**one, "signature": {**one["signature"]}} for one in signatures]
    swapped[0]["signature"]["signature"] = signatures[1]["signature"]["signature"]
    with refused("not-verified"):
        ceremony.put_together(draft, hold.roots, [json.dumps(one).encode() for one in swapped], NOW)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"v":1}', b"\xff", b'{"v":2,"kind":"registry-signature"}'])
def test_what_is_no_signature_is_named(hold: Roothold, raw: bytes) -> None:
    with refused("not-a-signature"):
        ceremony.put_together(hold.draft(NOW), hold.roots, [raw, raw], NOW)


@pytest.mark.parametrize("days", [0, -1, 46, 400])
def test_a_version_lives_at_most_45_days(hold: Roothold, days: int) -> None:
    with refused("days"):
        hold.draft(NOW, days)


def test_a_longer_life_written_by_hand_is_not_signed(hold: Roothold) -> None:
    draft = hold.draft(NOW)
    draft.expires = NOW + 46 * DAY
    with refused("draft-wrong"):
        ceremony.sign(draft, hold.roots, hold.keys[0])


def test_an_expired_version_is_not_put_together(hold: Roothold) -> None:
    with refused("expired"):
        hold.sign(hold.draft(NOW), now=NOW + 45 * DAY)


def test_a_draft_does_not_follow_what_the_roots_did_not_sign(hold: Roothold, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Roothold(tmp_path / "other")
    with refused("not-verified"):
        Draft.follow(other.sign(other.draft(NOW)), hold.roots, NOW)
    with refused("not-verified"):
        Draft.follow(hold.sign(hold.draft(NOW)).replace('"payload":"', '"payload":"A', 1), hold.roots, NOW)
    with refused("clock"):
        Draft.follow(hold.documents[0], hold.roots, NOW - 1)


def test_a_swapped_base_is_noticed_by_the_signer(hold: Roothold, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Roothold(tmp_path / "other")
    draft = hold.draft(NOW)
    draft.base = other.sign(other.draft(NOW))
    for act in (ceremony.protocol_of, lambda d, r: ceremony.sign(d, r, hold.keys[0])):
        with refused("not-verified"):
            act(draft, hold.roots)


def test_a_draft_of_another_bundle_is_refused(hold: Roothold) -> None:
    with refused("wrong-bundle"):
        ceremony.protocol_of(Draft.start("nuernberg", NOW), hold.roots)


def test_verify_names_a_gap_a_fork_and_a_step_back(hold: Roothold) -> None:
    one, two, three = (hold.sign(hold.draft(NOW + step)) for step in range(3))
    versions = [verify_registry(document, hold.roots) for document in (one, two, three)]
    assert ceremony.check(three, hold.roots, NOW + 9, versions[1]).version == 3
    with refused("gap"):
        ceremony.check(three, hold.roots, NOW + 9, versions[0])
    with refused("rolled-back"):
        ceremony.check(one, hold.roots, NOW + 9, versions[1])
    hold.documents = [one]
    fork = hold.sign(hold.draft(NOW + 7))
    with refused("two-faced"):
        ceremony.check(fork, hold.roots, NOW + 9, versions[1])
    with refused("malformed"):
        ceremony.check(one, hold.roots, NOW - 2 * DAY)


def test_suspend_revoke_rotate_remove(hold: Roothold, jobcenter: Enrolment, tmp_path: Path) -> None:
    first = hold.draft(NOW)
    edits.add(first, jobcenter, "can-sanction", PURPOSES)
    hold.sign(first)
    draft = hold.draft(NOW + DAY)
    with refused("exists"):
        edits.add(draft, jobcenter, "can-sanction", PURPOSES)
    with refused("no-agency"):
        edits.set_status(draft, "nobody", "suspended")
    with refused("no-change"):
        edits.rotate(draft, jobcenter)
    for kid in ("", "AAAAAAAA", edits.agency_entry(draft, jobcenter.id)["keys"][0]["kid"][:5]):
        with refused("no-key"):
            edits.revoke(draft, jobcenter.id, kid)
    edits.set_status(draft, jobcenter.id, "suspended")
    old_seal = next(key for key in edits.agency_entry(draft, jobcenter.id)["keys"] if key["use"] == "seal")
    profile, keys = office(tmp_path / "again", "https://mappe.example", hold.roots_file)
    assert edits.rotate(draft, enrolment_of(profile, keys), overlap_days=10) == ["login", "request", "seal"]
    assert old_seal["exp"] == NOW + DAY + 10 * DAY
    edits.revoke(draft, jobcenter.id, old_seal["kid"][:8])
    entry = verify_registry(hold.sign(draft), hold.roots).agencies[jobcenter.id]
    assert entry.status == "suspended"
    assert {key.kid: key.status for key in entry.keys}[old_seal["kid"]] == "revoked"
    assert entry.active_keys("seal", NOW + 2 * DAY) == []
    edits.remove(last := hold.draft(NOW + 2 * DAY), jobcenter.id)
    assert verify_registry(hold.sign(last), hold.roots).agencies == {}


def test_the_same_key_cannot_belong_to_two_agencies(hold: Roothold, tmp_path: Path) -> None:
    profile, keys = office(tmp_path / "a", "https://mappe.example", hold.roots_file)
    twin, _ = office(tmp_path / "b", "https://mappe.example", hold.roots_file, id="jobcenter-twin")
    draft = hold.draft()
    edits.add(draft, enrolment_of(profile, keys), "can-sanction", PURPOSES)
    edits.add(draft, enrolment_of(twin, keys), "can-sanction", PURPOSES)
    with refused("draft-wrong"):
        draft.save(tmp_path / "draft.json")


def test_every_difference_is_said(hold: Roothold, jobcenter: Enrolment) -> None:
    draft = hold.draft(NOW)
    edits.add(draft, jobcenter, "can-sanction", PURPOSES)
    hold.sign(draft)
    (old,) = payload_json(hold.documents[0])["agencies"]
    assert compare([old], [old]) == []
    for member in old:
        if member == "id":
            continue
        new = json.loads(json.dumps(old))
        new[member] = [] if isinstance(new[member], list) else {} if isinstance(new[member], dict) else "other"
        assert compare([old], [new]), member
    for member in ("use", "nbf", "exp", "status", "jwk", "x_unknown"):
        new = json.loads(json.dumps(old))
        new["keys"][0][member] = 7
        assert compare([old], [new]), member
    for member in ("text", "basis", "retention", "fields", "x_unknown"):
        new = json.loads(json.dumps(old))
        new["purposes"][0][member] = ["more.fields"] if member == "fields" else "other"
        assert compare([old], [new]), member
    new = {**old, "x_extra": 1}
    assert [change.text for change in compare([old], [new])] == ["x_extra: None → 1"]
    assert [change.text for change in compare([old], [])] == ["removed: Jobcenter Erlangen"]
    more = json.loads(json.dumps(old))
    more["purposes"][0]["fields"].append("asylum.decision")
    (change,) = compare([old], [more])
    assert change.weighty and "MORE fields: asylum.decision" in change.text


def test_a_new_seal_key_is_announced_in_red(hold: Roothold, jobcenter: Enrolment, tmp_path: Path) -> None:
    draft = hold.draft(NOW)
    edits.add(draft, jobcenter, "can-sanction", PURPOSES)
    hold.sign(draft)
    edits.rotate(draft := hold.draft(NOW), enrolment_of(*office(tmp_path / "n", "https://m.example", hold.roots_file)))
    protocol = ceremony.protocol_of(draft, hold.roots)
    assert any("NEW key seal" in change.text and "wallets" in change.text for change in protocol.changes)


def test_a_key_of_suite_2_is_listed_apart_rotated_and_revoked(
    hold: Roothold, jobcenter: Enrolment, tmp_path: Path
) -> None:
    draft = hold.draft(NOW)
    edits.add(draft, jobcenter, "can-sanction", PURPOSES)
    hold.sign(draft)
    profile, keys = office(tmp_path / "n", "https://m.example", hold.roots_file)
    keys = keys.with_new("seal", NOW, 2)
    edits.rotate(draft := hold.draft(NOW), enrolment_of(profile, keys))
    protocol = ceremony.protocol_of(draft, hold.roots)
    assert any("NEW key seal, suite 2" in one.text and "wallets" in one.text for one in protocol.changes)
    classic, first = keys.of("seal", 1)[0].kid, keys.of("seal", 2)[0].kid
    entry = verify_registry(hold.sign(draft), hold.roots).agencies[jobcenter.id]
    assert [key.kid for key in entry.active_keys("seal", NOW + 1) if key.suite == 2] == [first]
    assert [row["kid"] for row in edits.agency_entry(draft, jobcenter.id)["keys_2"]] == [first]

    keys = keys.with_new("seal", NOW, 2)  # replaces the one before, and not the key of suite 1
    later = keys.of("seal", 2)[0].kid
    draft = hold.draft(NOW)
    assert edits.rotate(draft, enrolment_of(profile, keys), overlap_days=10) == ["seal"]
    ends = {row["kid"]: row["exp"] for row in edits.all_keys(edits.agency_entry(draft, jobcenter.id))}
    assert ends[first] == NOW + 10 * DAY and ends[classic] == ends[later] == NOW + edits.KEY_DAYS * DAY
    with refused("no-change"):
        edits.rotate(draft, enrolment_of(profile, keys))
    edits.revoke(draft, jobcenter.id, later[:8])
    entry = verify_registry(hold.sign(draft), hold.roots).agencies[jobcenter.id]
    best = entry.seal_key(NOW + 1)
    assert best is not None and best.kid == first
    (change,) = compare([{**draft.agencies[0], "keys_2": draft.agencies[0]["keys_2"][:1]}], [draft.agencies[0]])
    assert change.weighty and "NEW key seal, suite 2" in change.text


def test_an_agency_enrols_with_a_key_of_suite_2_from_the_start(hold: Roothold, tmp_path: Path) -> None:
    profile, keys = office(tmp_path / "n", "https://m.example", hold.roots_file)
    keys = keys.with_new("seal", NOW, 2)
    draft = hold.draft(NOW)
    edits.add(draft, enrolment_of(profile, keys), "can-sanction", PURPOSES)
    assert sum("key seal, suite 2" in one.text for one in compare([], draft.agencies)) == 1
    entry = verify_registry(hold.sign(draft), hold.roots).agencies[profile.id]
    assert sorted(key.suite for key in entry.keys) == [1, 1, 1, 2]


def test_unknown_members_survive_an_edit(hold: Roothold, jobcenter: Enrolment, tmp_path: Path) -> None:
    draft = hold.draft(NOW)
    edits.add(draft, jobcenter, "can-sanction", PURPOSES)
    draft.agencies[0]["x_opening_hours"] = {"mo": ["8", "12"]}
    draft.save(tmp_path / "d.json")
    hold.sign(Draft.load(tmp_path / "d.json"))
    later = hold.draft(NOW)
    edits.set_status(later, jobcenter.id, "suspended")
    assert payload_json(hold.sign(later))["agencies"][0]["x_opening_hours"] == {"mo": ["8", "12"]}


def test_the_printed_protocol_escapes_what_an_agency_wrote(hold: Roothold, jobcenter: Enrolment) -> None:
    draft = hold.draft(NOW)
    edits.add(draft, jobcenter, "can-sanction", PURPOSES)
    draft.agencies[0]["name"] = "<script>alert(1)</script>"
    protocol = ceremony.protocol_of(draft, hold.roots)
    page = printed.as_html(protocol)
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert protocol.hash in page and protocol.hash in printed.as_text(protocol)
    assert "http" not in page.replace("http-equiv", "")
    hold.sign(draft)
    signed = ceremony.protocol_of_signed(hold.documents[0], hold.roots, None)
    assert (signed.hash, len(signed.signers)) == (protocol.hash, 2)
    with refused("gap"):
        ceremony.protocol_of_signed(hold.documents[0], hold.roots, hold.documents[0])


def test_a_renewal_says_that_nothing_changes(hold: Roothold) -> None:
    hold.sign(hold.draft())
    assert "No change" in printed.as_text(ceremony.protocol_of(hold.draft(int(time.time()) + 5), hold.roots))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"v":1,"kind":"registry-draft"}', b"\xff\xfe"])
def test_what_is_no_draft_is_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "d").write_bytes(raw)
    with refused("not-a-draft"):
        Draft.load(tmp_path / "d")
