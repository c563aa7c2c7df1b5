"""Request bodies: strict JSON first, then a Pydantic model, so that OpenAPI says what the code takes.

Two readers of one JSON text must never understand different things, so the profile of conventions.md is applied before
any meaning is given to a value. What the caller sent never comes back in an error.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from mappe.formats import strict_json
from mappe.formats.errors import FormatError
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError, WithJsonSchema

from kit.errors import INVALID_REQUEST, TOO_LARGE
from kit.ids import unb64u
from kit.limits import BODY_BYTES

PLACES_NAMED = 8  # members named in an error; more help nobody
MAX_TIME = 2**53 - 1  # seconds; what every JSON reader holds exactly

M = TypeVar("M", bound="Body")


class Body(BaseModel):
    """A closed object: an unknown member is refused, and a text is never taken for a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _characters(length: int) -> int:
    return (length * 8 + 5) // 6


def _sized(lengths: tuple[int, ...], description: str) -> Any:
    by_characters = {_characters(length): length for length in lengths}

    def decode(value: object) -> bytes:
        if not isinstance(value, str):
            raise ValueError("not a text")
        return unb64u(value, by_characters.get(len(value), lengths[0]))

    forms = "|".join(f"[A-Za-z0-9_-]{{{characters}}}" for characters in by_characters)
    schema = {
        "type": "string",
        "pattern": f"^{forms}$" if len(lengths) == 1 else f"^({forms})$",
        "description": description,
    }
    return BeforeValidator(decode), WithJsonSchema(schema)


def _bytes(length: int, description: str) -> Any:
    return _sized((length,), description)


Id = Annotated[bytes, *_bytes(16, "16 bytes, base64url")]
Hash = Annotated[bytes, *_bytes(32, "32 bytes, base64url")]
SealKey = Annotated[bytes, *_sized((32, 1216), "32 bytes (suite 1) or 1,216 (suite 2), base64url")]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")]  # JWE, JWS or box; the route bounds its length


def parse(model: type[M], raw: bytes, limit: int = BODY_BYTES) -> M:
    """The body as `model`; Problem `too-large` or `invalid-request` (with the schema's member names) otherwise."""
    if len(raw) > limit:
        raise TOO_LARGE(limit=limit)
    try:
        value = strict_json.loads(raw, max_bytes=limit)
    except FormatError:
        raise INVALID_REQUEST(where=["body"]) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise INVALID_REQUEST(where=_places(error)) from None


def openapi(model: type[Body]) -> dict[str, Any]:
    """`openapi_extra` of a route whose handler reads the raw body itself."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", None)
    if definitions:
        schema = _inline(schema, definitions)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name in definitions:
            return _inline(definitions[name], definitions)
        return {key: _inline(value, definitions) for key, value in node.items()}
    if isinstance(node, list):
        return [_inline(value, definitions) for value in node]
    return node


def _places(error: ValidationError) -> list[str]:
    places: list[str] = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        location = list(item["loc"])
        if item["type"] == "extra_forbidden":
            location[-1:] = ["(unknown member)"]  # the name was the sender's
        place = ".".join(["body", *("(item)" if isinstance(part, int) else part for part in location)])
        if place not in places:
            places.append(place)
    return places[:PLACES_NAMED]
