"""The decisions alone, without a server: every row of grant.md's "Opening"."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sharing.redeem.decision import (
    GrantState,
    LeaseState,
    Open,
    Refuse,
    Release,
    decide_file,
    decide_open,
    decide_peek,
    standing,
    still_released,
    undelivered,
)

NOW = 1_000
A, B, C = b"a" * 16, b"b" * 16, b"c" * 16
ACTIVE = GrantState(
    version=1,
    ended=None,
    suspended=False,
    nbf=NOW - 10,
    exp=NOW + 10,
    opens_max=2,
    opens_used=0,
    passcode=False,
    tries_used=0,
    tries_max=5,
    peeks_used=0,
    peeks_max=20,
)
CODED = replace(ACTIVE, passcode=True)
LEASE = LeaseState(version=1, until=NOW + 1, slots=A + B, files=b"")


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        (replace(ACTIVE, ended="revoked"), "grant-withdrawn"),
        (replace(ACTIVE, ended="link-leaked"), "grant-withdrawn"),
        (replace(ACTIVE, ended="stopped"), "grant-withdrawn"),
        (replace(ACTIVE, ended="restored"), "grant-withdrawn"),
        (replace(ACTIVE, ended="expired"), "grant-expired"),
        (replace(ACTIVE, ended="used-up"), "grant-used-up"),
        (replace(ACTIVE, exp=NOW), "grant-expired"),
        (replace(ACTIVE, exp=NOW, suspended=True), "grant-expired"),
        (replace(ACTIVE, suspended=True), "grant-suspended"),
        (replace(ACTIVE, nbf=NOW + 1), "grant-not-yet"),
    ],
)
def test_nothing_goes_on_without_standing(grant: GrantState, code: str) -> None:
    refusal = Refuse(code)  # type: ignore[arg-type]
    assert standing(grant, NOW) == refusal
    assert decide_peek(grant, NOW) == refusal
    assert decide_open(grant, LEASE, True, None, NOW) == refusal  # neither passcode nor lease helps
    assert decide_file(grant, LEASE, A, C, True, NOW) == refusal
    assert not still_released(grant, LEASE, NOW)


def test_it_begins_and_ends_on_the_second() -> None:
    assert standing(replace(ACTIVE, nbf=NOW), NOW) is None
    assert standing(replace(ACTIVE, exp=NOW + 1), NOW) is None


@pytest.mark.parametrize(
    ("grant", "lease", "passcode", "version", "verdict"),
    [
        (ACTIVE, None, None, None, Open(count=True)),
        (ACTIVE, None, None, 1, Open(count=True)),
        (replace(ACTIVE, opens_used=1), None, None, None, Open(count=True, last=True)),
        (replace(ACTIVE, opens_used=2), None, None, None, Refuse("grant-used-up")),
        (replace(ACTIVE, opens_used=2), LEASE, None, None, Open(count=False)),  # the same open goes on
        (replace(ACTIVE, opens_used=2), replace(LEASE, until=NOW), None, None, Refuse("grant-used-up")),
        (replace(ACTIVE, opens_max=0, opens_used=10**9), None, None, None, Open(count=True)),
        (ACTIVE, None, None, 2, Refuse("grant-changed")),  # before anything is counted
        (replace(ACTIVE, version=2), LEASE, None, None, Refuse("grant-changed", renew=True)),
        (replace(ACTIVE, version=2), LEASE, None, 2, Refuse("grant-changed", renew=True)),
        (ACTIVE, None, False, None, Open(count=True)),  # a proof that nobody asked for says nothing
        (CODED, None, None, None, Refuse("passcode-required")),
        (CODED, None, False, None, Refuse("passcode-wrong", spend_try=True)),
        (CODED, None, True, None, Open(count=True)),
        (CODED, LEASE, None, None, Refuse("passcode-required")),  # a lease does not replace it
        (CODED, LEASE, False, None, Refuse("passcode-wrong", spend_try=True)),
        (replace(CODED, opens_used=2), None, False, None, Refuse("passcode-wrong", spend_try=True)),
        (replace(CODED, tries_used=4), None, True, None, Open(count=True)),
        (replace(CODED, tries_used=5), None, True, None, Refuse("passcode-exhausted")),
        (replace(CODED, tries_used=5), None, False, None, Refuse("passcode-exhausted")),
        (replace(CODED, tries_used=5), LEASE, True, None, Refuse("passcode-exhausted")),
    ],
)
def test_open(
    grant: GrantState, lease: LeaseState | None, passcode: bool | None, version: int | None, verdict: Refuse | Open
) -> None:
    assert decide_open(grant, lease, passcode, version, NOW) == verdict


@pytest.mark.parametrize(
    ("grant", "verdict"),
    [
        (ACTIVE, Release(first=True)),
        (replace(ACTIVE, peeks_used=19), Release(first=True)),
        (replace(ACTIVE, peeks_used=20), Refuse("peeks-exhausted")),
        (replace(ACTIVE, opens_used=2), Release(first=True)),
        (replace(CODED, tries_used=5), Release(first=True)),
    ],
)
def test_peek(grant: GrantState, verdict: Refuse | Release) -> None:
    assert decide_peek(grant, NOW) == verdict


@pytest.mark.parametrize(
    ("lease", "slot", "known", "verdict"),
    [
        (LEASE, A, True, Release(first=True)),
        (replace(LEASE, files=C), A, True, Release(first=False)),
        (None, A, True, Refuse("lease-ended")),
        (replace(LEASE, until=NOW), A, True, Refuse("lease-ended")),
        (replace(LEASE, version=2), A, True, Refuse("grant-changed", renew=True)),
        (LEASE, C, True, Refuse("slot-unknown")),  # a slot that this lease has not had
        (LEASE, A[1:] + B[:1], True, Refuse("slot-unknown")),  # across the border of two ids
        (LEASE, A, False, Refuse("not-found")),
    ],
)
def test_file(lease: LeaseState | None, slot: bytes, known: bool, verdict: Refuse | Release) -> None:
    assert decide_file(ACTIVE, lease, slot, C, known, NOW) == verdict


@pytest.mark.parametrize("lease", [None, replace(LEASE, until=NOW), replace(LEASE, version=2)])
def test_a_file_stops(lease: LeaseState | None) -> None:
    assert still_released(ACTIVE, LEASE, NOW)
    assert not still_released(ACTIVE, lease, NOW)


def test_only_what_was_not_delivered() -> None:
    assert undelivered(b"", A + B) == A + B
    assert undelivered(B, A + B + C) == A + C
    assert undelivered(A + B, B + A) == b""
