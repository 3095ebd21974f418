"""Alerts by webhook: JSON, signed with the receiver's secret over the moment and the body."""

import hashlib
import hmac
import json
from collections.abc import Sequence

import httpx

from app.alerts.addresses import resolve
from app.alerts.receivers import secret_of
from app.alerts.tables import AlertReceiver
from app.alerts.telling import Message, NotSent
from app.core import clock
from app.core.errors import Invalid

SECONDS = 10
TIMESTAMP, SIGNATURE = "X-Sipas-Timestamp", "X-Sipas-Signature"


def send(receiver: AlertReceiver, messages: Sequence[Message]) -> None:
    """Post the messages; any 2xx is arrival, its body is not read. Raises: NotSent."""
    sent_at = clock.now()
    body = json.dumps(
        {"sent_at": sent_at.isoformat(), "alerts": [message.as_json() for message in messages]},
        ensure_ascii=False,
    ).encode()
    moment = str(int(sent_at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        TIMESTAMP: moment,
        SIGNATURE: f"sha256={signature(secret_of(receiver.receiver_id), moment, body)}",
    }
    try:
        status = _post(receiver.address, body, headers)
    except Invalid as error:
        raise NotSent("the address is not public") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotSent(type(error).__name__) from error
    if not 200 <= status < 300:
        raise NotSent(f"status {status}")


def signature(secret: str, moment: str, body: bytes) -> str:
    """HMAC-SHA-256 over `moment.body`, in hex: what a receiver computes to know who sent it, and when."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the reply, from the very address that was checked, without proxies and redirects."""
    target = resolve(url)
    with (
        httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST",
            target.url,
            content=body,
            headers={**headers, "Host": target.authority},
            extensions={"sni_hostname": target.host},
        ) as reply,
    ):
        return reply.status_code
