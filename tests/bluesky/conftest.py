"""The Bluesky network, once for the whole session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.network import BlueskyNetwork, bluesky_network

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def network(postgres_server: str) -> Iterator[BlueskyNetwork]:
    """Run PDS, AppView and PLC for the whole session; how to use them stands in tests/network.py."""
    with bluesky_network(postgres_server) as running:
        yield running
