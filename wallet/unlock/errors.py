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
    "The PIN of the recovery sheet is wrong.",
    "Check the PIN; without it, the recovery code alone works after 72 hours.",
    "after-change",
    record_kept=True,
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
