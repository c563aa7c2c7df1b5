"""Sign-in of agencies and their inbox."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

from mappe.formats.dpop import DpopProof

from kit.clock import DAY, HOUR
from kit.context import Context
from kit.database import Tx
from sharing.agencies import repository, tokens
from sharing.agencies.errors import AGENCY_SIGN_IN_REFUSED, INBOX_FULL, NOTICES_USED_UP
from sharing.agencies.registry import RegistryInForce
from sharing.agencies.tokens import Assertion, Refused

NOTICE_SECONDS = 30 * DAY  # an agency that does not fetch for a month is told by the holder in another way
NOTICES_WAITING = 50_000  # of one agency; some 100 MB, and weeks of work for a large office
NOTICES_AN_HOUR = 20  # of one wallet; a person tells a few agencies, a program would fill inboxes
NOTICES_A_PAGE = 100
SWEEP_BATCH = 1_000  # agencies or wallets a run


def read_assertion(ctx: Context, listed: RegistryInForce, assertion: str, proof: DpopProof, now: int) -> Assertion:
    """The verified assertion of a listed, active agency, or Problem `agency-sign-in-refused`, whatever was wrong."""

    def find_key(agency: str, kid: str) -> bytes | None:
        key = listed.login_key(agency, kid, now)
        return None if key is None else key.public

    listed.in_force(now)  # an expired registry is the operator's fault and says so
    try:
        return tokens.read_assertion(
            assertion, origin=ctx.config.public_origin, jkt=proof.jkt, find_key=find_key, now=now
        )
    except Refused:
        raise AGENCY_SIGN_IN_REFUSED() from None


def use_assertion(tx: Tx, assertion: Assertion) -> None:
    """Single use, across all processes. The row is kept as long as the assertion could be accepted."""
    if not repository.use_assertion(tx, assertion.agency, assertion.jti, assertion.exp):
        raise AGENCY_SIGN_IN_REFUSED()


def count_notice(tx: Tx, wallet: bytes, now: int) -> None:
    """Spends one of the wallet's notices of this hour; the row does not say for whom."""
    if repository.count_sent(tx, wallet, now // HOUR) > NOTICES_AN_HOUR:
        raise NOTICES_USED_UP()


def add_notice(tx: Tx, agency: str, notice: str, now: int) -> None:
    """Puts a sealed notice into the inbox. The same one sent again waits once."""
    if repository.add_notice(tx, agency, sha256(notice.encode()).digest(), notice, now) > NOTICES_WAITING:
        raise INBOX_FULL()


def inbox(tx: Tx, agency: str, after: int, now: int) -> list[dict[str, object]]:
    """What waits after this number, oldest first, one page."""
    rows = repository.notices(tx, agency, after, now - NOTICE_SECONDS, NOTICES_A_PAGE)
    return [{"id": number, "notice": notice, "time": time} for number, notice, time in rows]


def done(tx: Tx, agency: str, number: int) -> None:
    """The agency has it; it is erased here."""
    repository.drop_notice(tx, agency, number)


def sweep(ctx: Context, now: int) -> None:
    """Removes what has run out: notices, used assertions, hourly counters. For the background runner."""
    before, hour = now - NOTICE_SECONDS, now // HOUR - 1
    # one transaction for each agency or wallet: they may live on different servers one day
    for agency in ctx.db.read_now(lambda tx: repository.agencies_with_old_notices(tx, before, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.drop_old_notices, agency=agency, before=before))
    for agency in ctx.db.read_now(lambda tx: repository.agencies_with_old_assertions(tx, now, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.drop_old_assertions, agency=agency, now=now))
    for wallet in ctx.db.read_now(lambda tx: repository.wallets_with_old_quotas(tx, hour, SWEEP_BATCH)):
        ctx.db.write_now(partial(repository.drop_old_quotas, wallet=wallet, hour=hour))


def erase_wallet(tx: Tx, wallet: bytes) -> None:
    """Part of deleting a wallet."""
    repository.erase_quota(tx, wallet)
