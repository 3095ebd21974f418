"""Where a webhook may go: public addresses over TLS, unless the operator of the server allows others.

A name is looked up once and that very address is used, so a name that changes its address between the check
and the request leads nowhere (DNS rebinding). Redirects are not followed.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from app.core.config import settings
from app.core.errors import Invalid

NAT64 = ip_network("64:ff9b::/96")  # IPv4 in disguise, inner addresses as well
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Target:
    """A request's place: the address to connect to, and the name it goes by."""

    scheme: str
    host: str
    address: str
    port: int
    path: str

    @property
    def url(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"


def check_address(url: str) -> SplitResult:
    """The parts of a webhook's address. Raises: Invalid, also for a literal that is not public."""
    parts = _split(url)
    allowed = ("https", "http") if settings().webhook_internal else ("https",)
    if parts.scheme not in allowed or not parts.hostname or parts.username or parts.fragment:
        raise Invalid(
            "{value} cannot be a webhook",
            where="address",
            remedy="write an address such as https://example.vn/alerts",
            value=url,
        )
    if is_literal(parts.hostname) and not is_public(parts.hostname):
        raise _not_public(url)
    return parts


def _split(url: str) -> SplitResult:
    """The parts, or none where it cannot be read as an address."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else SplitResult("", "", "", "", "")
    except ValueError:
        return SplitResult("", "", "", "", "")


def is_literal(host: str) -> bool:
    """Whether a host is written as an address instead of a name."""
    try:
        ip_address(host.split("%")[0])
    except ValueError:
        return False
    return True


def resolve(url: str) -> Target:
    """The place to connect to. Raises: Invalid when any address of the name is not public; OSError."""
    parts = check_address(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not found or not all(is_public(address) for address in found):
        raise _not_public(url)
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, min(found, key=len), port, (parts.path or "/") + query)


def is_public(address: str) -> bool:
    """Whether the address may be called: reachable from everywhere, or anything where that is allowed."""
    if settings().webhook_internal:
        return True
    plain = ip_address(address.split("%")[0])
    if isinstance(plain, IPv6Address):
        if plain in NAT64:
            return False
        inner = plain.ipv4_mapped or plain.sixtofour or (plain.teredo or (None, None))[1]
        if inner is not None:
            return inner.is_global and not inner.is_multicast and plain.is_global
    return plain.is_global and not plain.is_multicast


def _not_public(url: str) -> Invalid:
    return Invalid(
        "{value} leads to an address that is not public",
        where="address",
        remedy="use a public address, or let the server's operator set SIPAS_WEBHOOK_INTERNAL",
        value=url,
    )
