"""What unlock takes. Tokens are bounded here, read by the formats, and kept as sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from kit.bodies import Body, Hash, Id
from wallet.unlock.methods import MAX_METHODS

JOIN_BOX_CHARACTERS = 2_048  # a box of 1,024 bytes of JSON, padded, has some 1,500
TOKEN_CHARACTERS = 4_096  # a genesis, an envelope, an identity box or a proof has at most some 1,200
CHANGE_CHARACTERS = 1_400_000  # 1 MiB of payload (chain.md) in base64url, with header and signature

Compact = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=TOKEN_CHARACTERS)]
Change = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=CHANGE_CHARACTERS)]
HandleText = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{10}$")]
# A word that a program chooses, such as "firefox-linux": what a person typed would be content, which is always sealed.
Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Secret32 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]  # a proof of 32 bytes, hashed on arrival


class MethodBody(Body):
    """An unlock method: `public` is its sign-in key, `pin` the digest of the PIN proof. A kept method may come without
    its key: a device that came in by one method does not know those of the others."""

    id: Id
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}$")]
    version: Annotated[int, Field(ge=1, lt=2**32)]
    public: Hash | None = None
    envelope: Compact
    pin: Hash | None = None


MethodBodies = Annotated[list[MethodBody], Field(min_length=1, max_length=MAX_METHODS)]


class Empty(Body):
    """`{}`"""


class CreateBody(Body):
    """A new wallet, complete: there is no moment at which it has fewer than two methods."""

    handle: HandleText
    genesis: Compact
    identity_box: Compact
    methods: MethodBodies
    stop: Hash
    change: Change
    label: Label = "device"
    invitation: Annotated[str, StringConstraints(max_length=40)] | None = None


class SignInBody(Body):
    """`proof` as in sign_in.md; `pin`: the PIN proof of a recovery sheet."""

    proof: Compact
    pin: Secret32 | None = None
    label: Label = "device"


class JoinBody(Body):
    """`device`: the new device's thumbprint; `box` as in join.md, which this server cannot open."""

    device: Hash
    box: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=JOIN_BOX_CHARACTERS)]
    mode: Literal["device", "assisted"]


class CollectBody(Body):
    """`label` as at sign-in."""

    label: Label = "device"


class PinBody(Body):
    """`share`: what the server keeps for this device; `proof`: the digest of the pin proof."""

    share: Hash
    proof: Hash


class ReleaseBody(Body):
    """`proof`: the pin proof."""

    proof: Hash


class StopBody(Body):
    """`proof`: the stop proof."""

    handle: HandleText
    proof: Secret32


class EraseBody(Body):
    """`erase`: a JWS of kind `erase` by the genesis key."""

    erase: Compact


class InvitationBody(Body):
    """`code`: as printed."""

    code: Annotated[str, StringConstraints(max_length=40)]
