"""Secrets: made at random, kept as digests, signed where the holder must carry them."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from itsdangerous import BadSignature, Signer

from app.core.config import settings

SECRET_BYTES = 24
SIGNATURE_BYTES = 16


def new_secret() -> str:
    """A random secret to hand out once: 192 bits, safe in a URL."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What is stored of a random secret: SHA-256; a random secret needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed_digest(purpose: str, content: bytes) -> str:
    """HMAC-SHA-256 under a key of its own for each purpose: useless to a reader of the database alone."""
    return hmac.new(_key(settings().signing_key(), purpose), content, hashlib.sha256).hexdigest()


@lru_cache(maxsize=32)
def _key(master: str, purpose: str) -> bytes:
    return hmac.new(master.encode(), purpose.encode(), hashlib.sha256).digest()


class _ShortSigner(Signer):
    """128 bits of HMAC-SHA-256: long enough, and the QR stays coarse enough for cheap cameras."""

    def get_signature(self, value: str | bytes) -> bytes:
        data = value.encode() if isinstance(value, str) else value
        raw = hmac.new(self.derive_key(), data, hashlib.sha256).digest()[:SIGNATURE_BYTES]
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        given = sig.encode() if isinstance(sig, str) else sig
        return hmac.compare_digest(self.get_signature(value), given)


def sign(purpose: str, payload: Mapping[str, Any]) -> str:
    """A URL-safe text that carries `payload` and cannot be forged."""
    raw = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    body = base64.urlsafe_b64encode(raw).rstrip(b"=")
    return _signer(purpose).sign(body).decode()


def unsign(purpose: str, token: str) -> dict[str, Any] | None:
    """The payload, or None when the token was not made here for this purpose."""
    try:
        body = _signer(purpose).unsign(token.encode())
        payload = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    except (BadSignature, ValueError):
        return None
    return payload if isinstance(payload, dict) else None


def _signer(purpose: str) -> Signer:
    return _ShortSigner(settings().signing_key(), salt=purpose, sep="~", digest_method=hashlib.sha256)
