"""Pages made ready once: everything but one short value is rendered and deflated before anybody asks.

Opening a code costs a look at the token instead of a template and a compressor: half a thousand people may
scan at closing time. The reply is one ordinary gzip member: the part made ready ends on a byte (full flush),
the rest is deflated when asked, and the checksum goes on from where the first part left it.
"""

import zlib
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

MARK = "00000000-0000-4000-8000-000000000000"
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
SIZE_MODULO = 1 << 32


@dataclass(frozen=True, slots=True)
class ReadyPage:
    """A page up to its one open value, plain and deflated, and what stands after it."""

    before: bytes
    deflated: bytes
    checksum: int
    after: bytes
    language: str

    def reply(self, request: Request, value: str) -> Response:
        """The page with its value, compressed for a browser that takes it."""
        rest = value.encode() + self.after
        headers = {"Content-Language": self.language, "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return HTMLResponse(self.before + rest, headers=headers)
        return HTMLResponse(self._gzip(rest), headers=headers | {"Content-Encoding": "gzip"})

    def _gzip(self, rest: bytes) -> bytes:
        size = (len(self.before) + len(rest)) % SIZE_MODULO
        trailer = zlib.crc32(rest, self.checksum).to_bytes(4, "little") + size.to_bytes(4, "little")
        return GZIP_HEAD + self.deflated + _deflate(rest, zlib.Z_FINISH) + trailer


def ready_page(html: str, language: str) -> ReadyPage:
    """The page whose open value is written as `MARK`."""
    head, tail = html.split(MARK)
    before = head.encode()
    return ReadyPage(before, _deflate(before, zlib.Z_FULL_FLUSH), zlib.crc32(before), tail.encode(), language)


def _deflate(part: bytes, ending: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(part) + packer.flush(ending)
