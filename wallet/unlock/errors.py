"""Refusals of unlock."""

from __future__ import annotations

from kit.errors import problem

SESSION_INVALID = problem(
    "session-invalid",
    401,
    "You are signed out on this device.",
    "Sign in again with your passphrase or recovery sheet.",
    "after-change",
    headers={"WWW-Authenticate": 'DPoP algs="ES256 EdDSA"'},
)
PROOF_REFUSED = problem(
    "proof-refused",
    401,
    "The proof of this request is not valid, too old, made for another request, or was used before.",
    "Make a fresh proof for exactly this request; if it fails again, compare the device's clock with /v1/meta.",
    "after-change",
    headers={"WWW-Authenticate": 'DPoP error="invalid_dpop_proof", algs="ES256 EdDSA"'},
)
SIGN_IN_REFUSED = problem(
    "sign-in-refused",
    401,
    "The sign-in was not accepted.",
    "Check the handle and what you typed, ask for a new challenge and try again.",
    "after-change",
    record_kept=True,
)
PIN_WRONG = problem(
    "pin-wrong",
    403,
    "The PIN is wrong.",
    "Check the PIN. Without that of a recovery sheet the code alone works after 72 hours; without that of a device, "
    "unlock with another method.",
    "after-change",
    record_kept=True,
)
PIN_GONE = problem(
    "pin-gone",
    410,
    "There is no PIN for this device any more.",
    "Unlock with another method and set a new PIN.",
    "after-change",
)
ASSISTED_REFUSED = problem(
    "assisted-refused",
    403,
    "A device that is lent for half an hour may not do this.",
    "Do it on a device of your own.",
    record_kept=True,
)
JOIN_WAITING = problem(
    "join-waiting",
    404,
    "Nothing waits for this device here, or not yet.",
    "Ask again in a second or two; after ten minutes show a new code.",
    "later",
)
JOIN_TAKEN = problem(
    "join-taken",
    409,
    "This code was used already.",
    "Show a new code on the new device and scan that.",
    "after-change",
)
JOINS_CROWDED = problem(
    "joins-crowded",
    429,
    "Too many new devices are waiting to be let in already.",
    "Wait ten minutes, until they have come or their time is over.",
    "later",
    headers={"Retry-After": "600"},
)
RECOVERY_CROWDED = problem(
    "recovery-crowded",
    429,
    "Too many devices wait for this recovery already.",
    "Stop the waiting recoveries from a device that is signed in, or wait until they have run out.",
    "later",
    headers={"Retry-After": "86400"},
)
WALLET_INVALID = problem(
    "wallet-invalid",
    422,
    "The parts of the new wallet do not fit together; nothing was kept.",
    "Make genesis, methods and first change anew as the specification says.",
    "after-change",
)
CHAIN_INVALID = problem(
    "chain-invalid",
    422,
    "The change does not continue the wallet's chain; nothing was kept.",
    "Sync, check what 'reason' names, and sign a new change.",
    "after-change",
)
WALLET_EXISTS = problem(
    "wallet-exists",
    409,
    "This wallet is on this server already.",
    "Sign in with one of its methods.",
)
HANDLE_TAKEN = problem(
    "handle-taken",
    409,
    "This handle cannot be used.",
    "Make a new handle, and with it new methods, and send the request again.",
    "after-change",
)
CREATION_BUSY = problem(
    "creation-busy",
    429,
    "Too many wallets were made here in the last hour.",
    "Wait as long as Retry-After says, or use an invitation code from an advice office.",
    "later",
)
INVITATION_UNKNOWN = problem(
    "invitation-unknown",
    404,
    "This invitation code is not valid, or was used already.",
    "Check what you typed, or ask the advice office for a new code.",
    "after-change",
)
ERASE_REFUSED = problem(
    "erase-refused",
    403,
    "The order to delete the wallet does not verify; nothing was deleted.",
    "Sign a fresh order for this wallet with its own key.",
    "after-change",
)
WALLET_SUSPENDED = problem(
    "wallet-suspended",
    423,
    "The operator has suspended this wallet: it can be read and deleted, not changed.",
    "Ask the operator why.",
)
