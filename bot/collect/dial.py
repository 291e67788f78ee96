"""Which addresses may be dialled: public ones only, checked at the moment of dialling.

A name is resolved once and the connection goes to the very address that was checked, so neither a redirect
nor a name that changes its answer (DNS rebinding) leads into the operator's own network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

import httpcore2
import httpx2

from bot.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Set aside by IANA for protocols and for documentation, which Python's tables may not know yet:
# https://www.iana.org/assignments/iana-ipv6-special-registry
_SET_ASIDE = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv6Network("3fff::/20"))
_MAX_TRIES = 4


def is_public(address: Address) -> bool:
    """Tell whether `address` lies on the public internet (an IPv4 address wrapped in IPv6 is unwrapped)."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    if any(address in network for network in _SET_ASIDE):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of `host` in the order the system prefers them; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ipaddress.ip_address(str(item[4][0]).split("%")[0]) for item in found))


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Dials only addresses that `permitted` lets pass.

    Raises SourceError for a host that has no such address.
    """

    def __init__(
        self,
        permitted: Callable[[Address], bool] = is_public,
        resolver: Callable[[str, int], Awaitable[list[Address]]] = resolve,
    ) -> None:
        self._permitted = permitted
        self._resolve = resolver
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore2
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, check, then dial one address after the other until one answers."""
        addresses = await self._checked(host, port, timeout)
        share = None if timeout is None else timeout / max(1, len(addresses))
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(str(address), port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore2 asks between its own tries."""
        await asyncio.sleep(seconds)

    async def _checked(self, host: str, port: int, seconds: float | None) -> list[Address]:
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
        except TimeoutError:
            msg = f"{host} could not be resolved in time"
            raise httpcore2.ConnectTimeout(msg) from None
        except (OSError, UnicodeError, ValueError):
            msg = f"{host} could not be resolved"
            raise httpcore2.ConnectError(msg) from None
        allowed = [address for address in found if self._permitted(address)]
        if found and not allowed:
            msg = f"{host} leads to {found[0]}, which is not a public address"
            raise SourceError(msg)
        return allowed[:_MAX_TRIES]


class CheckedTransport(httpx2.AsyncHTTPTransport):
    """The transport of httpx2 with every connection going through `backend`."""

    def __init__(self, backend: httpcore2.AsyncNetworkBackend, limits: httpx2.Limits) -> None:
        super().__init__(limits=limits)
        # httpx2 has no parameter for the backend; its pool is replaced before it was ever used.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=backend,
        )
