"""A story as one document: whole for who runs the bot (`groundswell story show --json`), and for readers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.domain.clock import hour_of
from bot.domain.disclosure import disclaimer, mark, source_type
from bot.domain.story import StoryState
from bot.web.view import safe_url

if TYPE_CHECKING:
    from bot.domain.publication import Publication
    from bot.domain.signal import Signal
    from bot.domain.story import Citation, Claim
    from bot.store.counted import Post
    from bot.store.pages import Dossier


def document(dossier: Dossier, *, bot_name: str) -> dict[str, Any]:
    """Return the story as a JSON-ready document; times are ISO 8601 in UTC.

    A citation whose record was taken back or may not be quoted keeps its marker and nothing else: its id
    could name a person. Nor has such a post among those `counted` an id; there its time is the hour it was
    said in, and its author a number among the story's people. `numbers` are those that the story states.
    """
    story = dossier.story
    stated = {key for claim in story.draft.claims() for key in claim.numbers}
    return {
        "id": story.id,
        "version": story.version,
        "state": story.state.value,
        "reason": story.reason,
        "beat": story.beat,
        "headline": story.draft.headline.text,
        "deck": story.draft.deck.text,
        "paragraphs": [
            {"claims": [_claim(claim, dossier) for claim in paragraph.claims]}
            for paragraph in story.draft.paragraphs
        ],
        "fidelity": story.report.fidelity,
        "writer": story.draft.writer,
        "model": story.draft.model,
        "prompt_version": story.draft.prompt_version,
        "instead_of": story.draft.instead,
        "disclaimer": disclaimer(bot_name, model=story.draft.model),
        "created_at": story.created_at.isoformat(),
        "updated_at": story.updated_at.isoformat(),
        "published_at": story.published_at.isoformat() if story.published_at else None,
        "updates": story.updates,
        "relation": story.relation,
        "signal": _signal(dossier.signal, dossier),
        "numbers": {key: story.numbers[key] for key in sorted(stated) if key in story.numbers},
        "counted": [_post(post, dossier) for post in dossier.counted if post.person is not None],
        "not_heard": list(story.gaps),
        "copies_left_out": sum(post.person is None for post in dossier.counted),
        "publications": [_publication(item) for item in dossier.publications],
    }


def published(dossier: Dossier, *, bot_name: str) -> dict[str, Any]:
    """Return what readers get as `/stories/ID.json`.

    Of who is not cited it has no id, and no moment by which a post could be found again; a reason only where
    the story was amended. Of a retracted story it has that it was, and why.
    """
    cited = _cited(dossier)
    records = {record_id: record for record_id, record in dossier.records.items() if record_id in cited}
    whole = document(replace(dossier, records=records), bot_name=bot_name)
    if dossier.story.state not in {StoryState.CORRECTED, StoryState.RETRACTED}:
        whole["reason"] = None
    if dossier.story.state is not StoryState.RETRACTED:
        return whole
    return whole | {
        "headline": "", "deck": "", "paragraphs": [], "numbers": {}, "counted": [], "copies_left_out": 0,
        "not_heard": [],
        "signal": whole["signal"] | {"evidence": []},
    }  # fmt: skip


def linked_data(dossier: Dossier, *, site_url: str, bot_name: str) -> dict[str, Any]:
    """Return the page's schema.org description; it marks the text as machine-made, in IPTC's words."""
    story = dossier.story
    publisher = {"@type": "Organization", "name": bot_name, "url": f"{site_url}/about"}
    cited = _cited(dossier)
    urls = {safe_url(record.url) for record_id, record in dossier.records.items() if record_id in cited}
    return {
        "@context": "https://schema.org",
        "@type": "AnalysisNewsArticle",
        "mainEntityOfPage": f"{site_url}/stories/{story.id}",
        "headline": story.draft.headline.text,
        "description": story.draft.deck.text,
        "datePublished": story.published_at.isoformat() if story.published_at else None,
        "dateModified": story.updated_at.isoformat(),
        "version": story.version,
        "author": publisher,
        "publisher": publisher,
        "creditText": mark(bot_name),
        "digitalSourceType": source_type(model=story.draft.model),
        "isAccessibleForFree": True,
        "citation": sorted(url for url in urls if url is not None),
    }


def _cited(dossier: Dossier) -> set[str]:
    return {item.record_id for item in dossier.story.draft.citations()}


def _claim(claim: Claim, dossier: Dossier) -> dict[str, Any]:
    return {
        "id": claim.id,
        "kind": claim.kind.value,
        "text": claim.text,
        "numbers": list(claim.numbers),
        "citations": [_citation(item, dossier) for item in claim.citations],
    }


def _citation(citation: Citation, dossier: Dossier) -> dict[str, Any]:
    record = dossier.records.get(citation.record_id)
    return {
        "marker": citation.marker,
        "record_id": record.id if record else None,
        "quote": citation.quote if record else "",
        "url": record.url if record else None,
        "author": record.author.handle if record else None,
        "source": record.source if record else None,
        "created_at": record.created_at.isoformat() if record else None,
    }


def _post(post: Post, dossier: Dossier) -> dict[str, Any]:
    shown = post.record_id in dossier.records
    # A place and an exact moment name a post as well as its id does.
    at = post.created_at if shown else hour_of(post.created_at)
    return {
        "record_id": post.record_id if shown else None,
        "source": post.source,
        "community": post.community,
        "created_at": at.isoformat(),
        "person": post.person,
    }


def _signal(signal: Signal, dossier: Dossier) -> dict[str, Any]:
    baseline = signal.baseline
    return {
        "id": signal.id,
        "kind": signal.kind.value,
        "why": signal.why,
        "observed": signal.observed,
        "authors": signal.authors,
        "surprise": signal.surprise,
        "window_start": signal.window_start.isoformat(),
        "window_end": signal.window_end.isoformat(),
        "evidence": [record_id for record_id in signal.evidence if record_id in dossier.records],
        "baseline": {
            "expected": baseline.expected,
            "low": baseline.low,
            "high": baseline.high,
            "about": baseline.about,
        },
    }


def _publication(item: Publication) -> dict[str, Any]:
    return {
        "channel": item.channel,
        "kind": item.kind.value,
        "version": item.version,
        "state": item.state.value,
        "url": item.remote.get("url"),
        "sent_at": item.sent_at.isoformat() if item.sent_at else None,
    }
