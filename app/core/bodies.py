"""Bodies: whole or not at all, and never over the limit. What was cut off on the way reaches no route."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.config import Settings
from app.core.errors import SurveyError, TooLarge, Unreadable
from app.core.handlers import reply

BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
STAFF_PAGES = "/console/"


class WholeBody:
    """Reads a body before anything parses it; staff uploads have a limit of their own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in BODILESS:
            await self.app(scope, receive, send)
            return
        try:
            body = await _whole(receive, _declared(scope), limit=self._limit(scope["path"]))
        except SurveyError as error:
            await reply(Request(scope), error)(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    def _limit(self, path: str) -> int:
        staff = path.startswith(STAFF_PAGES)
        return self.settings.max_upload_bytes if staff else self.settings.max_body_bytes


def _declared(scope: Scope) -> int | None:
    """The length the sender says it has; None where it says none."""
    said: bytes | None = dict(scope["headers"]).get(b"content-length")
    if said is not None and not said.isdigit():
        raise Unreadable("the request was refused", where="Content-Length")
    return None if said is None else int(said)


async def _whole(receive: Receive, declared: int | None, *, limit: int) -> bytes:
    """The body to its last byte. Raises: TooLarge; Unreadable when the connection broke before its end."""
    body, more = bytearray(), (declared or 0) <= limit
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _cut_off()
        body += message.get("body", b"")
        more = message.get("more_body", False) and len(body) <= limit
    if max(declared or 0, len(body)) > limit:
        raise _too_large(limit)
    if declared is not None and len(body) != declared:
        raise _cut_off()
    return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge("the body is larger than {limit} bytes", where="body", remedy="send less", limit=limit)


def _cut_off() -> Unreadable:
    return Unreadable(
        "the body was cut off before its end", where="body", remedy="nothing was stored; send it again"
    )


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def once() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
