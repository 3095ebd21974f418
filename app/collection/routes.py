"""collection over HTTP (JSON): one route in."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.collection.schemas import RecordedOut, ResponseIn, wire_of
from app.collection.service import arrival_of, kiosk_with, record
from app.collection.writer import Writer
from app.core.error_shape import ErrorBody
from app.core.handlers import wrong_type
from app.kiosks.accounting import number_of

router = APIRouter(prefix="/api/v1", tags=["collection"])
BEARER = "bearer "
SEQUENCE, DEVICE = "X-Device-Sequence", "X-Device"
LONGEST_DEVICE_ID = 32
DOCUMENTED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ResponseIn.model_json_schema()}},
    },
    "parameters": [
        {
            "name": SEQUENCE,
            "in": "header",
            "required": False,
            "schema": {"type": "integer", "minimum": 1},
            "description": "place of the answer in the count of the kiosk's device; no part of the response",
        },
        {
            "name": DEVICE,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": LONGEST_DEVICE_ID},
            "description": "whose count it is, where a device was connected again with answers waiting",
        },
    ],
    "security": [{}, {"KioskCredential": []}],
}


@router.post(
    "/responses",
    status_code=201,
    response_model=RecordedOut,
    responses={
        200: {"model": RecordedOut, "description": "this same response was here already"},
        400: {"model": ErrorBody, "description": "not JSON"},
        401: {"model": ErrorBody, "description": "unknown or revoked kiosk credential"},
        409: {"model": ErrorBody, "description": "the response_id is stored with other content"},
        413: {"model": ErrorBody, "description": "body too large"},
        415: {"model": ErrorBody, "description": "not application/json"},
        422: {"model": ErrorBody, "description": "content that cannot be accepted, every place named"},
        503: {"model": ErrorBody, "description": "busy or without its database; Retry-After says when"},
    },
    openapi_extra=DOCUMENTED,
)
async def post_response(request: Request) -> Response:
    """Record one response; the reply comes after it is durable. Sending it again is always safe."""
    _require_json(request)
    wire = wire_of(await request.body())
    writer: Writer = request.app.state.writer
    credential = _credential(request)
    kiosk = await kiosk_with(writer, credential) if credential else None
    number = number_of(request.headers.get(SEQUENCE))
    arrival = await arrival_of(writer, kiosk, number, _device(request)) if kiosk and number else None
    reply = await record(writer, wire, kiosk=kiosk, arrival=arrival)
    return Response(reply.body.model_dump_json(), reply.status, media_type="application/json")


def _require_json(request: Request) -> None:
    given = request.headers.get("content-type", "")
    if given.split(";")[0].strip().lower() != "application/json":
        raise wrong_type(given)


def _device(request: Request) -> str:
    """Whose number it is, where the device was connected again with answers still waiting; else empty."""
    return request.headers.get(DEVICE, "")[:LONGEST_DEVICE_ID]


def _credential(request: Request) -> str:
    """The kiosk's credential; empty when the sender shows none."""
    given = request.headers.get("authorization", "")
    return given[len(BEARER) :].strip() if given.lower().startswith(BEARER) else ""
