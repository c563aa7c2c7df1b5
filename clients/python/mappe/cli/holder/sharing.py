"""Sharing single values: by a link with anybody, or with one office of the registry."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from ...errors import MappeError
from ...formats.digits import PASSCODE_DIGITS, new_digits
from ...formats.encoding import b64u
from ...holder import answering, grants
from .. import qr
from ..output import JsonOption, Out
from .common import (
    DEFAULT_FOLDER,
    FolderOption,
    LanguageOption,
    NewKeysOption,
    PassphraseOption,
    QrOption,
    YesOption,
    open_wallet,
    registry_of,
)
from .picking import DaysOption, StandingOption, TakeOption, ending, picks, preview

Basis = Literal["consent", "contract", "public-task"]


def share_link(
    take: TakeOption,
    purpose: Annotated[str, typer.Option(help="What it is for; the recipient reads this.")],
    to: Annotated[str, typer.Option(help="Whom you give it to; the recipient reads this.")] = "",
    days: DaysOption = 7,
    opens: Annotated[int, typer.Option(min=1, max=1000, help="How often it can be opened.")] = 1,
    passcode: Annotated[
        bool, typer.Option(help="Protect it with six digits that you tell the recipient yourself.")
    ] = True,
    standing: StandingOption = False,
    language: LanguageOption = "en",
    qr_file: QrOption = None,
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Share single values with somebody who has no software: a link and QR code."""
    out = Out(json_)
    qr.check_target(qr_file)
    opened = open_wallet(wallet, passphrase_file, fresh=True)
    code = new_digits(PASSCODE_DIGITS) if passcode else None
    conditions = grants.Conditions(
        purpose, language=language, life=days * grants.DAY, opens=opens, passcode=code, standing=standing
    )
    prepared = grants.prepare(opened.vault, grants.To(to), picks(opened, take), conditions)
    preview(out, prepared)
    out.ask("Share exactly this?", yes=yes)
    grants.release(opened.vault, prepared)
    link = grants.link_of(opened.vault, prepared)
    told = [] if code is None else [f"Passcode: {code[:3]} {code[3:]}  (tell it separately; 5 tries)"]
    out.result(
        {"grant": b64u(prepared.locator.grant), "link": link, "passcode": code, "until": prepared.exp},
        link,
        *told,
        ending(prepared),
    )
    qr.show(out, link, qr_file)


def share_agency(
    agency: Annotated[str, typer.Argument(help="Id of the office in the registry; see 'mappe offices'.")],
    take: TakeOption,
    purpose: Annotated[str, typer.Option(help="What it is for.")],
    basis: Annotated[Basis, typer.Option(help="consent, contract or public-task.")] = "consent",
    days: DaysOption = 30,
    opens: Annotated[int, typer.Option(min=0, max=1000, help="How often it may be opened; 0: not limited.")] = 0,
    standing: StandingOption = False,
    notify: Annotated[
        bool, typer.Option(help="Leave a notice in the office's inbox; else show it the QR code.")
    ] = True,
    language: LanguageOption = "en",
    qr_file: QrOption = None,
    accept_new_keys: NewKeysOption = False,
    yes: YesOption = False,
    wallet: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    json_: JsonOption = False,
) -> None:
    """Share single values with one office of the registry, and with nobody else."""
    out = Out(json_)
    qr.check_target(qr_file)
    opened = open_wallet(wallet, passphrase_file, fresh=True)
    registry = registry_of(opened, accept_new_keys=accept_new_keys)
    known = registry.agencies.get(agency)
    if known is None:
        raise MappeError(
            "unknown-agency", f"No office {agency!r} is in the registry.", "List them with 'mappe offices'."
        )
    key = known.seal_key(opened.server.now())
    if key is None:
        raise MappeError("no-key", f"{known.name} has no valid key at the moment.", "Ask the office to renew it.")
    prepared = grants.prepare(
        opened.vault,
        grants.To(known.name, known.address, known.id, key.public),
        picks(opened, take),
        grants.Conditions(purpose, basis, language=language, life=days * grants.DAY, opens=opens, standing=standing),
    )
    out.note(f"{known.name}, {known.address}: {known.power}")
    preview(out, prepared)
    out.ask("Share exactly this?", yes=yes)
    grants.release(opened.vault, prepared)
    if notify:
        answering.send_notice(opened.vault, known, prepared)
    link = grants.link_of(opened.vault, prepared)
    out.result(
        {"grant": b64u(prepared.locator.grant), "link": link, "until": prepared.exp},
        link,
        ending(prepared),
    )
    qr.show(out, link, qr_file)
