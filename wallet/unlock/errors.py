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
