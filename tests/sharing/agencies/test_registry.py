"""The registry: what the server accepts, keeps, serves, and stops serving by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import log, registry
from mappe.formats.encoding import b64u
from mappe.formats.errors import FormatError

from audit.jobs import sequencer
from kit.clock import DAY
from sharing.agencies.registry import RegistryInForce
from tests.conftest import ServerFactory
from tests.sharing.office import BUNDLE, Office

pytestmark = pytest.mark.anyio


def refusal(office: Office, *documents: bytes) -> str:
    """The code with which loading is refused; the stored version stays what it was."""
    before = office.rows()["agency_registry"]
    with pytest.raises(FormatError) as caught:
        office.load(*documents)
    assert office.rows()["agency_registry"] == before
    return caught.value.code


async def served(office: Office) -> int:
    answer = await office.world.call("GET", "/v1/registry")
    assert answer.status_code == 200
    return registry.verify_registry(answer.content, office.roots).version


async def test_the_registry_is_served_as_signed_with_an_etag(office: Office) -> None:
    document = office.publish()
    answer = await office.world.call("GET", "/v1/registry")
    assert answer.content == document
    assert answer.headers["content-type"] == "application/jose+json"
    etag = answer.headers["etag"]
    again = await office.world.call("GET", "/v1/registry", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    office.publish()
    assert (await office.world.call("GET", "/v1/registry", headers={"if-none-match": etag})).status_code == 200


async def test_the_roots_are_served_as_pinned(office: Office) -> None:
    answer = await office.world.call("GET", "/v1/registry/roots")
    assert registry.parse_roots(answer.content) == office.roots
    assert len(registry.roots_fingerprint(office.roots)) == 19


async def test_every_version_is_a_leaf_of_the_public_log_once(office: Office) -> None:
    document = office.publish()
    office.load(document)  # the same file again repairs an interrupted load, and adds nothing
    sequencer(office.ctx).round(office.clock.now())
    office.load(document)
    sequencer(office.ctx).round(office.clock.now())
    listed = registry.verify_registry(document, office.roots)
    leaf = log.registry_leaf(listed.hash, 2, BUNDLE)
    leaves = [bytes(row[1]) for row in office.rows()["log_leaves"]]
    assert leaves.count(leaf) == 1
    assert len(leaves) == 2
    assert not office.rows()["log_pending"]
    assert not office.rows()["log_entries"]


async def test_one_root_key_is_not_enough(office: Office) -> None:
    payload = office.payload()
    one = registry.sign_payload(office.keys[0], payload)
    assert refusal(office, json.dumps({"payload": b64u(payload), "signatures": [one]}).encode()) in (
        "malformed",
        "bad-signature",
    )


async def test_the_same_root_key_twice_is_one_key(office: Office) -> None:
    assert refusal(office, office.sign(office.payload(), (1, 1))) == "bad-signature"


async def test_a_stranger_is_no_root_key(office: Office) -> None:
    payload = office.payload()
    signatures = [registry.sign_payload(key, payload) for key in (office.keys[0], Ed25519PrivateKey.generate())]
    assert refusal(office, registry.combine(payload, signatures).encode()) == "bad-signature"


async def test_a_changed_payload_has_no_signature(office: Office) -> None:
    signed = json.loads(office.sign(office.payload()))
    signed["payload"] = json.loads(office.sign(office.payload(issued=office.clock.now() - 1)))["payload"]
    assert refusal(office, json.dumps(signed).encode()) == "bad-signature"


async def test_another_bundle_is_refused(office: Office) -> None:
    assert refusal(office, office.sign(office.payload(bundle="elsewhere"))) == "header-mismatch"


async def test_an_expired_version_is_not_put_into_force(office: Office) -> None:
    document = office.sign(office.payload())
    office.clock.advance(45 * DAY)
    assert refusal(office, document) == "expired"


async def test_an_expired_version_may_bridge_to_one_that_is_not(office: Office) -> None:
    missed = office.payload()
    office.follow(missed)
    office.clock.advance(46 * DAY)
    assert office.load(office.sign(missed), office.sign(office.payload())).version == 3


async def test_an_older_version_is_refused(office: Office) -> None:
    first = office.sign(office.payload())
    office.publish()
    office.publish()
    assert refusal(office, first) == "rolled-back"


async def test_a_second_version_of_one_number_is_refused(office: Office) -> None:
    office.publish()
    office.version -= 1
    other = office.payload(issued=office.clock.now() - 5, previous=b"\1" * 32)
    assert refusal(office, office.sign(other)) == "two-faced"


async def test_a_successor_of_another_history_is_refused(office: Office) -> None:
    assert refusal(office, office.sign(office.payload(previous=b"\1" * 32))) == "two-faced"


async def test_a_gap_is_refused(office: Office) -> None:
    office.follow(office.payload())
    assert refusal(office, office.sign(office.payload())) == "gap"


async def test_nothing_is_stored_if_a_later_file_is_bad(office: Office) -> None:
    good = office.payload()
    document = office.sign(good)
    office.follow(good)
    assert refusal(office, document, office.sign(office.payload(), (2, 2))) == "bad-signature"


async def test_a_version_from_the_future_is_refused(office: Office) -> None:
    issued = office.clock.now() + 2 * DAY
    assert refusal(office, office.sign(office.payload(issued=issued, expires=issued + DAY))) == "malformed"


async def test_a_process_keeps_its_version_when_the_database_is_set_back_or_altered(office: Office) -> None:
    office.publish()
    assert await served(office) == 2
    office.ctx.db.write_now(lambda tx: tx.run("DELETE FROM agency_registry WHERE version = 2"))
    office.ctx.get(RegistryInForce).forget_poll()
    assert await served(office) == 2
    forged = office.sign(office.payload(version=3), (0, 0)).decode()
    office.ctx.db.write_now(
        lambda tx: tx.run(
            "INSERT INTO agency_registry (bundle, version, hash, document, accepted) VALUES (:b, 3, :h, :d, 0)",
            b=BUNDLE,
            h=bytes(32),
            d=forged,
        )
    )
    office.ctx.get(RegistryInForce).forget_poll()
    assert await served(office) == 2


async def test_an_expired_registry_signs_nobody_in_and_says_why(office: Office) -> None:
    token = await office.token()
    office.clock.advance(45 * DAY)
    answer = await office.sign_in()
    assert (answer.status_code, answer.json()["code"]) == (503, "registry-unavailable")
    assert "registry load" in answer.json()["next"]
    assert (await office.call("GET", "/v1/agency/inbox", token=token)).status_code in (401, 503)
    assert await served(office) == 1  # whoever reads it judges for himself
    office.publish()
    assert (await office.sign_in()).status_code == 401  # its login key has run out as well
    office.entries[0] = office.entry(office.agency)
    office.publish()
    assert (await office.sign_in()).status_code == 200


async def test_without_a_registry_nobody_is_known(office: Office) -> None:
    office.ctx.db.write_now(lambda tx: tx.run("DELETE FROM agency_registry"))
    office.ctx.add(RegistryInForce(office.roots))
    assert (await office.world.call("GET", "/v1/registry")).json()["code"] == "registry-unavailable"
    assert (await office.sign_in()).json()["code"] == "registry-unavailable"


def test_the_command_loads_and_shows_and_every_worker_follows(server: ServerFactory, tmp_path: Path) -> None:
    import time
    import urllib.request

    from kit.clock import ManualClock

    office = Office(ManualClock(int(time.time())), tmp_path)
    one = server(workers=2, REGISTRY_ROOT=str(office.roots_file))
    empty = one.run("registry", "show", check=False)
    assert empty.returncode == 1
    assert "No registry is loaded" in empty.stderr
    payload = office.payload()
    file = tmp_path / "v1.json"
    file.write_bytes(office.sign(payload, (0, 2)))
    assert "Version 1" in one.run("registry", "load", str(file)).stdout
    office.follow(payload)
    office.entries[0]["status"] = "suspended"
    file.write_bytes(office.sign(office.payload()))
    one.run("registry", "load", str(file))
    shown = one.run("registry", "show").stdout
    assert "version 2" in shown
    assert "SUSPENDED" in shown
    file.write_bytes(office.sign(office.payload(version=3), (0, 0)))
    refused = one.run("registry", "load", str(file), check=False)
    assert refused.returncode == 1
    assert "bad-signature" in refused.stderr
    deadline = time.monotonic() + 5
    versions: set[int] = set()
    while time.monotonic() < deadline and versions != {2}:
        answers = [urllib.request.urlopen(f"{one.origin}/v1/registry").read() for _ in range(12)]
        versions = {registry.verify_registry(answer, office.roots).version for answer in answers}
    assert versions == {2}
