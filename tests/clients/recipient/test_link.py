"""A plain link holder against a real server: peek, passcode, lease, files, receipts, and what a link must not do."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mappe.errors import MappeError, ServerProblem
from mappe.formats.encoding import b64u
from mappe.formats.grant import GrantLocator, Seen
from mappe.holder import grants
from mappe.holder.selection import Pick
from mappe.holder.wallet import Wallet, value
from mappe.net.server import Server as Connection
from mappe.recipient.errors import NotAuthentic
from mappe.recipient.files import safe_name
from mappe.recipient.link import LinkHolder
from mappe.recipient.opening import choose
from mappe.recipient.pins import Pins

from tests.conftest import ServerFactory

Share = Callable[..., str]


@pytest.fixture
def share(server: ServerFactory, tmp_path: Path) -> Share:
    """Makes a link to a paper with two fields."""
    wallet, _ = Wallet.create(Connection(server().origin), tmp_path / "wallet", small_memory=True)
    fields = {"family_name": [value("Ḥusaynī", as_of="2026")], "given_name": [value("Ağa", as_of="2026")]}
    paper = wallet.add_paper("residence_title", fields, title="Title")
    picks = [Pick(paper, field=name) for name in fields]

    def make(**conditions: Any) -> str:
        prepared = grants.prepare(
            wallet.vault, grants.To(""), picks, grants.Conditions(purpose="Flat viewing", **conditions)
        )
        grants.release(wallet.vault, prepared)
        return grants.link_of(wallet.vault, prepared)

    return make


def code_of(error: pytest.ExceptionInfo[MappeError]) -> str:
    return error.value.code


def test_peek_then_open_what_is_needed(share: Share, tmp_path: Path) -> None:
    holder = LinkHolder(share(), folder=tmp_path / "reader")
    preview = holder.peek()
    assert (preview.terms.purpose, preview.policy.opens) == ("Flat viewing", 1)
    (slot,) = choose(preview, ["residence_title.given_name"])
    opened = holder.open(slots=[slot])
    assert [one.content["value"] for one in opened.grant.slots.values()] == ["Ağa"]
    assert {one.entry.kind for one in holder.receipts.all()} == {"grant-looked-at", "grant-opened"}
    assert stat.S_IMODE((tmp_path / "reader" / "pins.db").stat().st_mode) == 0o600
    with pytest.raises(MappeError) as missing:
        choose(preview, ["residence_title.file"])
    assert code_of(missing) == "not-shared"
    with pytest.raises(ServerProblem) as used_up:
        holder.open()
    assert code_of(used_up) == "grant-used-up"


def test_a_passcode_in_any_digits(share: Share) -> None:
    url = share(passcode="482913", opens=2)
    with pytest.raises(ServerProblem) as needed:
        LinkHolder(url).open()
    assert code_of(needed) == "passcode-required"
    with pytest.raises(ServerProblem) as wrong:
        LinkHolder(url).open("111111")
    assert (code_of(wrong), wrong.value.extra["tries_left"]) == ("passcode-wrong", 4)
    with pytest.raises(MappeError) as short:
        LinkHolder(url).open("12345")
    assert code_of(short) == "not-digits"
    assert len(LinkHolder(url).open("٤٨٢ ٩١٣").grant.slots) == 2
    holder = LinkHolder(url)
    with pytest.raises(ServerProblem):
        holder.open("111111")
    assert len(holder.open("482913").grant.slots) == 2  # a second try of the same reader is a new proof


def test_a_link_without_a_passcode_asks_for_none(share: Share) -> None:
    with pytest.raises(MappeError) as error:
        LinkHolder(share()).open("482913")
    assert code_of(error) == "no-passcode"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://mappe.example/g#",
        "https://mappe.example/g#" + "A" * 42,
        "https://mappe.example/g%23" + "A" * 43,
        "https://mappe.example/a#" + "A" * 43,
        "https://mappe.example/g#" + "A" * 42 + "B",
        "javascript:alert(1)//g#" + "A" * 43,
    ],
)
def test_what_is_no_link_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(MappeError) as error:
        LinkHolder(url)
    assert code_of(error) == "not-a-link"


def test_plain_http_is_for_this_machine_only() -> None:
    with pytest.raises(MappeError) as error:
        LinkHolder("http://mappe.example/g#" + "A" * 43)
    assert code_of(error) == "bad-origin"


def test_pins_see_two_truths(tmp_path: Path) -> None:
    grant = GrantLocator.of(bytes(32)).grant
    one, other = Pins(tmp_path / "p.db"), Pins(tmp_path / "p.db")
    assert one.seen(grant) is None
    one.remember(grant, Seen(2, b"a" * 32), "record-a")
    assert other.seen(grant) == Seen(2, b"a" * 32)
    other.remember(grant, Seen(2, b"a" * 32), "record-a")
    with pytest.raises(NotAuthentic) as older:
        other.remember(grant, Seen(1, b"b" * 32), "record-b")
    assert code_of(older) == "rolled-back"
    with pytest.raises(NotAuthentic) as forked:
        other.remember(grant, Seen(2, b"c" * 32), "record-c")
    assert code_of(forked) == "two-faced"
    assert other.evidence(grant) == ["record-a", "record-c"]
    assert one.seen(grant) == Seen(2, b"a" * 32)
    one.raise_newest("registry", "x", 4, b"h")
    one.raise_newest("registry", "x", 3, b"g")
    assert other.newest("registry", "x") == (4, b"h")
    assert b64u(grant) and Pins().seen(grant) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.pdf", "a.pdf"),
        (".bashrc", "bashrc"),
        ("a\x00b\x1b[2J\u202egpj.exe", "ab[2Jgpj.exe"),
        ("", "file"),
        ("...", "file"),
        ("Bescheinigung – Ağa.pdf", "Bescheinigung – Ağa.pdf"),
        ("é" * 300 + ".pdf", "é" * 98 + ".pdf"),
    ],
)
def test_file_names_of_others_stay_in_the_folder(name: str, expected: str) -> None:
    class Named:
        pass

    described = Named()
    described.name = name  # type: ignore[attr-defined]
    assert safe_name(described) == expected  # type: ignore[arg-type]
