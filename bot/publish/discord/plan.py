"""What is frozen for Discord: a story as a card and messages, and what later stands in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain import disclosure
from bot.domain.errors import PublishError
from bot.domain.publication import PublicationKind, PublicationState
from bot.publish.discord import buttons
from bot.write.discord import as_discord, as_retracted, notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.publication import Publication
    from bot.domain.story import Story
    from bot.publish.port import Order
    from bot.write.discord import Shaped


class Planner:
    """Turns orders into content; the ids of messages are Discord's to give.

    `beat_names` gives the name of a beat by its slug. Content has the words that are to stand there in the
    end: `embed`, the thread's `name` and its messages as `parts`. What may stand there of versions that were
    taken back before anybody knew is found by `stale`, the ids of their buttons.
    """

    def __init__(self, *, bot_name: str, site_url: str, beat_names: Mapping[str, str]) -> None:
        self._bot_name = bot_name
        self._site_url = site_url.rstrip("/")
        self._beat_names = beat_names

    def story(self, order: Order, now: datetime) -> dict[str, Any]:
        """Return card, thread name and messages of a story.

        Raises PublishError, as a conflict, if the story's id is too long for a button.
        """
        return {
            **self._shown(self._shaped(order.story), order.story, now),
            "tag": self._beat(order.story),
            "marker": (marker := _marker(order.story)),
            "keys": [marker],
            **_stale(order.before),
        }

    def amendment(self, order: Order, now: datetime) -> dict[str, Any]:
        """Return what stands in the place of a story that was corrected or retracted.

        A correction is said on the card, and in the thread after those before it. Of a retracted story no
        word is left.
        """
        there = [item for item in order.before if item.state is PublicationState.SENT][-1]
        if order.kind is PublicationKind.RETRACTION:
            shaped = as_retracted(
                order.said,
                beat_name=self._beat(order.story),
                url=self._url(order.story),
                mark=disclosure.mark(self._bot_name),
            )
            return {**self._shown(shaped, order.story, now), "card": there.remote["message"], "keys": []}
        notes = [*there.remote.get("notes", ()), notice("Correction", order.said)]
        shown = self._shown(self._shaped(order.story, note=order.said), order.story, now)
        shown["parts"] += [{"text": said, "claims": []} for said in notes]
        marker = _marker(order.story)
        return {**shown, "card": there.remote["message"], "notes": notes, "marker": marker, "keys": [marker]}

    def removal(self, order: Order) -> dict[str, Any]:
        """Return where the cards are that go, with all that was said under them."""
        sent = [item.remote["message"] for item in order.before if item.state is PublicationState.SENT]
        return {"cards": sorted(set(sent)), "keys": [], **_stale(order.before)}

    def _shown(self, shaped: Shaped, story: Story, now: datetime) -> dict[str, Any]:
        return {
            "name": shaped.name,
            "embed": {**shaped.card.embed(), "timestamp": now.isoformat()},
            "page": self._url(story),
            "parts": [{"text": part.text, "claims": list(part.claim_ids)} for part in shaped.parts],
        }

    def _shaped(self, story: Story, *, note: str = "") -> Shaped:
        return as_discord(
            story,
            beat_name=self._beat(story),
            url=self._url(story),
            disclaimer=disclosure.disclaimer(self._bot_name, model=story.draft.model),
            note=note,
        )

    def _beat(self, story: Story) -> str:
        return self._beat_names.get(story.beat, story.beat)

    def _url(self, story: Story) -> str:
        return f"{self._site_url}/stories/{story.id}"


def _marker(story: Story) -> str:
    if not buttons.SOURCES.fullmatch(marker := buttons.sources(story.id, story.version)):
        msg = f"Discord: the id {story.id} does not fit a button"
        raise PublishError(msg, conflict=True)
    return marker


def _stale(before: Iterable[Publication]) -> dict[str, Any]:
    """Return the buttons of what was stopped while it may have been on its way, and since when it may be."""
    unsure = [item for item in before if item.begun_at and item.state is not PublicationState.SENT]
    markers = sorted({key for item in unsure for key in item.content.get("keys", ())})
    since = min((item.begun_at for item in unsure if item.begun_at), default=None)
    return {"stale": markers, "since": since.isoformat() if since else None}
