"""Answers as ready bytes: the handlers know their members, a response model would only check them again."""

from __future__ import annotations

from json import JSONEncoder

from fastapi import Response

encode = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def json_answer(value: object, status: int = 200) -> Response:
    return Response(encode(value).encode(), status, media_type="application/json")


def no_content() -> Response:
    return Response(status_code=204)
