from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.disclosure import disclaimer
from bot.domain.story import Claim, ClaimKind, Draft, Paragraph
from bot.write.discord import Shaped, as_card, as_discord, escape, size
from tests.write.test_thread import LINE, URL, draft_of, story

# As Discord documents them.
MOST_MESSAGE, MOST_NAME = 2000, 100
MOST_TITLE, MOST_DESCRIPTION, MOST_FOOTER, MOST_CARD = 256, 4096, 2048, 6000


def shaped(draft: Draft | None = None, *, line: str = LINE, **numbers: float) -> Shaped:
    """Return a story with `draft` as Discord shows it."""
    told = replace(story(draft), numbers=numbers)
    return as_discord(told, beat_name="Open-source AI", url=URL, disclaimer=line)


def test_the_parts_state_every_claim_and_close_with_the_disclaimer() -> None:
    """Each message lists the claims it states, in order; the last one has disclaimer and link."""
    draft = draft_of(*([f"Claim {n} {'is here ' * 20}." for n in range(6)] for _ in range(5)))
    parts = shaped(draft).parts
    assert len(parts) > 1
    assert all(size(part.text) <= MOST_MESSAGE for part in parts)
    stated = [claim_id for part in parts for claim_id in part.claim_ids]
    assert list(dict.fromkeys(stated)) == [c.id for p in draft.paragraphs for c in p.claims]
    texts = {claim.id: claim.text for claim in draft.claims()}
    assert all(texts[claim_id][:20] in part.text for part in parts for claim_id in part.claim_ids)
    assert LINE in parts[-1].text.replace("\\", "")
    assert URL in parts[-1].text


def test_the_card_tells_what_there_is() -> None:
    """Headline, deck, beat, volume against what is usual, fidelity, link and disclaimer stand on the card."""
    card = shaped(records=49, authors=38, hours=6, expected=4.2).card
    assert dict(card.fields) == {
        "Beat": "Open-source AI",
        "Volume": "49 posts by 38 people in 6 hours\nUsual: 4 a day",
        "Fidelity": "100 % of claims supported",
    }
    assert (card.url, card.footer) == (URL, LINE)
    assert card.title
    assert card.description


def test_the_card_says_what_the_story_is_to_an_earlier_one() -> None:
    """It says whether the story is an update, or only close to an earlier one, and nothing of none."""
    told = {"at:told": 0.0}
    said = [
        dict(as_card(replace(story(), numbers=numbers), beat_name="Law", url=URL, disclaimer=LINE).fields)
        for numbers in (told, told | {"new": 40.0}, {"records": 4.0})
    ]
    assert [fields.get("Earlier story") for fields in said] == [
        "Close to this one", "This one is an update", None,
    ]  # fmt: skip


def test_a_long_headline_is_cut_to_what_a_title_takes() -> None:
    """A headline of which every letter counts twice once it is escaped is cut at Discord's 256."""
    draft = draft_of(["Said."])
    long = replace(draft, headline=replace(draft.headline, text="over * and " * 60))
    title = shaped(long).card.title
    assert MOST_TITLE * 3 // 4 < size(title) <= MOST_TITLE
    assert shaped(long).name


def test_markdown_in_the_text_is_shown_as_it_is() -> None:
    """What a post says can neither format nor ping."""
    assert escape("*a* <@1> @everyone") == r"\*a\* \<\@1\> \@everyone"
    assert escape("# no\n- list") == "\\# no\n\\- list"
    assert escape("[free](https://x.example)") == r"\[free\](https://x.example)"


@settings(max_examples=60)
@given(
    st.text(
        st.sampled_from("a *_`<@>\N{FAMILY}e\u0301\u0336\N{LEFT DOUBLE QUOTATION MARK}. "), max_size=1500
    ),
    st.text(max_size=400),
)
def test_whatever_a_story_says_discord_takes_it(long: str, other: str) -> None:
    """Every text is within its limit, whatever it is made of, and the card within what all of it may have."""
    draft = Draft(
        Claim("c1", ClaimKind.ANALYSIS, long),
        Claim("c2", ClaimKind.ANALYSIS, long + other),
        (Paragraph((Claim("c3", ClaimKind.ANALYSIS, long), Claim("c4", ClaimKind.ANALYSIS, other))),),
        "extractive",
    )
    found = shaped(draft, line=disclaimer("B" * 60, model=None))
    assert 0 < size(found.name) <= MOST_NAME
    assert all(0 < size(part.text) <= MOST_MESSAGE for part in found.parts)
    card = found.card
    assert size(card.title) <= MOST_TITLE
    assert size(card.description) <= MOST_DESCRIPTION
    assert size(card.footer) <= MOST_FOOTER
    texts = [card.title, card.description, card.footer, *(text for pair in card.fields for text in pair)]
    assert sum(map(size, texts)) <= MOST_CARD
