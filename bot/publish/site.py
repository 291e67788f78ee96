"""The site as a channel: pages are rendered from the store, so a story is there once its state says so.

A correction and a retraction stand on the page as soon as they are in the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.publication import Publication
    from bot.publish.port import Order


class SiteChannel:
    """Says where on the site a story stands; `site_url` is the address readers use."""

    name = "site"

    def __init__(self, site_url: str) -> None:
        self._site_url = site_url.rstrip("/")

    async def plan(self, order: Order, now: datetime) -> Mapping[str, Any]:  # noqa: ARG002 - the port's signature
        """Return the story's path and title."""
        return {"path": f"/stories/{order.story.id}", "title": order.story.draft.headline.text}

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Return the page's address; there is nothing to bring anywhere."""
        return {"url": self._site_url + publication.content["path"]}
