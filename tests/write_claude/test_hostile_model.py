"""Whatever a model returns at whatever stage, nothing is published that breaks a rule of the house.

The rules are asserted here by other means than the checks themselves. `EXAMPLES=5000` and
`--timeout=0` make a long run of it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trial
from hypothesis import strategies as st
from pydantic import SecretStr
from uniseg.graphemecluster import grapheme_clusters

from bot import settings
from bot.domain.errors import WriterError
from bot.domain.models import Stage
from bot.domain.story import ClaimKind, StoryState
from bot.pipeline import tell
from bot.write.claude import ClaudeWriter, Session
from bot.write.numbers import forms
from bot.write.reply import text_blocks
from bot.write.request import prepare
from tests.examples import examples
from tests.write.factory import brief as talk_brief

if TYPE_CHECKING:
    from bot.domain.brief import Brief
    from bot.domain.story import Claim, Story
    from bot.write.messages import Call, Line
    from bot.write.reply import Block

BRIEF = talk_brief()
SENT = prepare(BRIEF)
HANDLES = [item.record.author.handle for item in BRIEF.records]
_SETTINGS = settings.load(fidelity_floor=50)
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08]")
# Shrinking a whole story takes minutes; the example that fails says enough.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
_SEEN: Counter[str] = Counter()


@dataclass
class Scripted:
    """An open line to a model that says what it was given, stage by stage."""

    says: dict[str, Any]
    ending: str
    asked: list[Stage] = field(default_factory=list)

    async def ask(self, call: Call) -> list[Block]:
        """Return the text blocks of the scripted reply to a call."""
        self.asked.append(call.stage)
        content = self.says[call.stage.value]
        if call.stage is not Stage.NARRATIVE:
            content = [{"type": "text", "text": json.dumps(content)}]
        reply = {"content": content, "stop_reason": self.ending}
        return text_blocks(json.dumps(reply).encode("utf-8", "surrogatepass"))


def _passages() -> list[tuple[int, int, str]]:
    return [
        (index, number, passage)
        for index, item in enumerate(SENT)
        for number, passage in enumerate(item.passages)
    ]


PASSAGES = _passages()
_TRUE = st.sampled_from([passage for _, _, passage in PASSAGES])
_BENT = st.tuples(_TRUE, st.integers(0, 60), st.sampled_from(["", "not ", "never ", "40 "])).map(
    lambda bent: bent[0][: bent[1]] + bent[2] + bent[0][bent[1] :]
)
_CUT = st.tuples(_TRUE, st.integers(0, 30), st.integers(5, 60)).map(lambda c: c[0][c[1] : c[1] + c[2]])
_QUOTE = st.one_of(_TRUE, _TRUE, _BENT, _CUT)
_NAMES = st.sampled_from(
    ["Quillon", "Tamarack Labs", "Marlow Tench", "Hacker News", "r/LocalModels", "Bluesky", *HANDLES[:4]]
)
_FIGURES = st.sampled_from(["19", "40", "6 million", "twice", "9,431", "12%", "08:52", "5 March", "2026"])
_TAILS = st.sampled_from([
    "", "", " On Friday it ended.", " Nobody objected.", " Most people agree.", " It rose by half.",
    " See https://trap.example.", " Ask @trapper.", " #trapped", " trap.example knows.", " \u202eodd\u202c",
    " It was two weeks ago.", " <b>bold</b>", " [7]", " “open", " close”", ' "straight"', " e\u0301tude",
])  # fmt: skip
# Nobody cites anything for these: the first joins what stands around it, the others are news.
_CONNECTS = (
    "So it goes.",
    "The two groups were not arguing about the same thing.",
    "That was one side of the argument.",
)
_NEWS = (
    "Quillon stole its weights.", "The founders were arrested for fraud.", "The laboratory is bankrupt.",
    "Hospitals switched the model off.", "Nine hospitals switched the model off.",
    "Quillon lost 19 hospitals over the licence.", "Quillon dismissed four founders.",
    "Quillon deleted 19 posts.", "Quillon was down for 10 hours, the posts say.",
    "Hacker News stayed out of the licence dispute.", "A tenth of the commenters left Quillon.",
)  # fmt: skip
_SENTENCE = st.one_of(
    _QUOTE.map(lambda q: f"One commenter wrote: “{q}”."),
    _QUOTE.map(lambda q: f"{q}."),
    st.tuples(_NAMES, _QUOTE).map(lambda s: f"{s[0]} said “{s[1]}” today."),
    _NAMES.map(lambda n: f"Several people spoke of {n}."),
    st.tuples(_NAMES, _FIGURES).map(lambda s: f"{s[0]} drew {s[1]} posts."),
    _FIGURES.map(lambda f: f"There were {f} posts by {f} authors."),
    st.sampled_from(_CONNECTS),
    st.sampled_from(_NEWS),
    st.sampled_from([f"The talk came to {round(BRIEF.numbers['records'])} posts."]),
    st.text(max_size=40),
)
_POINTER = st.one_of(
    st.sampled_from(PASSAGES).map(lambda p: (p[0], p[1] + 1, p[1] + 2)),
    st.tuples(st.integers(-1, 30), st.integers(-1, 4), st.integers(-1, 5)),
).map(
    lambda p: {
        "type": "search_result_location",
        "search_result_index": p[0],
        "start_block_index": p[1],
        "end_block_index": p[2],
        "source": SENT[p[0]].source if 0 <= p[0] < len(SENT) else "record 0 x",
    }
)


@st.composite
def _blocks(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a sentence with pointers, more often than not to where its quotation stands."""
    said = draw(_SENTENCE)
    pointers = draw(st.lists(_POINTER, max_size=3))
    honest = [
        (index, number) for index, number, passage in PASSAGES if len(passage) > 12 and passage[:12] in said
    ]
    if draw(st.booleans()) and honest:
        index, number = honest[0]
        pointers.append({
            "type": "search_result_location", "search_result_index": index, "start_block_index": number + 1,
            "end_block_index": number + 2, "source": SENT[index].source,
        })  # fmt: skip
    lead = draw(st.sampled_from([" ", " ", "\n\n"]))
    return {"type": "text", "text": lead + said + draw(_TAILS), "citations": pointers}


def _sound(index: int, number: int, passage: str) -> dict[str, Any]:
    """Return a sentence that keeps every rule, in a paragraph of its own."""
    pointer = {
        "type": "search_result_location", "search_result_index": index, "start_block_index": number + 1,
        "end_block_index": number + 2, "source": SENT[index].source,
    }  # fmt: skip
    return {"type": "text", "text": f"\n\nOne commenter wrote: “{passage}”", "citations": [pointer]}


SOUND = [_sound(*found) for found in PASSAGES if 8 < len(found[2].split()) < 20 and found[1] == 0][:5]


@st.composite
def _narratives(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw a story: sound paragraphs, and among or instead of them whatever a model comes up with."""
    told = list(SOUND) if draw(st.integers(0, 4)) else []
    for block in draw(st.lists(_blocks(), min_size=0 if told else 1, max_size=8)):
        told.insert(draw(st.integers(0, len(told))), block)
    return told


_FRONT = st.fixed_dictionaries(
    {
        "text": st.one_of(_SENTENCE, st.just("Speakers weigh what the Quillon licence means for them")),
        "records": st.lists(st.integers(-1, 30), max_size=4) | st.just([2, 3, 5, 7, 11]),
    }
)
_SOUND_FRONT = {
    "text": "Speakers weigh what the Quillon licence means for them", "records": [2, 3, 5, 7, 11],
}  # fmt: skip
_VERDICT = st.sampled_from(["supported", "supported", "supported", "not", "injected", "obey"])
_IDS = [f"p{p}s{s}" for p in range(1, 9) for s in range(1, 5)] + ["headline", "deck", "x"]
_ALL_SUPPORTED = [{"id": name, "verdict": "supported", "why": ""} for name in _IDS]
_REPLIES = st.fixed_dictionaries(
    {
        "plan": st.just({"angle": "a", "who": "w", "movements": [{"what": "m", "records": [1, 99]}]}),
        "narrative": _narratives(),
        "packaging": st.just({"headline": _SOUND_FRONT, "deck": _SOUND_FRONT})
        | st.fixed_dictionaries({"headline": _FRONT, "deck": _FRONT}),
        "reading": st.one_of(
            st.just({"claims": _ALL_SUPPORTED}),
            st.lists(
                st.fixed_dictionaries(
                    {"id": st.sampled_from(_IDS), "verdict": _VERDICT, "why": st.text(max_size=5)}
                ),
                max_size=8,
            ).map(lambda said: {"claims": [*_ALL_SUPPORTED, *said]}),
        ),
    }
)


async def _publish(replies: dict[str, Any], ending: str) -> Story | None:
    """Return the story that comes of the replies if it would be published."""
    writer = ClaudeWriter(
        api_key=SecretStr("none"), ledger=cast("Any", None), writer_model="m", small_model="s", floor=50
    )
    line = Scripted(replies, ending)
    try:
        draft = await Session(writer, cast("Line", line), BRIEF, SENT).story()
    except WriterError:
        return None
    story = tell.checked(_SETTINGS, BRIEF, draft, None)
    return story if story.state is StoryState.APPROVED else None


@trial(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(_REPLIES, st.sampled_from(["end_turn"] * 9 + ["refusal", "max_tokens"]))
async def test_nothing_is_published_that_breaks_a_rule(replies: dict[str, Any], ending: str) -> None:
    """A story that is approved keeps every rule of the house, whatever the model returned."""
    story = await _publish(replies, ending)
    _SEEN["tried"] += 1
    if story is None:
        return
    _SEEN["published"] += 1
    assert ending == "end_turn"
    assert story.report.failed == ()
    refused = {said["id"] for said in replies["reading"]["claims"] if said["verdict"] != "supported"}
    for claim in story.draft.claims():
        assert claim.id not in refused
        _keeps_every_rule(claim, BRIEF)
    assert story.draft.headline.citations
    assert story.draft.deck.citations
    assert 3 <= len(story.draft.paragraphs) <= 8


def _keeps_every_rule(claim: Claim, brief: Brief) -> None:
    cited = [brief.record(item.record_id) for item in claim.citations]
    records = [record for record in cited if record is not None]
    assert len(records) == len(cited)
    for item, record in zip(claim.citations, records, strict=True):
        assert item.quote
        assert item.quote in f"{record.title or ''}\n{record.text}"
    words = "\n".join(f"{record.title or ''}\n{record.text}" for record in records)
    quotes = re.findall("“([^”]*)”", claim.text)
    assert all(quote and quote in words for quote in quotes)
    plain = re.sub("“[^”]*”", "", claim.text)
    assert not re.search('[@#]\\w|</?[A-Za-z]|[“”"]', plain)
    assert "://" not in claim.text
    assert "trap" not in claim.text
    assert unicodedata.is_normalized("NFC", claim.text)
    assert not _INVISIBLE.search(claim.text)
    assert not [handle for handle in HANDLES if re.search(rf"\b{re.escape(handle)}\b", claim.text)]
    longest = {"headline": 110, "deck": 300}.get(claim.id, 900)
    assert len(list(grapheme_clusters(claim.text))) <= longest
    _keeps_kind_and_figures(claim, plain, words, len({record.author_key for record in records}), brief)


def _keeps_kind_and_figures(claim: Claim, plain: str, words: str, authors: int, brief: Brief) -> None:
    written = {form for key in claim.numbers for form in forms(key, brief.numbers[key])}
    for figure in re.findall(r"\d[\d.,:]*\d|\d", plain):
        if figure not in {"0", "1"}:
            places = " ".join(record.record.place for record in brief.records)
            assert figure in f"{words} {places} {' '.join(written)}", claim.text
    if claim.kind is ClaimKind.COHORT:
        assert authors >= 3
    if claim.kind is ClaimKind.MEASURED:
        assert claim.numbers
    if claim.kind is not ClaimKind.ANALYSIS or "“" in claim.text:
        assert claim.citations
    if not claim.citations:
        assert claim.text in _CONNECTS, claim.text
    for invented in (
        "Tamarack",
        "Tench",
        "9,431",
        "Friday",
        "19 hospitals",
        "Nine hospitals",
        "four founders",
        "deleted 19",
        "down for 10",
        "stayed out",
        "A tenth",
    ):
        assert invented not in plain


def test_the_trial_published_something() -> None:
    """The rules above were tried on stories that were published, not only on refused ones."""
    if _SEEN["tried"]:
        assert _SEEN["published"] > _SEEN["tried"] // 50
