"""Refusals of the agencies slice."""

from __future__ import annotations

from kit.errors import problem

AGENCY_SIGN_IN_REFUSED = problem(
    "agency-sign-in-refused",
    401,
    "The sign-in was not accepted.",
    "Make a new assertion with an active login key and the server's public origin as audience; if it fails again, "
    "compare clock and keys with the registry.",
    "after-change",
)
AGENCY_TOKEN_INVALID = problem(
    "agency-token-invalid",
    401,
    "The access token or its proof is not valid, or no longer.",
    "Sign in again and repeat the request with the new token and a fresh proof by the same login key.",
    "after-change",
    headers={"WWW-Authenticate": 'DPoP algs="EdDSA"'},
)
REGISTRY_UNAVAILABLE = problem(
    "registry-unavailable",
    503,
    "This server has no valid agency registry at the moment, so no agency can sign in.",
    "Tell the operator to load a current registry (`python -m app registry load FILE`).",
    "later",
    headers={"Retry-After": "300"},
)
INBOX_FULL = problem(
    "inbox-full",
    429,
    "Too many notices wait for this agency.",
    "Show the agency the code yourself, or try again another day.",
    "later",
    headers={"Retry-After": "86400"},
)
NOTICES_USED_UP = problem(
    "notices-used-up",
    429,
    "This wallet has sent as many notices as one hour allows.",
    "Wait an hour and send the notice again.",
    "later",
    headers={"Retry-After": "3600"},
)
