"""What is written is read back, whatever it holds; and what is read was written in the one spelling."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mappe.formats import attachment, chain, digits, handle, hpke, jwe, jws, locator, log, merkle, padding, strict_json
from mappe.formats.encoding import b64u, unb64u
from mappe.formats.errors import FormatError

from .source import agreer, raw, signer, some

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=12,
)
_ID, _HASH, _VERSION = (
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**32 - 1),
)


@given(st.binary(max_size=100))
def test_base64url(data: bytes) -> None:
    assert unb64u(b64u(data)) == data


@given(st.text(max_size=12) | st.text("AQgwZ_-+/= \n", max_size=12))
def test_base64url_has_one_spelling(text: str) -> None:
    try:
        data = unb64u(text)
    except FormatError:
        return
    assert b64u(data) == text


@given(_JSON)
def test_json(value: Any) -> None:
    assert strict_json.loads(strict_json.dumps(value), max_bytes=100_000) == value


@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")))
def test_strict_json_takes_nothing_that_json_refuses(data: bytes) -> None:
    try:
        value = strict_json.loads(data, max_bytes=1000)
    except FormatError:
        return
    assert json.loads(data) == value


@given(st.binary(max_size=3000))
def test_padding(message: bytes) -> None:
    padded = padding.padded(message)
    assert padding.unpadded(padded) == message
    assert len(padded) >= 256
    assert len(padded) == padding.padme(len(padded))


@given(st.integers(2, 2**31))
def test_padme_adds_little(length: int) -> None:
    size = padding.padme(length)
    assert length <= size <= length * 1.13
    assert padding.padme(size) == size


@given(st.binary(max_size=500), st.dictionaries(st.sampled_from("abc"), _TEXT | st.integers(0, 2**53 - 1)))
def test_jwe(plaintext: bytes, members: dict[str, str | int]) -> None:
    assert jwe.open_sealed("demo", some("k"), members, jwe.seal("demo", some("k"), members, plaintext)) == plaintext


@given(st.binary(max_size=500))
def test_jws(payload: bytes) -> None:
    key = signer("a")
    assert jws.verify("demo", jws.sign("demo", key, payload), raw(key)) == payload
    public, read = jws.verify_self_keyed("demo", jws.sign("demo", key, payload, jwk=True))
    assert (public.public_bytes_raw(), read) == (raw(key), payload)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_box(plaintext: bytes, context: bytes) -> None:
    key = agreer("a")
    assert hpke.open_box("demo", key, context, hpke.seal_box("demo", raw(key), context, plaintext)) == plaintext


@given(st.binary(min_size=16, max_size=16))
def test_code_names_any_wrong_digit(code: bytes) -> None:
    typed = digits.encode_code(code)
    assert digits.decode_code(typed, 16) == code
    for place in range(0, len(typed), 7):
        wrong = typed[:place] + str((int(typed[place]) + 1) % 10) + typed[place + 1 :]
        assert digits.bad_blocks(wrong) == [place // 6 + 1]


def test_handles_name_their_profile() -> None:
    for small in (False, True):
        for _ in range(50):
            name = handle.new_handle(small_memory=small)
            assert handle.normalise_handle(handle.show_handle(name).lower()) == name
            assert handle.handle_profile(name) == ("argon2id-32-6-1" if small else "argon2id-64-3-1")


@given(st.integers(0, 300_000), st.sampled_from([65_536, 131_072]))
def test_attachment(size: int, chunk: int) -> None:
    data = bytes(size)
    sealer = attachment.Sealer(some("A"), some("id", 16), 1, size, chunk)
    stored = [sealer.seal(data[i * chunk : i * chunk + sealer.true_length(i)]) for i in range(sealer.chunks)]
    assert sum(map(len, stored)) == attachment.stored_size(size, chunk)
    described = attachment.Attachment(some("id", 16), 1, "n", "m", size, chunk, sealer.chunks, some("A"), sealer.hash())
    opener = attachment.Opener(attachment.Attachment.parse(described.to_json()))
    whole = b"".join(stored)
    ranges = [opener.byte_range(i) for i in range(opener.chunks)]
    assert b"".join(opener.open(i, whole[a:b]) for i, (a, b) in enumerate(ranges)) == data
    assert b"".join(opener.feed(part) for part in stored) == data
    opener.finish()


@given(
    st.lists(st.tuples(_ID, _VERSION, st.none() | _HASH), max_size=5, unique_by=lambda row: row[0]),
    st.integers(2, 2**40),
)
def test_change(objects: list[tuple[bytes, int, bytes | None]], number: int) -> None:
    key = signer("a")
    change = chain.Change(
        some("w"), number, some("p"), 1, tuple(objects), chain.root_of(objects), some("a"), b64u(some("d")), 5
    )
    token = chain.make_change(key, change)
    read = chain.verify_change(token, raw(key))
    assert read.hash == chain.change_hash(token)
    assert (read.objects, read.number, read.root) == (change.objects, change.number, change.root)


@given(st.sampled_from("gard"), _HASH)
def test_link(path: str, secret: bytes) -> None:
    url = locator.link("https://mappe.example", path, secret)
    assert locator.parse_link(url) == ("https://mappe.example", path, secret)


@given(
    st.sampled_from(log.ACTORS), st.none() | _TEXT, st.none() | _ID, st.none() | st.lists(_ID, max_size=4).map(tuple),
    st.none() | st.dictionaries(_TEXT, _TEXT | st.integers(0, 9), max_size=3),
)  # fmt: skip
def test_event(actor: str, who: str | None, grant: bytes | None, slots: Any, detail: Any) -> None:
    event = log.Event("grant-opened", 5, actor, who, grant, slots, None, detail)
    assert log.parse_event(log.make_event(event)) == event


@given(st.integers(0, 7), st.integers(0, 10**9), st.integers(1, 256))
def test_tile_path(level: int, number: int, width: int) -> None:
    assert merkle.parse_tile_path(merkle.tile_path(level, number, width)) == (level, number, width)


@pytest.mark.parametrize(
    "path", ["tile/0/0", "tile/8/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/x000/000", "tile/00/000", "x"]
)
def test_a_tile_has_one_path(path: str) -> None:
    with pytest.raises(FormatError):
        merkle.parse_tile_path(path)


def test_secrets_do_not_print() -> None:
    secret = locator.GrantLocator.of(some("S"))
    assert repr(secret.base) not in repr(secret)
    assert repr(some("S")) not in repr(secret)
