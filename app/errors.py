"""Every answer that is not a success is application/problem+json (RFC 9457) with a stable code, made here.

What the caller sent never comes back, not even in a validation error: it could be a secret in the wrong place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from kit.errors import INTERNAL, INVALID_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, Problem

MEDIA_TYPE = "application/problem+json"
PLACES_NAMED = 8  # members named in a validation error; more help nobody


def problem_document(problem: Problem) -> dict[str, object]:
    """The members of the body, in the order that people read them."""
    return {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.title,  # a slice may say more through `extra`
        "next": problem.next_step,
        "retry": problem.retry,
        **problem.extra,
    }


def problem_response(problem: Problem) -> Response:
    body = json.dumps(problem_document(problem), ensure_ascii=False, separators=(",", ":"))
    return Response(body.encode(), problem.status, dict(problem.headers), MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """One handler for each way in which a request can be refused; our own mistakes end in app.headers."""

    @app.exception_handler(Problem)
    async def refused(request: Request, error: Problem) -> Response:
        context = getattr(request.app.state, "context", None)
        if context is not None:
            context.metrics.refusals.labels(error.code).inc()
        return problem_response(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return problem_response(INVALID_REQUEST(where=_places(error)))

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        return problem_response(_from_status(error.status_code, error.headers or {}))


def _places(error: RequestValidationError) -> list[str]:
    """Where the schema and the request differ: member names of the schema, never a name or value that was sent."""
    places: list[str] = []
    for item in error.errors():
        location = list(item["loc"])
        if item["type"] == "extra_forbidden":
            location[-1:] = ["(unknown member)"]  # the name was the sender's
        place = ".".join("(item)" if isinstance(part, int) else part for part in location)
        if place not in places:
            places.append(place)
    return places[:PLACES_NAMED]


def _from_status(status: int, headers: Mapping[str, str]) -> Problem:
    if status == 404:
        return NOT_FOUND()
    if status == 405:
        return METHOD_NOT_ALLOWED(headers={"Allow": headers.get("allow", headers.get("Allow", ""))})
    return INVALID_REQUEST() if status < 500 else INTERNAL()
