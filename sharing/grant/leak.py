"""A locator in a path has been seen by proxies, logs and previews: its grant ends at once (grant.md, "Link").

Some programs write the `#` of a link as `%23`, and then what must never leave the browser becomes part of the request.
Whoever can name S held the link, so no other proof is asked for. The answer is one page, whether the grant existed, had
ended, or was never there. S itself is neither stored nor logged.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from mappe.formats.locator import leaked_grant
from starlette.convertors import Convertor, register_url_convertor

from kit.context import Context
from kit.database import Tx
from sharing.grant import ending, repository

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # it has leaked, whatever was asked
_PAGE = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Link</title>
<p>This link does not work in this form, and for safety it is now closed. Please ask for a new one.</p>
<p lang="de">Dieser Link funktioniert in dieser Form nicht und wurde zur Sicherheit geschlossen.
Bitte lassen Sie sich einen neuen geben.</p>
</html>
"""


class _Locator(Convertor[str]):
    """The rest of a path that may hold a locator; `leaked_grant` judges."""

    regex = r"(?:/|#|%23)*[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("locator", _Locator())


async def close_leaked(request: Request) -> Response:
    """Ends the grant, if there is one; the same page for all."""
    ctx: Context = request.app.state.context
    now = ctx.clock.now()
    grant = leaked_grant(request.scope["path"])
    if grant is not None:
        found = grant

        def close(tx: Tx) -> None:
            wallet = repository.wallet_of(tx, found)
            if wallet is not None:
                ending.end(tx, wallet, found, now, "link-leaked")

        await ctx.db.write(close)
    return Response(_PAGE, 404, media_type="text/html")


def install(router: APIRouter) -> None:
    """Two routes; neither is part of the documented interface."""
    for letter in "ga":
        router.add_route(f"/{letter}{{rest:locator}}", close_leaked, _METHODS, include_in_schema=False)
