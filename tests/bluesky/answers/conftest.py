"""A bot that told a story, and two readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bluesky.answers.readers import House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.network import Account, BlueskyNetwork


@pytest.fixture
async def house(network: BlueskyNetwork, tmp_path: Path) -> AsyncIterator[House]:
    """Give a bot that told one story."""
    async with open_house(network, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def ann(network: BlueskyNetwork) -> Account:
    """Give a reader."""
    return network.create_account("ann")


@pytest.fixture(scope="session")
def bob(network: BlueskyNetwork) -> Account:
    """Give another reader."""
    return network.create_account("bob")
