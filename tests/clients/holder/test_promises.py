"""What an entry must say before a device takes it as the promise for its act. Each lie is signed by the server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mappe.errors import ServerLied
from mappe.formats import log
from mappe.holder import promises
from mappe.holder.account import device_of
from mappe.holder.profile import new_device_key
from mappe.holder.vault import Vault

NOW, HOUR = 1_800_000_000, 3600
GRANT, OTHER = b"g" * 16, b"o" * 16
KEY = Ed25519PrivateKey.generate()
DEVICE = new_device_key()[0]
HERE = device_of(DEVICE)


def vault() -> Vault:
    profile = SimpleNamespace(promised=[], promised_at={}, found=[], restores=[], device_key=DEVICE, save=lambda: None)
    keys = SimpleNamespace(promise_key=lambda kid: KEY.public_key().public_bytes_raw())
    return cast(Vault, SimpleNamespace(profile=profile, keys=keys, server=SimpleNamespace(now=lambda: NOW)))


def answer(kind: str, *, time: int = NOW, actor: str = "device", actor_id: str | None = HERE, **more: Any) -> Any:
    event = log.make_event(log.Event(kind=kind, time=time, actor=actor, actor_id=actor_id, **more))
    r1, other = b"r" * 16, b"h" * 32
    leaf = log.leaf_hash(log.event_half(r1, event), other)
    return {"event": event, "promise": log.make_promise(KEY, log.Promise(leaf, r1, other, time, time + HOUR))}


def counted(of: str, time: int = NOW) -> Any:
    return answer("more-entries", time=time, actor="server", actor_id=None, detail={"hour": NOW, "of": of})


def refused(said: Any, *kinds: str, **about: Any) -> str:
    with pytest.raises(ServerLied) as caught:
        promises.keep(vault(), said, *kinds, **about)
    return caught.value.code


@pytest.mark.parametrize(
    "said",
    [
        {},
        answer("pin-ended"),
        answer("pin-set", actor_id=device_of(new_device_key()[0])),
        answer("pin-set", actor_id=None),
        answer("pin-set", actor="server", actor_id=HERE),
        answer("pin-set", time=NOW - 301),
        answer("pin-set", time=NOW + 301),
        counted("pin-set"),  # nothing of this kind is ever summed up
        counted("pin-released"),
        answer("more-entries", actor="server", actor_id=None, detail={"hour": NOW}),
    ],
    ids=["none", "kind", "device", "nobody", "server", "old", "future", "counted", "other counted", "of nothing"],
)
def test_another_entry_is_no_promise(said: Any) -> None:
    assert refused(said, "pin-set") == "promise-mismatch"


def test_what_the_act_was_about_stands_in_it() -> None:
    about: Any = {"grant": GRANT, "detail": {"version": 2}}
    assert refused(answer("grant-republished", grant=OTHER, detail={"version": 2}), "grant-republished", **about)
    assert refused(answer("grant-republished", grant=GRANT, detail={"version": 1}), "grant-republished", **about)
    assert refused(answer("grant-republished", grant=GRANT), "grant-republished", **about)
    promises.keep(
        vault(), answer("grant-republished", grant=GRANT, detail={"version": 2, "x": 1}), "grant-republished", **about
    )


def test_a_leaf_is_promised_once_found_or_not() -> None:
    here = vault()
    first = answer("pin-set")
    promises.keep(here, first, "pin-set")
    for _ in range(2):
        with pytest.raises(ServerLied) as again:
            promises.keep(here, first, "pin-set")
        assert again.value.code == "promise-mismatch"
        promises.settle(here)
    assert (here.profile.promised, len(here.profile.found)) == ([], 1)


def test_a_busy_hour_answers_with_its_sum_again_and_again() -> None:
    here = vault()
    for _ in range(3):
        promises.keep(here, counted("pin-released", NOW - HOUR), "pin-released")
    assert len(here.profile.promised) == 1
    assert refused(counted("pin-released", NOW - 2 * HOUR), "pin-released") == "promise-mismatch"
