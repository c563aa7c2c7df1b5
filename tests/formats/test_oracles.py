"""Other people's implementations and published examples must agree with ours, in both directions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from secrets import token_bytes

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe as their_jwe
from joserfc import jws as their_jws
from joserfc.jwk import OctKey, OKPKey
from mappe.formats import dpop, hpke, jwe, jwk, jws, merkle
from mappe.formats.encoding import b64u, digest, unb64u
from mappe.formats.errors import FormatError
from mappe.formats.jwe import header_segment
from mappe.formats.labels import derive, info
from mappe.formats.seal_keys import HybridPrivateKey

from . import mlkem
from .source import SUITE, agreer, raw, signer, some

# RFC 9864 calls this algorithm "Ed25519" as well; the name of RFC 8037 is what every library reads.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
_JWE = their_jwe.JWERegistry(algorithms=["dir", "A256GCM"], strict_check_header=False)


def test_joserfc_reads_our_jwe() -> None:
    token = jwe.seal("demo", some("k"), {"version": 1}, b"Papiere")
    read = their_jwe.decrypt_compact(token, OctKey.import_key(some("k")), registry=_JWE)
    assert read.plaintext == b"Papiere"


def test_we_read_joserfcs_jwe() -> None:
    header = json.loads(unb64u(header_segment("demo", {"version": 1})))
    token = their_jwe.encrypt_compact(header, b"Papiere", OctKey.import_key(some("k")), registry=_JWE)
    assert jwe.open_sealed("demo", some("k"), {"version": 1}, token) == b"Papiere"


@pytest.mark.parametrize("with_jwk", [False, True])
def test_joserfc_reads_our_jws_and_we_read_its(with_jwk: bool) -> None:
    key = signer("a")
    token = jws.sign("demo", key, b'{"v":1}', jwk=with_jwk)
    theirs = OKPKey.import_key({**jwk.ed25519_jwk(key.public_key()), "d": b64u(key.private_bytes_raw())})
    registry = their_jws.JWSRegistry(algorithms=["EdDSA"], strict_check_header=False)
    assert their_jws.deserialize_compact(token, theirs, registry=registry).payload == b'{"v":1}'
    header = json.loads(unb64u(token.split(".")[0]))
    again = their_jws.serialize_compact(header, b'{"v":1}', theirs, registry=registry)
    assert again == token


def test_pyhpke_opens_our_box() -> None:
    private = agreer("a")
    data = unb64u(hpke.seal_box("demo", raw(private), b"context", b"Papiere"))
    key = SUITE.kem.deserialize_private_key(private.private_bytes_raw())
    context = SUITE.create_recipient_context(data[:32], key, info=info("demo", b"context"))
    assert context.open(data[32:]) == b"Papiere"


def test_a_second_implementation_of_the_hybrid_kem_seals_to_our_key_and_names_it_alike() -> None:
    """`cryptography` against tests/formats/mlkem.py, over keys that nobody chose."""
    for _ in range(20):
        private = HybridPrivateKey.generate()
        assert mlkem.hybrid_public(private.seed) == private.public
        bound = info("demo", b"context", 2)
        token = b64u(mlkem.hpke_seal(private.public, bound, b"Papiere", token_bytes(64)))
        assert hpke.open_box("demo", private, b"context", token) == b"Papiere"
        assert hpke.open_box("demo", private, b"", hpke.seal_box("demo", private.public, b"", b"")) == b""


def test_x_wing_test_vector() -> None:
    """draft-connolly-cfrg-xwing-kem, appendix C, the first vector: seed, eseed, shared secret."""
    seed = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    eseed = bytes.fromhex(
        "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75"
        "ab916a58d974918835d25e6a435085b2"
    )
    public = mlkem.hybrid_public(seed)
    shared, _ = mlkem.hybrid_encapsulate(public, eseed[:32], eseed[32:])
    assert public.hex().startswith("e2236b35a8c24b39b10aa1323a96a919")
    assert shared.hex() == "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384"


def test_rfc_9180_x25519_info_is_bound() -> None:
    private = agreer("a")
    token = hpke.seal_box("demo", raw(private), b"a", b"x")
    with pytest.raises(FormatError, match="undecryptable"):
        hpke.open_box("demo", private, b"b", token)


def test_rfc_5869_shape_of_derive() -> None:
    """HKDF by hand: extract with 32 zero bytes, then expand."""
    import hmac

    prk = hmac.digest(bytes(32), some("ikm"), "sha256")
    first = hmac.digest(prk, b"mappe/1/demo\0context\x01", "sha256")
    second = hmac.digest(prk, first + b"mappe/1/demo\0context\x02", "sha256")
    assert derive(some("ikm"), "demo", b"context", 64) == first + second


def test_rfc_7638_and_8037_thumbprint() -> None:
    """RFC 8037 appendix A.3."""
    example = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert jwk.thumbprint(example) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_rfc_8037_signature() -> None:
    """RFC 8037 appendix A.4: our Ed25519 over the example's signing input."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(unb64u("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
    signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    assert b64u(key.sign(signed.encode())) == expected


def test_rfc_9449_example_has_the_thumbprint_of_its_confirmation() -> None:
    """RFC 9449 sections 4.1 and 6.1: the example's key has the `jkt` of the example's token."""
    example = {
        "kty": "EC",
        "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    }
    assert jwk.thumbprint(example) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    assert digest(token) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


@pytest.mark.parametrize("curve", ["P-256", "Ed25519"])
def test_a_dpop_proof_is_an_ordinary_jws(curve: str) -> None:
    key = signer("a") if curve == "Ed25519" else ec.generate_private_key(ec.SECP256R1())
    proof = dpop.make(key, "POST", "https://mappe.example/v1/x", now=1, body=b"{}")
    public = jwk.thumbprint(key.public_key())
    from joserfc.jwk import import_key

    theirs = import_key(json.loads(unb64u(proof.split(".")[0]))["jwk"])
    assert theirs.thumbprint() == public
    assert their_jws.deserialize_compact(proof, theirs, algorithms=["EdDSA", "ES256"])


# -- the tree, by naive recursion (RFC 9162 sections 2.1.1, 2.1.3.1, 2.1.4.1) ----------------------------------------


def _split(count: int) -> int:
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = _split(len(leaves))
    return sha256(b"\1" + _root(leaves[:half]) + _root(leaves[half:])).digest()


def _path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*_path(index, leaves[:half]), _root(leaves[half:])]
    return [*_path(index - half, leaves[half:]), _root(leaves[:half])]


def _proof(first: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [_root(leaves)]
    half = _split(len(leaves))
    if first <= half:
        return [*_proof(first, leaves[:half], whole), _root(leaves[half:])]
    return [*_proof(first - half, leaves[half:], False), _root(leaves[:half])]


LEAVES = [some(f"leaf {number}") for number in range(70)]


@pytest.mark.parametrize("size", [*range(34), 63, 64, 65, 70])
def test_tree_and_proofs_agree_with_the_recursion(size: int) -> None:
    leaves = LEAVES[:size]
    root = _root(leaves)
    assert merkle.tree_hash(leaves) == root
    for index in range(size):
        path = merkle.inclusion_path(leaves, index)
        assert path == _path(index, leaves)
        merkle.verify_inclusion(leaves[index], index, size, path, root)
    for first in range(1, size + 1):
        proof = merkle.consistency_path(leaves, first)
        assert proof == _proof(first, leaves, True)
        merkle.verify_consistency(first, size, proof, _root(leaves[:first]), root)


@given(st.integers(1, 70), st.data())
def test_a_proof_holds_for_one_place_only(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(LEAVES[:size], index)
    if other != index:
        with pytest.raises(FormatError, match="unlogged"):
            merkle.verify_inclusion(LEAVES[index], other, size, path, _root(LEAVES[:size]))


def test_nodes_come_out_of_tiles() -> None:
    leaves = [some(f"leaf {number}") for number in range(600)]
    rows = [leaves]
    while len(rows[-1]) >= 256:
        below = rows[-1]
        rows.append([merkle.tree_hash(below[i : i + 256]) for i in range(0, len(below) - 255, 256)])

    def node(level: int, index: int) -> bytes:
        tile_level, number, _ = merkle.tile_of(level, index)
        width = merkle.tile_width(len(leaves), tile_level, number)
        tile = rows[tile_level][number * 256 : number * 256 + width]
        return merkle.node_from_tile(tile, level, index)

    for index in (0, 255, 256, 511, 512, 599):
        path = merkle.follow(merkle.inclusion_plan(index, 600), node)
        merkle.verify_inclusion(leaves[index], index, 600, path, merkle.tree_hash(leaves))
