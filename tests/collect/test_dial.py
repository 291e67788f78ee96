"""Which addresses may be dialled."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import httpcore2
import pytest

from bot.collect.dial import Address, CheckedBackend, is_public
from bot.domain.errors import SourceError

if TYPE_CHECKING:
    from tests.collect.loopback import Site


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "192.0.0.8", "::1", "::",
        "fe80::1", "fc00::1", "ff02::1", "3fff::1",
        "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_inward_addresses_are_not_public(address: str) -> None:
    """Private, loopback, link-local, shared, multicast, reserved and wrapped inward addresses are refused."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_outward_addresses_are_public(address: str) -> None:
    """Ordinary addresses pass, also when wrapped for an IPv6-only machine."""
    assert is_public(ipaddress.ip_address(address))


async def test_the_checked_address_is_dialled(site: Site) -> None:
    """A name is resolved once, and the connection goes to the address that was checked (no rebinding)."""
    asked: list[str] = []

    async def resolver(host: str, _port: int) -> list[Address]:
        asked.append(host)
        return [ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("127.0.0.1")]

    backend = CheckedBackend(lambda address: address.is_loopback, resolver)
    stream = await backend.connect_tcp("feed.example", int(site.url.rpartition(":")[2]), timeout=1)
    assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    assert asked == ["feed.example"]
    await stream.aclose()


async def test_the_next_address_is_tried(site: Site) -> None:
    """When one address does not answer, the next one is dialled."""

    async def resolver(_host: str, _port: int) -> list[Address]:
        return [ipaddress.ip_address("::1"), ipaddress.ip_address("127.0.0.1")]

    backend = CheckedBackend(lambda _address: True, resolver)
    stream = await backend.connect_tcp("feed.example", int(site.url.rpartition(":")[2]), timeout=1)
    assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    await stream.aclose()


async def test_a_host_with_only_inward_addresses_is_refused() -> None:
    """The refusal names host and address."""

    async def resolver(_host: str, _port: int) -> list[Address]:
        return [ipaddress.ip_address("192.168.0.9")]

    with pytest.raises(SourceError, match=r"feed\.example leads to 192\.168\.0\.9"):
        await CheckedBackend(resolver=resolver).connect_tcp("feed.example", 80, timeout=1)


async def test_a_name_without_address_is_a_connect_error() -> None:
    """A name that cannot be resolved is an ordinary connection failure."""

    async def resolver(_host: str, _port: int) -> list[Address]:
        msg = "no such name"
        raise OSError(msg)

    with pytest.raises(httpcore2.ConnectError):
        await CheckedBackend(resolver=resolver).connect_tcp("nowhere.example", 80, timeout=1)


async def test_a_name_with_no_addresses_is_a_connect_error() -> None:
    """An empty answer of the resolver is an ordinary connection failure."""

    async def resolver(_host: str, _port: int) -> list[Address]:
        return []

    with pytest.raises(httpcore2.ConnectError):
        await CheckedBackend(resolver=resolver).connect_tcp("nowhere.example", 80, timeout=1)
