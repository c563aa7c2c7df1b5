"""JSON, read strictly (conventions, "JSON").

Lenient parsers disagree, and a disagreement between signer, server and reader is an attack: two members of one name, a
float that rounds, an integer beyond 2^53, half a surrogate pair. All of these are refused here, before any meaning is
given to a value. Checkers turn a member into the value that a dataclass holds, so that nothing is checked twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn

from .encoding import unb64u
from .errors import FormatError

MAX_DEPTH = 16  # levels of nesting: a deep document exhausts the reader's stack
MAX_INTEGER = 2**53 - 1  # what every JSON reader can hold exactly (RFC 8259 section 6)
MAX_TIME = 2**53 - 1

Checker = Callable[[object], Any]

# What may hide brackets (a string) or is one.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def _malformed(message: str) -> FormatError:
    return FormatError("malformed", message)


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _malformed("a member name appears twice")
    return members


def _integer(text: str) -> int:
    if len(text) > 17 or text == "-0":
        raise _malformed("not an integer that every reader holds exactly")
    value = int(text)
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise _malformed("integer too large")
    return value


def _no_number(text: str) -> NoReturn:
    raise _malformed("neither fractions nor exponents")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_no_number, parse_constant=_no_number
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads(data: bytes | str, *, max_bytes: int) -> Any:
    """The one JSON value in `data`; FormatError `malformed` for what is outside the profile, `too-large`."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8"))
    except UnicodeError:
        raise _malformed("not UTF-8") from None
    if size > max_bytes:
        raise FormatError("too-large", f"longer than {max_bytes} bytes")
    # Counting is a lower bound that most texts pass at once; only the others are walked.
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _check_depth(text)
    try:
        value = _DECODER.decode(text)
        if "\\u" in text:  # the only way to a lone surrogate: UTF-8 itself cannot carry one
            _ENCODER.encode(value).encode("utf-8")
    except FormatError:
        raise
    except (ValueError, RecursionError):
        raise _malformed("not JSON") from None
    return value


def _check_depth(text: str) -> None:
    depth = 0
    for part in _STRUCTURE.findall(text):
        if part in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _malformed("nested too deeply")
        elif part in "]}":
            depth -= 1


def dumps(value: object) -> bytes:
    """UTF-8 JSON without white space, members in the order given; ValueError for what JSON cannot say."""
    return _ENCODER.encode(value).encode("utf-8")


def closed(value: object, required: Mapping[str, Checker], optional: Mapping[str, Checker] | None = None) -> Any:
    """The checked members of an object that has exactly these; FormatError `malformed` otherwise.

    Optional members that are absent stay absent in the answer.
    """
    checked = opened(value, required, optional)
    if len(checked) != len(value):  # type: ignore[arg-type]
        raise _malformed("unknown member")
    return checked


def opened(value: object, required: Mapping[str, Checker], optional: Mapping[str, Checker] | None = None) -> Any:
    """The checked members of an open object; the others are not in the answer and stay in `value`."""
    if type(value) is not dict:
        raise _malformed("not an object")
    checked: dict[str, Any] = {}
    for name, check in required.items():
        if name not in value:
            raise _malformed(f"{name} is missing")
        checked[name] = check(value[name])
    for name, check in (optional or {}).items():
        if name in value:
            checked[name] = check(value[name])
    return checked


# -- checkers ---------------------------------------------------------------------------------------------------------


def string(value: object) -> str:
    """Any text."""
    if type(value) is not str:
        raise _malformed("not a text")
    return value


def text(max_length: int, min_length: int = 0) -> Checker:
    """A text of so many characters."""

    def check(value: object) -> str:
        if type(value) is not str or not min_length <= len(value) <= max_length:
            raise _malformed(f"not a text of {min_length} to {max_length} characters")
        return value

    return check


def matching(pattern: str) -> Checker:
    """A text that the regular expression matches as a whole."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: object) -> str:
        if type(value) is not str or not compiled.fullmatch(value):
            raise _malformed("text of the wrong form")
        return value

    return check


def integer(minimum: int = 0, maximum: int = MAX_INTEGER) -> Checker:
    """A whole number in the range, both ends included."""

    def check(value: object) -> int:
        if type(value) is not int or not minimum <= value <= maximum:
            raise _malformed("not an integer in range")
        return value

    return check


def boolean(value: object) -> bool:
    """true or false."""
    if type(value) is not bool:
        raise _malformed("neither true nor false")
    return value


def exactly(expected: str | int) -> Checker:
    """This one value."""

    def check(value: object) -> str | int:
        if type(value) is not type(expected) or value != expected:
            raise _malformed(f"not {expected!r}")
        return expected

    return check


def one_of(values: Collection[str]) -> Checker:
    """One of these texts."""
    allowed = frozenset(values)

    def check(value: object) -> str:
        if type(value) is not str or value not in allowed:
            raise _malformed("not one of the known values")
        return value

    return check


def b64u_bytes(size: int | None = None) -> Checker:
    """The bytes of a canonical base64url text."""

    def check(value: object) -> bytes:
        if type(value) is not str:
            raise _malformed("not a text")
        return unb64u(value, size)

    return check


id16: Checker = b64u_bytes(16)
hash32: Checker = b64u_bytes(32)
time: Checker = integer(0, MAX_TIME)


def thumbprint(value: object) -> str:
    """A JWK thumbprint: the text of 32 bytes, kept as text."""
    hash32(value)
    return str(value)


def anything(value: object) -> object:
    """Any JSON value."""
    return value


def nullable(check: Checker) -> Checker:
    """null, or what `check` takes."""
    return lambda value: None if value is None else check(value)


def list_of(check: Checker, *, minimum: int = 0, maximum: int) -> Checker:
    """A list of so many; the answer is a tuple."""

    def check_list(value: object) -> tuple[Any, ...]:
        if type(value) is not list or not minimum <= len(value) <= maximum:
            raise _malformed("not a list of the right length")
        return tuple([check(item) for item in value])

    return check_list


def map_of(check_key: Checker, check_value: Checker, *, maximum: int) -> Checker:
    """An object used as a map, keys checked as well."""

    def check_map(value: object) -> dict[Any, Any]:
        if type(value) is not dict or len(value) > maximum:
            raise _malformed("not an object of the right size")
        return {check_key(key): check_value(item) for key, item in value.items()}

    return check_map


def unique(check: Checker) -> Checker:
    """What `check` takes, without repetition."""

    def check_unique(value: object) -> Any:
        items = check(value)
        if len(set(items)) != len(items):
            raise _malformed("something appears twice")
        return items

    return check_unique
