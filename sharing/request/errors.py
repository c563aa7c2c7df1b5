"""Refusals of the request slice."""

from __future__ import annotations

from kit.errors import problem

REQUEST_LIMITS = problem(
    "request-limits",
    422,
    "The request asks for a mode, an end or digits that do not go together.",
    "A desk request lasts at most 120 seconds and uses digits; a poster at most 366 days and no digits; link and api "
    "at most 30 days.",
    "after-change",
)
REQUEST_EXISTS = problem(
    "request-exists",
    409,
    "There is another request with this id.",
    "Make a new request with a new locator.",
    "after-change",
)
REQUESTS_USED_UP = problem(
    "requests-used-up",
    429,
    "This agency has made as many requests as one hour allows.",
    "Wait as long as Retry-After says, or use one poster for many people.",
    "later",
    headers={"Retry-After": "3600"},
)
REQUEST_EXPIRED = problem(
    "request-expired",
    410,
    "This request is over.",
    "Ask the agency for a new code.",
)
REQUEST_ANSWERED = problem(
    "request-answered",
    410,
    "This request has been answered already; it takes one answer.",
    "If the answer was not yours, tell the clerk at once. Otherwise ask for a new code.",
)
REQUEST_FULL = problem(
    "request-full",
    429,
    "Too many answers wait for the agency.",
    "Try again later, or show the agency a code yourself.",
    "later",
    headers={"Retry-After": "3600"},
)
REQUEST_BUSY = problem(
    "request-busy",
    429,
    "More answers have come within an hour than one poster takes.",
    "Wait as long as Retry-After says, or show the agency a code yourself.",
    "later",
    headers={"Retry-After": "3600"},
)
DIGITS_REQUIRED = problem(
    "digits-required",
    403,
    "The answer is handed out against the six digits that the person shows.",
    "Type the digits from the person's screen.",
    "after-change",
)
DIGITS_WRONG = problem(
    "digits-wrong",
    403,
    "These are not the digits that the person's screen shows.",
    "Compare with the person's screen; after the last try the answer is erased.",
    "after-change",
    record_kept=True,
)
ANSWER_ERASED = problem(
    "answer-erased",
    410,
    "The answer was erased after five wrong tries.",
    "Make a new request and let the person answer again.",
)
