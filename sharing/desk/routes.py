"""HTTP of the desk: begun, waited for and collected by a page; found, met and given to by a wallet."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from audit import promise
from kit.bodies import openapi, parse
from kit.context import Context
from kit.ids import ID_BYTES, b64u, unb64u
from sharing.desk import schemas, service
from sharing.desk.errors import DESK_OVER
from wallet.answers import json_answer
from wallet.unlock.deps import DeviceCaller, HolderCaller

router = APIRouter(tags=["desk"])


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _id(text: str) -> bytes:
    """An id in a path; one that cannot exist is answered like one that does not."""
    try:
        return unb64u(text, ID_BYTES)
    except ValueError:
        raise DESK_OVER() from None


@router.post(
    "/v1/desks",
    response_class=Response,
    responses={201: {"model": schemas.Begun}},
    status_code=201,
    openapi_extra=openapi(schemas.NewDesk),
)
async def begin_desk(request: Request, device: DeviceCaller) -> Response:
    """A page without enrolment waits, ten minutes; it shows its code and these eight digits."""
    body = parse(schemas.NewDesk, await request.body())
    number, exp = await service.begin(_context(request), device, body.public)
    return json_answer({"number": number, "exp": exp}, 201)


@router.post(
    "/v1/desks/find",
    response_class=Response,
    responses={200: {"model": schemas.Found}},
    openapi_extra=openapi(schemas.FindDesk),
)
async def find_desk(request: Request, caller: HolderCaller) -> Response:
    """The code of the page that shows these digits. It opens nothing, and is believed only after the comparison."""
    body = parse(schemas.FindDesk, await request.body())
    row = await service.find(_context(request), caller, body.number)
    return json_answer({"public": b64u(row.public), "device": row.jkt})


@router.post(
    "/v1/desks/{id}/meet",
    response_class=Response,
    responses={200: {"model": schemas.Met}},
    openapi_extra=openapi(schemas.Meet),
)
async def meet_desk(request: Request, id: str, caller: HolderCaller) -> Response:
    """The wallet commits, asks for the page's answer, and then opens what it has committed to."""
    body = parse(schemas.Meet, await request.body())
    nonce, exp = await service.meet(_context(request), caller, _id(id), body)
    return json_answer({"nonce": None if nonce is None else b64u(nonce), "exp": exp})


@router.post(
    "/v1/desks/{id}/wait",
    response_class=Response,
    responses={200: {"model": schemas.Heard}},
    openapi_extra=openapi(schemas.Wait),
)
async def wait_at_desk(request: Request, id: str, device: DeviceCaller) -> Response:
    """The page asks what the wallet has said, and answers a commitment, once."""
    body = parse(schemas.Wait, await request.body())
    row = await service.wait(_context(request), device, _id(id), body.nonce)
    opening = None
    if row.message3 is not None:
        opening = {"signer": b64u(row.message3[:32]), "nonce": b64u(row.message3[32:])}
    commit = None if row.message1 is None else b64u(row.message1)
    return json_answer({"commit": commit, "opening": opening, "given": bool(row.box), "exp": row.exp})


@router.post(
    "/v1/desks/{id}/give",
    response_class=Response,
    openapi_extra=openapi(schemas.Give),
)
async def give_to_desk(request: Request, id: str, caller: HolderCaller) -> Response:
    """A box for the page; it is written down before it can be collected."""
    ctx = _context(request)
    body = parse(schemas.Give, await request.body())
    exp, entry = await service.give(ctx, caller, _id(id), body)
    return json_answer({"exp": exp, **promise.answer(ctx, entry)})


@router.post(
    "/v1/desks/{id}/collect",
    response_class=Response,
    responses={200: {"model": schemas.DeskBox}},
    openapi_extra=openapi(schemas.Nothing),
)
async def collect_from_desk(request: Request, id: str, device: DeviceCaller) -> Response:
    """The box, once; nothing of the page is left on the server then."""
    parse(schemas.Nothing, await request.body())
    return json_answer({"box": await service.collect(_context(request), device, _id(id))})
