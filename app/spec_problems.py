"""Which problems a call can answer with: read off the code that its handler can reach, so that it cannot go stale.

From the handler and its dependencies the compiled code is followed through the functions, classes and tables of this
program that it names. That is a little more than what can happen (a helper shared by two calls counts for both), and
never less, as long as problems are named in code and not computed.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.main import ROUTES
from kit.blobs_local import LocalBlobs
from kit.database import UNCERTAIN
from kit.errors import BUSY, INTERNAL, INVALID_REQUEST, NOT_FOUND, TOO_LARGE, UNSUPPORTED_MEDIA, ProblemKind

OURS = ("app.", "wallet.", "sharing.", "audit.", "kit.")
ANYWHERE = (BUSY, INTERNAL, UNCERTAIN)
WITH_A_BODY = (TOO_LARGE, UNSUPPORTED_MEDIA)  # app.headers refuses these before a handler sees them
BODY_METHODS = {"POST", "PUT", "PATCH"}
BLOBS = "blobs"  # a port: what stands behind `ctx.blobs` is chosen at start, both kinds refuse alike


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its dependencies' names tell who may call it."""

    route: APIRoute
    callers: tuple[str, ...]
    problems: tuple[ProblemKind, ...]


def calls() -> dict[str, Call]:
    """Every call of the interface, by operation id."""
    found: dict[str, Call] = {}
    for name in ROUTES:
        for route in _routes(importlib.import_module(name).router):
            if route.include_in_schema:
                found[route.name] = _call(route)
    return found


def _routes(router: APIRouter) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            if isinstance(inner, APIRouter):
                yield from _routes(inner)


def _call(route: APIRoute) -> Call:
    dependencies = [one.call for one in route.dependant.dependencies if one.call is not None]
    kinds: dict[str, ProblemKind] = {kind.code: kind for kind in ANYWHERE}
    if BODY_METHODS & (route.methods or set()):
        kinds |= {kind.code: kind for kind in WITH_A_BODY}
    seen: set[CodeType] = set()
    for start in (route.endpoint, *dependencies):
        _follow(start if isinstance(start, FunctionType) else getattr(start, "__init__", None), seen, kinds)
    if "{" in route.path:
        kinds[NOT_FOUND.code] = NOT_FOUND  # a name that no path takes
    if (
        route.dependant.path_params
        or route.dependant.query_params
        or any(one.path_params or one.query_params for one in route.dependant.dependencies)
    ):
        kinds[INVALID_REQUEST.code] = INVALID_REQUEST
    names = tuple(getattr(one, "__name__", "") for one in dependencies)
    return Call(route, names, tuple(kinds[code] for code in sorted(kinds)))


def _follow(function: Any, seen: set[CodeType], kinds: dict[str, ProblemKind], owner: type | None = None) -> None:
    code = getattr(function, "__code__", None)
    if code is None or code in seen:
        return
    seen.add(code)
    names = {name for part in _nested(code) for name in part.co_names}
    for value in _named(names, function.__globals__):
        _take(value, names, seen, kinds)
    for type_ in (owner, LocalBlobs if BLOBS in names else None):
        if type_ is not None:
            _take(type_, names, seen, kinds)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _nested(value)


def _named(names: set[str], scope: Mapping[str, Any]) -> Iterator[Any]:
    for name in sorted(names):
        value = scope.get(name)
        if isinstance(value, ModuleType) and value.__name__.startswith(OURS):
            yield from (getattr(value, member) for member in sorted(names) if hasattr(value, member))
        elif value is not None:
            yield value


def _take(value: Any, names: set[str], seen: set[CodeType], kinds: dict[str, ProblemKind]) -> None:
    if isinstance(value, ProblemKind):
        kinds[value.code] = value
    elif isinstance(value, dict):
        for one in value.values():
            if isinstance(one, ProblemKind):
                kinds[one.code] = one
    elif isinstance(value, type) and value.__module__.startswith(OURS):
        for name, member in vars(value).items():
            if name in names or name == "__init__":
                _follow(getattr(member, "__func__", member), seen, kinds, value)
    elif isinstance(value, FunctionType) and value.__module__.startswith(OURS):
        _follow(value, seen, kinds)
