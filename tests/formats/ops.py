"""What each `op` of the vectors does. A client in another language writes this table anew, and reads every vector.

Binary values are base64url texts, on both sides; `in` has the names of the parameters here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mappe.formats import (
    attachment,
    chain,
    checkpoint,
    deposit,
    desk,
    digits,
    dpop,
    grant,
    handle,
    hpke,
    join,
    jwe,
    jwk,
    jws,
    kdf,
    labels,
    locator,
    log,
    mark,
    merkle,
    padding,
    registry,
    request,
    seal_keys,
    sheet,
    sign_in,
    strict_json,
    wallet,
)
from mappe.formats import object as objects
from mappe.formats.encoding import b64u, digest, digest_bytes, unb64u
from mappe.formats.errors import FormatError

Op = Callable[..., dict[str, Any]]
OPS: dict[str, Op] = {}


def op(name: str) -> Callable[[Op], Op]:
    def register(function: Op) -> Op:
        OPS[name] = function
        return function

    return register


def _maybe(text: str | None, size: int | None = None) -> bytes | None:
    return None if text is None else unb64u(text, size)


def _out(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64u(value)
    if isinstance(value, Mapping):
        return {_out(key): _out(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_out(item) for item in value]
    return value


def _fields(value: object, *names: str) -> dict[str, Any]:
    return {name: _out(getattr(value, name)) for name in names}


# -- conventions ------------------------------------------------------------------------------------------------------


@op("b64u.decode")
def b64u_decode(text: str, size: int | None = None) -> dict[str, Any]:
    """Read a canonical base64url text (of `size` bytes); give its length and SHA-256."""
    data = unb64u(text, size)
    return {"length": len(data), "digest": digest(data)}


@op("json.read")
def json_read(data: str, max: int) -> dict[str, Any]:
    """Read these bytes as strict JSON of at most `max` bytes."""
    return {"value": strict_json.loads(unb64u(data), max_bytes=max)}


@op("digits.read")
def digits_read(typed: str, count: int) -> dict[str, Any]:
    """The ASCII digits that a person meant."""
    return {"digits": digits.normalise_digits(typed, count)}


@op("hash.tagged")
def hash_tagged(kind: str, data: str) -> dict[str, Any]:
    """`H(kind, data)`."""
    return {"hash": b64u(labels.tagged_hash(kind, unb64u(data)))}


@op("derive")
def derive(key: str, kind: str, context: str, size: int) -> dict[str, Any]:
    """`derive(key, kind, context, size)`."""
    return {"key": b64u(labels.derive(unb64u(key), kind, unb64u(context), size))}


@op("jwe.seal")
def jwe_seal(kind: str, key: str, members: list[list[Any]], plaintext: str, iv: str) -> dict[str, Any]:
    """Seal with a fixed IV; `members` are [name, value] in order."""
    return {"token": jwe.seal(kind, unb64u(key), dict(members), unb64u(plaintext), iv=unb64u(iv))}


@op("jwe.open")
def jwe_open(kind: str, key: str, members: list[list[Any]], token: str) -> dict[str, Any]:
    """Open with the expected header members."""
    return {"plaintext": b64u(jwe.open_sealed(kind, unb64u(key), dict(members), token))}


@op("jws.sign")
def jws_sign(kind: str, seed: str, payload: str, header: str) -> dict[str, Any]:
    """Sign with the Ed25519 seed; `header` is `kid` or `jwk`."""
    key = Ed25519PrivateKey.from_private_bytes(unb64u(seed))
    return {"token": jws.sign(kind, key, unb64u(payload), jwk=header == "jwk")}


@op("jws.verify")
def jws_verify(kind: str, public: str, token: str) -> dict[str, Any]:
    """Verify with a known key (`kid` header)."""
    return {"payload": b64u(jws.verify(kind, token, unb64u(public)))}


@op("jws.verify_jwk")
def jws_verify_jwk(kind: str, token: str) -> dict[str, Any]:
    """Verify with the key in the header."""
    public, payload = jws.verify_self_keyed(kind, token)
    return {"public": b64u(public.public_bytes_raw()), "payload": b64u(payload)}


@op("jwk.thumbprint")
def jwk_thumbprint(jwk_: dict[str, Any]) -> dict[str, Any]:
    """Read a public JWK strictly and give its thumbprint."""
    return {"thumbprint": jwk.thumbprint(jwk_)}


@op("hpke.open")
def hpke_open(kind: str, private: str, context: str, token: str, suite: int = 1) -> dict[str, Any]:
    """Open a box with the private key, 32 bytes: of X25519, or in suite 2 the seed of MLKEM768-X25519."""
    return {"plaintext": b64u(hpke.open_box(kind, _private(private, suite), unb64u(context), token))}


@op("padding.add")
def padding_add(message: str) -> dict[str, Any]:
    """`padded(message)`."""
    return {"padded": b64u(padding.padded(unb64u(message)))}


@op("padding.remove")
def padding_remove(padded: str) -> dict[str, Any]:
    """The message under the padding."""
    return {"message": b64u(padding.unpadded(unb64u(padded)))}


@op("padding.size")
def padding_size(length: int) -> dict[str, Any]:
    """The Padmé size of a length."""
    return {"size": padding.padme(length)}


def _private(private: str, suite: int) -> seal_keys.SealPrivateKey:
    return seal_keys.load_private(unb64u(private, 32), suite)


# -- wallet -----------------------------------------------------------------------------------------------------------


@op("handle.read")
def handle_read(typed: str) -> dict[str, Any]:
    """The handle that was meant, and what follows from it."""
    name = handle.normalise_handle(typed)
    return {
        "handle": name,
        "shown": handle.show_handle(name),
        "profile": handle.handle_profile(name),
        "salt": b64u(handle.handle_salt(name)),
        "hash": b64u(handle.handle_hash(name)),
    }


@op("code.write")
def code_write(code: str) -> dict[str, Any]:
    """A recovery or stop code as digits."""
    return {"digits": digits.encode_code(unb64u(code))}


@op("code.read")
def code_read(typed: str, size: int) -> dict[str, Any]:
    """A typed code of `size` bytes; refused as `bad-block` with the first wrong block's number in `at`."""
    return {"code": b64u(digits.decode_code(typed, size))}


@op("sheet.write")
def sheet_write(handle_: str, code: str, number: int) -> dict[str, Any]:
    """What the QR code of a recovery sheet holds."""
    return {"text": sheet.SheetCode(handle_, unb64u(code, 16), number).text()}


@op("sheet.read")
def sheet_read(text: str) -> dict[str, Any]:
    """Read the QR code of a recovery sheet; `bad-block` with the first wrong block's number in `at`."""
    return _fields(sheet.SheetCode.read(text), "handle", "code", "number")


@op("kdf.argon2id")
def kdf_argon2id(profile: str, secret: str, salt: str) -> dict[str, Any]:
    """Argon2id with a profile that exists."""
    return {"key": b64u(kdf.argon2id(profile, unb64u(secret), unb64u(salt)))}


@op("root.passphrase")
def root_passphrase(typed: str, handle_: str) -> dict[str, Any]:
    """The root of a passphrase, as typed."""
    return {"root": b64u(wallet.passphrase_root(digits.normalise_digits(typed, 24), handle_))}


@op("root.recovery")
def root_recovery(code: str, handle_: str) -> dict[str, Any]:
    """The root of a recovery code."""
    return {"root": b64u(wallet.recovery_root(unb64u(code, 16), handle_))}


@op("root.passkey")
def root_passkey(prf: str, handle_: str) -> dict[str, Any]:
    """The root of a passkey's PRF output, and what the PRF is asked."""
    return {"root": b64u(wallet.passkey_root(unb64u(prf), handle_)), "input": b64u(wallet.passkey_input())}


@op("root.pin")
def root_pin(secret: str, handle_: str, typed: str, share: str) -> dict[str, Any]:
    """Proof and root of a device PIN as typed, with the device's secret and the server's share."""
    pin = wallet.DevicePin.of(unb64u(secret), handle_, typed)
    return {"proof": b64u(pin.proof), "root": b64u(pin.root(unb64u(share)))}


@op("root.derived")
def root_derived(root: str, handle_: str, pin: str, stop_code: str) -> dict[str, Any]:
    """Sign-in public key and PIN proof of a root; stop proof of a stop code."""
    return {
        "sign_in": b64u(wallet.sign_in_key(unb64u(root), handle_).public_key().public_bytes_raw()),
        "pin_proof": b64u(wallet.sheet_pin_proof(unb64u(root), handle_, pin)),
        "stop_proof": b64u(wallet.stop_proof(unb64u(stop_code, 12), handle_)),
    }


@op("genesis.verify")
def genesis_verify(token: str) -> dict[str, Any]:
    """Verify a genesis and give its keys and the wallet id."""
    return _fields(wallet.verify_genesis(token), "wallet_id", "signing", "receive", "log", "created", "nonce")


@op("identity.open")
def identity_open(vmk: str, wallet_: str, epoch: int, token: str) -> dict[str, Any]:
    """Open an identity box: the private halves."""
    identity = wallet.open_identity(unb64u(vmk), unb64u(wallet_), epoch, token)
    return {
        "signing": b64u(identity.signing_seed()),
        "receive": b64u(identity.receive.private_bytes_raw()),
        "log": b64u(identity.log.private_bytes_raw()),
    }


@op("envelope.open")
def envelope_open(
    root: str, handle_: str, wallet_: str, id: str, method: str, version: int, epoch: int, token: str
) -> dict[str, Any]:
    """Open an envelope that is expected at this place."""
    at = wallet.EnvelopeId(unb64u(wallet_, 32), unb64u(id, 16), method, version, epoch)
    return {"vmk": b64u(wallet.open_envelope(unb64u(root), at, handle_, token))}


@op("wallet.check")
def wallet_check(
    wallet_: str, genesis: str, vmk: str, identity_box: str, head: str, methods: list[Any], objects: list[Any]
) -> dict[str, Any]:
    """The four checks after every unwrap; methods [id, version, envelope], objects [id, version, digest or null]."""
    unlocked = wallet.check_unlocked(
        wallet=unb64u(wallet_, 32),
        genesis=genesis,
        vmk=unb64u(vmk),
        identity_box=identity_box,
        head=head,
        methods=[(unb64u(id_), version, envelope) for id_, version, envelope in methods],
        objects=_objects(objects),
    )
    return {"number": unlocked.head.number, "head": b64u(unlocked.head.hash)}


def _objects(rows: list[Any]) -> list[chain.ObjectState]:
    return [(unb64u(id_, 16), version, _maybe(body, 32)) for id_, version, body in rows]


# -- sign_in ----------------------------------------------------------------------------------------------------------


@op("sign_in.make")
def sign_in_make(
    seed: str, origin: str, handle_: str, method: str, nonce: str, jkt: str, body: str, action: str
) -> dict[str, Any]:
    """Make a sign-in proof; `body` are the bytes of the request's other members."""
    key = Ed25519PrivateKey.from_private_bytes(unb64u(seed))
    return {
        "token": sign_in.make_proof(
            key, origin=origin, handle=handle_, method=method, nonce=nonce, jkt=jkt, body=unb64u(body), action=action
        )
    }


@op("sign_in.check")
def sign_in_check(token: str, enrolled: str, origin: str, jkt: str, body: str) -> dict[str, Any]:
    """The server's check of a proof against the enrolled key, its origin, the device key and the body."""
    proof = sign_in.read_proof(token)
    proof.check(enrolled=unb64u(enrolled), origin=origin, jkt=jkt, body=unb64u(body))
    return _fields(proof, "handle", "method", "action", "nonce")


@op("dpop.verify")
def dpop_verify(
    proof: str, htm: str, htu: str, now: int, token: str | None = None, body: str | None = None
) -> dict[str, Any]:
    """Verify a DPoP proof for this request."""
    token_hash = None if token is None else digest_bytes(token)
    return _fields(
        dpop.verify(proof, htm=htm, htu=htu, now=now, token_hash=token_hash, body=_maybe(body)), "jkt", "jti", "iat"
    )


# -- join -------------------------------------------------------------------------------------------------------------


@op("join.link")
def join_link(origin: str, public: str, jkt: str) -> dict[str, Any]:
    """What the new device shows."""
    return {"url": join.JoinCode(unb64u(public, 32), unb64u(jkt, 32)).link(origin)}


@op("join.read")
def join_read(url: str) -> dict[str, Any]:
    """Read a join code: whom it lets in, under which id, and the digits to compare."""
    origin, code = join.JoinCode.read(url)
    return {"origin": origin, **_fields(code, "public", "jkt", "id", "digits")}


@op("join.open")
def join_open(private: str, jkt: str, token: str, wallet_: str, mode: str) -> dict[str, Any]:
    """Open the box that came for this device, with the wallet and the mode that the server answered."""
    joined = join.open_join(
        X25519PrivateKey.from_private_bytes(unb64u(private, 32)),
        unb64u(jkt, 32),
        token,
        wallet=unb64u(wallet_, 32),
        mode=mode,
    )
    return _fields(joined, "handle", "wallet", "vmk", "number", "head", "mode")


# -- desk -------------------------------------------------------------------------------------------------------------


def _compared(public: str, jkt: str, nonce: str, signer: str, own: str) -> desk.Comparison:
    code = desk.DeskCode(unb64u(public, 32), unb64u(jkt, 32))
    return desk.Comparison(code, unb64u(nonce, 32), desk.Opening(unb64u(signer, 32), unb64u(own, 32)))


@op("desk.link")
def desk_link(origin: str, public: str, jkt: str) -> dict[str, Any]:
    """What the page shows."""
    return {"url": desk.DeskCode(unb64u(public, 32), unb64u(jkt, 32)).link(origin)}


@op("desk.read")
def desk_read(url: str) -> dict[str, Any]:
    """Read a desk code: who waits, and under which id."""
    origin, code = desk.DeskCode.read(url)
    return {"origin": origin, **_fields(code, "public", "jkt", "id")}


@op("desk.number")
def desk_number(typed: str) -> dict[str, Any]:
    """The eight digits that a person meant."""
    return {"number": desk.read_number(typed)}


@op("desk.commit")
def desk_commit(signer: str, own: str) -> dict[str, Any]:
    """Message 1, for a signer and nonce W (`own`)."""
    return {"commit": b64u(desk.Opening(unb64u(signer, 32), unb64u(own, 32)).commit)}


@op("desk.compare")
def desk_compare(public: str, jkt: str, commit: str, nonce: str, signer: str, own: str) -> dict[str, Any]:
    """Check message 3 (`signer`, `own`: nonce W) against message 1; T and the digits. `nonce` is the page's."""
    compared = _compared(public, jkt, nonce, signer, own)
    desk.check_opening(unb64u(commit, 32), compared.opening)
    return _fields(compared, "transcript", "digits")


@op("desk.open")
def desk_open(private: str, jkt: str, nonce: str, signer: str, own: str, token: str) -> dict[str, Any]:
    """Open the box that came for this page after this comparison."""
    key = X25519PrivateKey.from_private_bytes(unb64u(private, 32))
    compared = _compared(b64u(key.public_key().public_bytes_raw()), jkt, nonce, signer, own)
    return {"locator": b64u(desk.open_desk(key, compared, token))}


@op("desk.signer")
def desk_signer(public: str, jkt: str, nonce: str, signer: str, own: str, terms_signer: str) -> dict[str, Any]:
    """Compare `terms.signer` of the grant that was read with the signer of the comparison."""
    desk.check_signer(_compared(public, jkt, nonce, signer, own), terms_signer)
    return {}


# -- object -----------------------------------------------------------------------------------------------------------


@op("object.open")
def object_open(vmk: str, wallet_: str, id: str, version: int, epoch: int, key: str, body: str) -> dict[str, Any]:
    """Open an object that is expected at this place."""
    at = objects.ObjectAt(unb64u(wallet_, 32), unb64u(id, 16), version)
    return {"payload": objects.open_object(unb64u(vmk), at, epoch, objects.SealedObject(key, body))}


@op("object.parse")
def object_parse(payload: str) -> dict[str, Any]:
    """Read a payload's JSON text."""
    return {"kind": objects.parse_payload(payload.encode())["kind"]}


@op("object.filled")
def object_filled(letters: int) -> dict[str, Any]:
    """Read the payload {"v":1,"kind":"filler","text":"aa…"} with so many letters a."""
    return object_parse(f'{{"v":1,"kind":"filler","text":"{"a" * letters}"}}')


# -- chain ------------------------------------------------------------------------------------------------------------


@op("chain.root")
def chain_root(objects: list[Any]) -> dict[str, Any]:
    """The root over objects [id, version, digest or null]."""
    return {"root": b64u(chain.root_of(_objects(objects)))}


@op("chain.access")
def chain_access(methods: list[Any], identity_box: str) -> dict[str, Any]:
    """The hash over methods [id, version, envelope] and the identity box."""
    rows = [(unb64u(id_), version, envelope) for id_, version, envelope in methods]
    return {"access": b64u(chain.access_of(rows, identity_box))}


@op("chain.verify")
def chain_verify(token: str, public: str) -> dict[str, Any]:
    """Verify one change with the wallet's key."""
    return _fields(chain.verify_change(token, unb64u(public)), "number", "parent", "epoch", "root", "access", "hash")


@op("chain.advance")
def chain_advance(
    number: int, head: str | None, epoch: int, objects: list[Any], token: str, public: str
) -> dict[str, Any]:
    """Put a change on top of a state (number, head, epoch, objects)."""
    known = {id_: (version, body) for id_, version, body in _objects(objects)}
    state = chain.ChainState(number, _maybe(head), epoch, known)
    after = chain.advance(state, chain.verify_change(token, unb64u(public)))
    return {**_fields(after, "number", "head", "epoch"), "root": b64u(chain.root_of(after.object_states()))}


@op("chain.judge")
def chain_judge(
    pin: dict[str, Any] | None, newer: list[str], head: str, public: str, ancestors: dict[str, str], floor: int
) -> dict[str, Any]:
    """What a device does about a verified head: `up-to-date`, `apply`, `rolled-back`, `forked`. `pin` is {number,
    head}, `newer` the changes after it, `ancestors` number -> hash of older changes that the device remembers."""
    changes = [chain.verify_change(token, unb64u(public)) for token in newer]
    state = None if pin is None else chain.ChainState(pin["number"], unb64u(pin["head"]))
    remembered = {int(number): unb64u(hash_) for number, hash_ in ancestors.items()}
    shown = chain.verify_change(head, unb64u(public))
    return {"verdict": chain.judge_pin(state, shown, changes, ancestors=remembered, floor=floor)}


@op("chain.check_head")
def chain_check_head(
    head: str, public: str, objects: list[Any], methods: list[Any], identity_box: str
) -> dict[str, Any]:
    """Compare what the server shows with the head."""
    change = chain.verify_change(head, unb64u(public))
    rows = [(unb64u(id_), version, envelope) for id_, version, envelope in methods]
    chain.check_head(change, _objects(objects), rows, identity_box)
    return {"number": change.number}


@op("chain.head_statement")
def chain_head_statement(token: str, public: str, nonce: str) -> dict[str, Any]:
    """Verify the server's statement on a head, made for this nonce."""
    statement = chain.verify_head_statement(token, unb64u(public), nonce=unb64u(nonce))
    return _fields(statement, "wallet", "number", "head", "time")


# -- attachment -------------------------------------------------------------------------------------------------------


def _file(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def _stored(key: str, id: str, version: int, size: int, chunk: int) -> tuple[list[bytes], attachment.Attachment]:
    data = _file(size)
    sealer = attachment.Sealer(unb64u(key), unb64u(id), version, size, chunk)
    chunks = []
    for index in range(sealer.chunks):
        start = index * chunk
        chunks.append(sealer.seal(data[start : start + sealer.true_length(index)]))
    return chunks, attachment.Attachment(
        unb64u(id), version, "file", "application/pdf", size, chunk, sealer.chunks, unb64u(key), sealer.hash()
    )


@op("attachment.seal")
def attachment_seal(key: str, id: str, version: int, size: int, chunk: int) -> dict[str, Any]:
    """Seal the file whose byte i is i mod 251; give the SHA-256 of the stored bytes and the attachment's hash."""
    chunks, described = _stored(key, id, version, size, chunk)
    stored = b"".join(chunks)
    return {"chunks": len(chunks), "length": len(stored), "stored": digest(stored), "hash": b64u(described.hash)}


@op("attachment.open")
def attachment_open(
    key: str, id: str, version: int, size: int, chunk: int, edit: list[Any], hash: str | None = None
) -> dict[str, Any]:
    """Seal as `attachment.seal` does, change the stored chunks by `edit`, open what is left in order. Edits: ["none"],
    ["flip", chunk, byte], ["swap", i, j], ["repeat", i] (in place of its successor), ["drop", i], ["cut", i, bytes],
    ["append", i, bytes] (zero bytes), ["add", i] (chunk i again at the end), ["foreign", other key] (chunk 0 sealed
    under it). `hash` replaces the one in the description."""
    chunks, described = _stored(key, id, version, size, chunk)
    _edit(chunks, edit, id, version, size, chunk)
    if hash is not None:
        described = attachment.Attachment.parse({**described.to_json(), "hash": hash})
    opener = attachment.Opener(described)
    plain = b"".join(opener.feed(stored) for stored in chunks)
    opener.finish()
    return {"digest": digest(plain)}


def _edit(chunks: list[bytes], edit: list[Any], id: str, version: int, size: int, chunk: int) -> None:
    match edit:
        case ["flip", index, byte]:
            data = bytearray(chunks[index])
            data[byte] ^= 1
            chunks[index] = bytes(data)
        case ["swap", one, other]:
            chunks[one], chunks[other] = chunks[other], chunks[one]
        case ["repeat", index]:
            chunks[index + 1] = chunks[index]
        case ["drop", index]:
            del chunks[index]
        case ["cut", index, count]:
            chunks[index] = chunks[index][:-count]
        case ["append", index, count]:
            chunks[index] += bytes(count)
        case ["add", index]:
            chunks.append(chunks[index])
        case ["foreign", other]:
            chunks[0] = _stored(other, id, version, size, chunk)[0][0]


@op("attachment.parse")
def attachment_parse(value: dict[str, Any]) -> dict[str, Any]:
    """Read the description of an attachment, as it stands in a document."""
    return _fields(attachment.Attachment.parse(value), "id", "version", "size", "chunks")


# -- grant ------------------------------------------------------------------------------------------------------------


@op("grant.locate")
def grant_locate(secret: str) -> dict[str, Any]:
    """Everything that follows from S."""
    return _fields(locator.GrantLocator.of(unb64u(secret)), "grant", "auth", "recipient", "terms_key", "base", "salt")


@op("grant.tag")
def grant_tag(secret: str, agency_key: str) -> dict[str, Any]:
    """The recipient tag of an agency with this public seal key, of either suite."""
    return {"tag": b64u(locator.GrantLocator.of(unb64u(secret)).tag(unb64u(agency_key)))}


@op("link.read")
def link_read(url: str) -> dict[str, Any]:
    """Origin, path letter and locator of a link."""
    origin, path, secret = locator.parse_link(url)
    return {"origin": origin, "path": path, "locator": b64u(secret)}


@op("grant.leaked")
def grant_leaked(path: str) -> dict[str, Any]:
    """The grant whose locator a request's path shows, or null."""
    return {"grant": _out(locator.leaked_grant(path))}


@op("policy.read")
def policy_read(text: str) -> dict[str, Any]:
    """Read a policy and hash it as sent."""
    policy = grant.parse_policy(text)
    return {"hash": b64u(grant.policy_hash(text)), **_fields(policy, "grant", "opens", "passcode")}


@op("terms.read")
def terms_read(text: str) -> dict[str, Any]:
    """Read the terms' JSON and hash it."""
    grant.parse_terms(text.encode())
    return {"hash": b64u(grant.terms_hash(text.encode()))}


@op("slot.read")
def slot_read(text: str) -> dict[str, Any]:
    """Read a slot's JSON."""
    return _fields(grant.parse_slot(text.encode()), "kind", "name", "ref")


@op("record.verify")
def record_verify(token: str, grant_: str) -> dict[str, Any]:
    """Verify a record with the key in its header, for this grant."""
    record = grant.verify_record(token, grant=unb64u(grant_))
    return {**_fields(record, "version", "policy", "terms", "keybox"), "key": b64u(record.public)}


@op("record.key")
def record_key(seed: str, recipient: str, agency: bool) -> dict[str, Any]:
    """Public record key for a link (`recipient` a grant id) or an agency (its id)."""
    key = grant.record_key(unb64u(seed), recipient if agency else unb64u(recipient, 16))
    return {"public": b64u(key.public_key().public_bytes_raw())}


@op("passcode.proof")
def passcode_proof(secret: str, passcode: str, profile: str) -> dict[str, Any]:
    """P for a passcode."""
    place = locator.GrantLocator.of(unb64u(secret))
    return {"proof": b64u(grant.passcode_proof(place, grant.stretch_passcode(passcode, place, profile)))}


@op("grant.read")
def grant_read(
    secret: str,
    record: str,
    policy: str,
    terms: str,
    keybox: str,
    slots: dict[str, str],
    now: int,
    agency_key: str | None = None,
    passcode: str | None = None,
    seen: list[Any] | None = None,
    suite: int = 1,
) -> dict[str, Any]:
    """All that a recipient checks; `agency_key` the private seal key and `suite` its suite, `seen` [version, digest of
    the record]."""
    read = grant.read_grant(
        locator.GrantLocator.of(unb64u(secret)),
        record=record,
        policy=policy,
        terms=terms,
        keybox=keybox,
        slots={unb64u(id_): token for id_, token in slots.items()},
        now=now,
        agency_key=None if agency_key is None else _private(agency_key, suite),
        passcode=passcode,
        seen=None if seen is None else grant.Seen(seen[0], unb64u(seen[1])),
    )
    values = {b64u(id_): slot.content["value"] for id_, slot in read.slots.items()}
    return {"version": read.record.version, "record": b64u(read.record.digest), "values": values}


@op("grant.preview")
def grant_preview(
    secret: str, record: str, policy: str, terms: str, now: int, agency_key: str | None = None, suite: int = 1
) -> dict[str, Any]:
    """What a peek may show."""
    preview = grant.preview_grant(
        locator.GrantLocator.of(unb64u(secret)),
        record=record,
        policy=policy,
        terms=terms,
        now=now,
        agency_key=None if agency_key is None else _private(agency_key, suite),
    )
    return {"purpose": preview.terms.purpose, "version": preview.record.version}


# -- log --------------------------------------------------------------------------------------------------------------


@op("event.read")
def event_read(text: str) -> dict[str, Any]:
    """Read an event's text."""
    return _fields(log.parse_event(text), "kind", "time", "actor")


@op("log.leaf")
def log_leaf(event: str, r1: str, r2: str, wallet_: str, seq: int, previous: str) -> dict[str, Any]:
    """A, B and the leaf."""
    a = log.event_half(unb64u(r1), event)
    b = log.place_half(unb64u(r2), unb64u(wallet_), seq, unb64u(previous))
    return {"a": b64u(a), "b": b64u(b), "leaf": b64u(log.leaf_hash(a, b))}


@op("log.check")
def log_check(log_private: str, wallet_: str, pin: list[Any], rows: list[Any]) -> dict[str, Any]:
    """The holder's fold over rows [seq, leaf, body] after the pin [seq, leaf]; `at` names the first bad seq."""
    pinned, checked = log.check_rows(
        X25519PrivateKey.from_private_bytes(unb64u(log_private, 32)),
        unb64u(wallet_),
        [log.Row(seq, unb64u(leaf), body) for seq, leaf, body in rows],
        log.LogPin(pin[0], unb64u(pin[1])),
    )
    return {"seq": pinned.seq, "leaf": b64u(pinned.leaf), "kinds": [event.kind for _, event in checked]}


@op("log.check_head")
def log_check_head(token: str, public: str, wallet_: str, nonce: str, pin: list[Any]) -> dict[str, Any]:
    """Compare the end of the checked log with the server's signed head."""
    head = log.verify_log_head(token, unb64u(public))
    log.check_head(log.LogPin(pin[0], unb64u(pin[1])), head, unb64u(wallet_), unb64u(nonce))
    return {"seq": head.seq}


@op("promise.check")
def promise_check(token: str, public: str, event: str) -> dict[str, Any]:
    """Verify a promise and that it covers this event."""
    promise = log.verify_promise(token, unb64u(public))
    log.check_receipt(event, promise)
    return _fields(promise, "leaf", "time", "deadline")


@op("merkle.root")
def merkle_root(leaves: list[str]) -> dict[str, Any]:
    """The tree hash over leaf hashes."""
    return {"root": b64u(merkle.tree_hash([unb64u(leaf) for leaf in leaves]))}


@op("merkle.inclusion")
def merkle_inclusion(leaf: str, index: int, size: int, path: list[str], root: str) -> dict[str, Any]:
    """Verify an inclusion path."""
    merkle.verify_inclusion(unb64u(leaf), index, size, [unb64u(node) for node in path], unb64u(root))
    return {}


@op("merkle.consistency")
def merkle_consistency(first: int, size: int, path: list[str], first_root: str, root: str) -> dict[str, Any]:
    """Verify a consistency proof."""
    merkle.verify_consistency(first, size, [unb64u(node) for node in path], unb64u(first_root), unb64u(root))
    return {}


@op("tile.path")
def tile_path(level: int, number: int, width: int) -> dict[str, Any]:
    """The path of a tile."""
    return {"path": merkle.tile_path(level, number, width)}


@op("checkpoint.verify")
def checkpoint_verify(note: str, log_: str, witnesses: list[str]) -> dict[str, Any]:
    """Verify a checkpoint with the log's and the witnesses' verifier keys (`name+id+key`)."""
    known = tuple(checkpoint.Verifier.parse(vkey) for vkey in witnesses)
    verified = checkpoint.verify_checkpoint(note, checkpoint.Verifier.parse(log_), known)
    return _fields(verified, "origin", "size", "root", "witnesses")


# -- registry ---------------------------------------------------------------------------------------------------------


@op("registry.read")
def registry_read(document: str, roots: str, now: int, pinned: list[Any] | None = None) -> dict[str, Any]:
    """Verify a registry against the roots file, the time and the pin [version, hash]."""
    read = registry.verify_registry(document, registry.parse_roots(roots.encode()))
    registry.check_fresh(read, now, None if pinned is None else (pinned[0], unb64u(pinned[1])))
    return {"version": read.version, "hash": b64u(read.hash), "agencies": sorted(read.agencies)}


@op("roots.read")
def roots_read(roots: str) -> dict[str, Any]:
    """Read a roots file and give the fingerprint to compare."""
    read = registry.parse_roots(roots.encode())
    return {"bundle": read.bundle, "fingerprint": registry.roots_fingerprint(read)}


@op("registry.leaf")
def registry_leaf(hash: str, version: int, bundle: str) -> dict[str, Any]:
    """The leaf of a registry version in the public log."""
    return {"leaf": b64u(log.registry_leaf(unb64u(hash), version, bundle))}


@op("registry.seal_key")
def registry_seal_key(registry_: str, agency: str, now: int, suites: list[int]) -> dict[str, Any]:
    """What a sender that knows these suites seals to (null: nothing); `registry` is the payload of a verified
    registry."""
    key = registry.parse_payload(registry_.encode()).agencies[agency].seal_key(now, suites)
    return {"kid": None if key is None else key.kid, "suite": None if key is None else key.suite}


@op("enrolment.read")
def enrolment_read(token: str) -> dict[str, Any]:
    """Verify an enrolment and give the fingerprint to compare."""
    return _fields(registry.verify_enrolment(token), "id", "fingerprint")


# -- request ----------------------------------------------------------------------------------------------------------


@op("request.locate")
def request_locate(secret: str) -> dict[str, Any]:
    """Everything that follows from Q."""
    return _fields(locator.RequestLocator.of(unb64u(secret)), "request", "auth", "key")


@op("request.open")
def request_open(secret: str, token: str) -> dict[str, Any]:
    """Open the sealed request."""
    return {"request": request.open_request(locator.RequestLocator.of(unb64u(secret)), token)}


@op("request.verify")
def request_verify(token: str, public: str) -> dict[str, Any]:
    """Verify a request with a request key."""
    return _fields(request.verify_request(token, unb64u(public)), "request", "agency", "mode")


@op("request.check")
def request_check(
    secret: str, token: str, registry_: str, audience: str, now: int, answered: list[str]
) -> dict[str, Any]:
    """What the wallet checks before it shows a request; `registry_` is the payload of a verified registry."""
    checked = request.check_request(
        locator.RequestLocator.of(unb64u(secret)),
        token,
        registry.parse_payload(registry_.encode()),
        audience=audience,
        now=now,
        answered=[unb64u(nonce) for nonce in answered],
    )
    return {"agency": checked.agency.id, "over_asking": list(checked.over_asking)}


@op("notice.open")
def notice_open(private: str, request_: str | None, token: str, suite: int = 1) -> dict[str, Any]:
    """Open a notice that came for this request (null: without one)."""
    return _fields(
        request.open_notice(_private(private, suite), _maybe(request_, 16), token),
        "locator",
        "request",
        "nonce",
        "grant",
        "time",
    )


@op("request.digits")
def request_digits(salt: str, typed: str) -> dict[str, Any]:
    """The hash of the six digits."""
    return {"hash": b64u(request.digits_hash(unb64u(salt, 16), typed))}


# -- deposit ----------------------------------------------------------------------------------------------------------


@op("deposit.locate")
def deposit_locate(locator_: str) -> dict[str, Any]:
    """Everything that follows from D."""
    return _fields(locator.DepositLocator.of(unb64u(locator_)), "code", "auth", "key_hash")


@op("deposit.check_key")
def deposit_check_key(locator_: str, public: str) -> dict[str, Any]:
    """The key that the server shows, of either suite, is the one of the code."""
    deposit.check_key(locator.DepositLocator.of(unb64u(locator_)), unb64u(public))
    return {}


@op("deposit.open")
def deposit_open(
    private: str, code: str, item: str, token: str, agency_key: str | None = None, suite: int = 1
) -> dict[str, Any]:
    """Open a manifest and say who signed it (null: unknown sender)."""
    manifest = deposit.open_manifest(_private(private, suite), unb64u(code), unb64u(item), token)
    signer = deposit.verify_sender(manifest, unb64u(code), unb64u(item), _maybe(agency_key))
    return {**_fields(manifest, "kind", "name"), "signer": _out(signer)}


# -- mark -------------------------------------------------------------------------------------------------------------


@op("mark.names")
def mark_names(seed: str, agency: str, document: str, person: str | None) -> dict[str, Any]:
    """What an agency is told to call a paper and a person (null: the holder)."""
    found = mark.names(unb64u(seed, 32), agency, unb64u(document, 16), _maybe(person, 16))
    return {"document": b64u(found[0]), "person": b64u(found[1])}


@op("mark.value")
def mark_value(salt: str, value: Any) -> dict[str, Any]:
    """The hash of a value; `value` is JSON."""
    return {"hash": b64u(mark.value_hash(unb64u(salt), value))}


@op("mark.verify")
def mark_verify(token: str, salt: str, registry_: str, field: str, value: Any, now: int) -> dict[str, Any]:
    """Verify a mark on this value of this field; `registry_` is the payload of a verified registry."""
    listed = registry.parse_payload(registry_.encode())
    checked = mark.verify_mark(mark.Salted(token, unb64u(salt)), listed, field=field, value=value, now=now)
    return _fields(checked.mark, "agency", "says", "document", "person", "time", "exp")


@op("statement.read")
def statement_read(text: str, kind: str) -> dict[str, Any]:
    """Read the file of a deposit of this kind, its marks unverified: type and fields of the paper ("" and none without
    one), number of marks."""
    found = mark.parse_statement(text, kind)
    paper = found.document
    fields = [] if paper is None else sorted(paper.fields)
    return {"type": "" if paper is None else paper.type, "fields": fields, "marks": len(found.marks)}


def run(case: Mapping[str, Any]) -> dict[str, Any]:
    """{"out": …} or {"refused": code, "at"?: where}."""
    try:
        return {"out": OPS[case["op"]](**_parameters(case))}
    except FormatError as error:
        refused: dict[str, Any] = {"refused": error.code}
        if error.code == "bad-block":
            refused["at"] = int(str(error).split(": ")[1].split(",")[0])
        if error.code == "log-broken" and hasattr(error, "seq"):
            refused["at"] = error.seq
        return refused


def _parameters(case: Mapping[str, Any]) -> dict[str, Any]:
    # A parameter whose name is a module's here ends in an underscore; in the vectors it does not.
    names = OPS[case["op"]].__annotations__
    return {name + "_" if name + "_" in names else name: value for name, value in case["in"].items()}
