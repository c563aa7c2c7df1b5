"""Files of a grant: logged before the first byte, cut off with the grant, never an open more or less."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.formats import log
from mappe.formats.encoding import b64u, unb64u

from tests.sharing.grant.world import Sealed, Wallet, World, both, new_lease

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


async def _share(world: World, size: int = 3 * MIB + 77, **options: Any) -> tuple[Wallet, Sealed, bytes, bytes, str]:
    """A wallet, a grant with one file that is opened, its ref, its bytes, and the lease."""
    wallet = await world.wallet()
    data = secrets.token_bytes(size)
    attachment, version = await wallet.attach(data)
    ref = secrets.token_bytes(16)
    files = [{"ref": b64u(ref), "attachment": b64u(attachment), "version": version}]
    sealed = await wallet.share(files=files, **options)
    lease = new_lease()
    assert (await world.open(sealed, lease=lease)).status_code == 200
    return wallet, sealed, ref, data, lease


@both
async def test_the_bytes_and_the_receipt(world: World) -> None:
    wallet, sealed, ref, data, lease = await _share(world)
    answer = await world.read_file(sealed, ref, lease=lease, slot=sealed.slots[0])
    assert answer.status_code == 200
    assert answer.content == data
    assert answer.headers["content-length"] == str(len(data))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"
    public = world.ctx.keys.published("promise")[0].public
    promise = log.verify_promise(unb64u(answer.headers["mappe-promise"]).decode(), public)
    event = log.check_receipt(unb64u(answer.headers["mappe-event"]).decode(), promise)
    assert event.kind == "file-delivered"
    last = wallet.events()[-1]
    assert last["kind"] == "file-delivered"
    assert last["slots"] == [sealed.slots[0]]
    assert last["lease"] == lease
    assert last["detail"] == {"version": 1, "file": b64u(ref)}


async def test_ranges_and_one_entry_a_lease(world: World) -> None:
    wallet, sealed, ref, data, lease = await _share(world, opens=2)
    slot = sealed.slots[0]
    part = await world.read_file(sealed, ref, lease=lease, slot=slot, headers={"range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, data[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(data)}"
    assert "mappe-promise" in part.headers
    rest = await world.read_file(sealed, ref, lease=lease, slot=slot, headers={"range": "bytes=2000-"})
    assert rest.content == data[2000:]
    assert "mappe-promise" not in rest.headers
    assert wallet.kinds().count("file-delivered") == 1
    other = new_lease()
    await world.open(sealed, lease=other)
    assert (await world.read_file(sealed, ref, lease=other, slot=slot)).status_code == 200
    assert wallet.kinds().count("file-delivered") == 2  # another open, another entry


async def test_a_range_outside_is_refused_and_not_written_down(world: World) -> None:
    wallet, sealed, ref, data, lease = await _share(world, size=1000)
    answer = await world.read_file(
        sealed, ref, lease=lease, slot=sealed.slots[0], headers={"range": f"bytes={len(data)}-"}
    )
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(data)}")
    assert "file-delivered" not in wallet.kinds()


@both
@pytest.mark.parametrize("how", ["revoked", "expired", "lease", "renewed", "suspended"])
async def test_the_stream_ends_with_what_it_rests_on(world: World, how: str) -> None:
    wallet, sealed, ref, data, lease = await _share(world, life=500 if how == "expired" else 5000)

    async def between(pieces: int) -> bool:
        if pieces == 1:
            if how == "revoked":
                assert (await wallet.end(sealed)).status_code == 200
            elif how == "renewed":
                assert (await wallet.put(sealed.again())).status_code == 200
            elif how == "suspended":
                await world.ctx.db.write(lambda tx: tx.run("UPDATE grants SET suspended = 1"))
            else:
                world.clock.advance(500 if how == "expired" else 600)
        return True

    status, headers, got = await world.download(sealed, ref, lease=lease, slot=sealed.slots[0], between=between)
    assert status == 200
    assert headers["content-length"] == str(len(data))
    assert got == data[: len(got)]
    assert 0 < len(got) <= MIB  # the chunk in hand, not one more; content-length tells the client that it is a part


async def test_aborted_downloads_cost_nothing_and_hide_nothing(world: World) -> None:
    wallet, sealed, ref, data, lease = await _share(world, opens=1)

    async def hang_up(pieces: int) -> bool:
        return False

    for _ in range(5):
        status, _, got = await world.download(sealed, ref, lease=lease, slot=sealed.slots[0], between=hang_up)
        assert (status, len(got) < len(data)) == (200, True)
    assert wallet.kinds().count("file-delivered") == 1  # it left, and that is written down
    assert (await wallet.listed(sealed))["opens_used"] == 1
    # the view limit holds for whoever comes after an aborted download
    assert (await world.open(sealed)).json()["code"] == "grant-used-up"
    assert (await world.read_file(sealed, ref, lease=lease, slot=sealed.slots[0])).content == data


async def test_who_gets_no_byte(world: World) -> None:
    wallet, sealed, ref, _, lease = await _share(world, opens=3)
    slot = sealed.slots[0]
    other = await wallet.share()

    async def code(**change: Any) -> tuple[int, str]:
        asked: dict[str, Any] = {"ref": ref, "lease": lease, "slot": slot, **change}
        answer = await world.read_file(sealed, asked.pop("ref"), **asked)
        return answer.status_code, answer.json()["code"]

    assert await code(ref=secrets.token_bytes(16)) == (404, "not-found")
    assert await code(lease=new_lease()) == (403, "lease-ended")
    assert await code(key=Ed25519PrivateKey.generate()) == (403, "lease-ended")  # somebody else's lease
    assert await code(slot=other.slots[0]) == (404, "slot-unknown")
    two = new_lease()
    await world.open(sealed, lease=two, slots=sealed.slots[1:])
    assert await code(lease=two) == (404, "slot-unknown")  # a slot that this lease has not had
    # another grant of the same wallet does not serve it
    third = new_lease()
    await world.open(other, lease=third)
    answer = await world.read_file(other, ref, lease=third, slot=other.slots[0])
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    world.clock.advance(600)
    assert await code() == (403, "lease-ended")
    assert "file-delivered" not in wallet.kinds()
    assert wallet.kinds()[-1] == "grant-refused"


async def test_nothing_after_the_end(world: World) -> None:
    wallet, sealed, ref, _, lease = await _share(world)
    await wallet.end(sealed)
    answer = await world.read_file(sealed, ref, lease=lease, slot=sealed.slots[0])
    assert (answer.status_code, answer.json()["code"]) == (410, "grant-withdrawn")


async def test_a_renewed_grant_wants_a_new_look_first(world: World) -> None:
    wallet, sealed, ref, data, lease = await _share(world)
    await wallet.put(sealed.again())
    slot = sealed.slots[0]
    first = await world.read_file(sealed, ref, lease=lease, slot=slot)
    assert (first.status_code, first.json()["code"]) == (409, "grant-changed")
    assert (await world.read_file(sealed, ref, lease=lease, slot=slot)).json()["code"] == "slot-unknown"
    assert (await world.open(sealed, lease=lease)).status_code == 200
    assert (await world.read_file(sealed, ref, lease=lease, slot=slot)).content == data


async def test_an_agency_reads_a_file(world: World) -> None:
    wallet, sealed, ref, data, lease = await _share(world, agency=world.agencies["agency-0"], opens=0)
    answer = await world.read_file(sealed, ref, lease=lease, slot=sealed.slots[0])
    assert answer.content == data
    assert wallet.events()[-1]["actor"] == {"type": "agency", "id": "agency-0"}
    assert wallet.events()[-1]["proof"]
