"""Alerts by webhook: JSON, signed with the receiver's secret over the moment and the body.

A receiver has a few seconds for everything. The limits of httpx hold for each byte alone, so one that drips
its reply would keep us for ever; here the whole exchange is cancelled and its connection closed.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence

import httpx

from app.alerts.addresses import Target, resolve
from app.alerts.receivers import secret_of
from app.alerts.tables import AlertReceiver
from app.alerts.telling import Message, NotSent
from app.core import clock
from app.core.errors import Invalid

SECONDS = 10  # for the whole exchange
TIMESTAMP, SIGNATURE = "X-Sipas-Timestamp", "X-Sipas-Signature"


def send(receiver: AlertReceiver, messages: Sequence[Message]) -> None:
    """Post the messages; any 2xx is arrival, its body is not read.

    Raises: NotSent, SECONDS after the name of the receiver was looked up at the latest.
    """
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
        status = asyncio.run(_post(resolve(receiver.address), body, headers))
    except Invalid as error:
        raise NotSent("the address is not public") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotSent(type(error).__name__) from error
    if not 200 <= status < 300:
        raise NotSent(f"status {status}")


def signature(secret: str, moment: str, body: bytes) -> str:
    """HMAC-SHA-256 over `moment.body`, in hex: what a receiver computes to know who sent it, and when."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


async def _post(target: Target, body: bytes, headers: dict[str, str]) -> int:
    """The status of the reply, from the very address that was checked, without proxies and redirects.

    Raises: TimeoutError when the status is not there in time, however busy the receiver keeps the line.
    """
    async with (
        asyncio.timeout(SECONDS),
        httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST",
            target.url,
            content=body,
            headers={**headers, "Host": target.authority},
            extensions={"sni_hostname": target.host},
        ) as reply,
    ):
        return reply.status_code
