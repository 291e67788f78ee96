from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.story import ClaimKind, Paragraph, Report, Story, StoryState
from bot.domain.text import quotations
from bot.write.brief import OF_ALL_POSTS
from bot.write.extractive import assemble
from handlers.phrases import LANGUAGES, say
from handlers.questions import answer, render
from tests.write.factory import NOW, brief, talk

BRIEF = brief()
RECORDS = {item.record.id: item.record for item in BRIEF.records}
STORY = Story(
    "quillon",
    1,
    StoryState.PUBLISHED,
    "open-source",
    "quillon",
    "sig",
    assemble(BRIEF),
    Report((), 100),
    NOW,
    NOW,
)
BODY = [claim for paragraph in STORY.draft.paragraphs for claim in paragraph.claims]
VOICE = next(claim for claim in BODY if claim.kind is ClaimKind.NAMED and quotations(claim.text))


class TestSources:
    def test_every_claim_with_its_records(self) -> None:
        """All claims are answered for, each with quote, author label, date and link."""
        given = answer(STORY, RECORDS, "sources?")
        assert [claim.claim_id for claim in given.claims] == [claim.id for claim in STORY.draft.claims()]
        for source in (source for claim in given.claims for source in claim.sources):
            record = RECORDS[source.record_id]
            assert record.says(source.quote)
            assert (source.url, source.created_at) == (record.url, record.created_at)

    def test_only_the_claims_of_the_post_replied_to(self) -> None:
        """A reply under one post gets the records of that very post."""
        given = answer(STORY, RECORDS, "source?", claim_ids={VOICE.id})
        assert [claim.claim_id for claim in given.claims] == [VOICE.id]
        assert {s.record_id for s in given.claims[0].sources} == {c.record_id for c in VOICE.citations}

    def test_erased_records_never_appear(self) -> None:
        """What was taken back is not shown, and the answer says so when nothing is left."""
        gone = {citation.record_id for citation in VOICE.citations}
        left = {key: record for key, record in RECORDS.items() if key not in gone}
        given = answer(STORY, left, "source?", claim_ids={VOICE.id})
        assert (given.text, given.claims, given.sourced) == (say("gone"), (), False)
        shown = render(answer(STORY, left, "sources?"))
        assert not any(RECORDS[record_id].url in shown for record_id in gone)


class TestCounts:
    """What is counted over all posts of the talk says over how many; any other count only that it is one."""

    told = replace(STORY, numbers={"records": 49})
    count = replace(STORY.draft.deck, id="c0", text="Twenty-one posts are about it.")

    def counting(self, *keys: str, text: str | None = None) -> Story:
        """Return the story in which the claim `count` states the numbers `keys`."""
        claim = replace(self.count, numbers=keys, text=self.count.text if text is None else text)
        voice = replace(VOICE, numbers=())
        draft = replace(STORY.draft, paragraphs=(Paragraph((claim, voice)),))
        return replace(self.told, draft=draft)

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_a_count_over_all_posts_says_over_how_many(self, lang: str) -> None:
        """The answer about such a sentence states the number of posts; what is shown are examples."""
        story = self.counting("records", "authors", "hours", "threads")
        given = answer(story, RECORDS, "source?", claim_ids={self.count.id}, lang=lang)
        assert given.text == say("counted", lang, count=49)
        assert "49" in given.text
        assert given.sourced

    @pytest.mark.parametrize("key", ["votes:7", "at:r/LocalModels"])
    def test_a_number_of_one_post_is_no_count(self, key: str) -> None:
        """A sentence with the votes of the post it quotes rests on that very post, which is no example."""
        story = self.counting(key)
        given = answer(story, RECORDS, "source?", claim_ids={self.count.id})
        assert given.text not in {say("counted", count=49), say("examples", count=49)}

    @pytest.mark.parametrize("lang", LANGUAGES)
    @pytest.mark.parametrize(
        "key",
        [
            "people-against:hn", "sides:hn", "against:hn", "heard-against-before", "records:hn",
            "uses:hn:fork", "early:fork", "late:fork", "ends", "new", "articles", "copies",
            "expected", "ratio", "share:hn",
        ],
    )  # fmt: skip
    def test_a_count_over_anything_else_says_no_figure(self, key: str, lang: str) -> None:
        """One number of a place, a side, another time or an end of the talk, and no denominator is given."""
        story = self.counting("records", key)
        given = answer(story, RECORDS, "source?", claim_ids={self.count.id}, lang=lang)
        assert given.text == say("examples", lang)
        among = answer(story, RECORDS, "source?", claim_ids={self.count.id, VOICE.id}, lang=lang)
        assert among.text.startswith(say("examples-too", lang))
        assert not any("49" in text for text in (given.text, among.text))

    def test_a_story_that_does_not_know_its_posts_says_no_figure(self) -> None:
        """Without the number of posts the answer still says that it shows examples."""
        story = replace(self.counting("records"), numbers={})
        assert answer(story, RECORDS, "source?", claim_ids={self.count.id}).text == say("examples")

    def test_counts_among_quotations_are_told_apart(self) -> None:
        """The answer about both says what was counted, and still how many posts it rests on."""
        given = answer(self.counting("records"), RECORDS, "source?", claim_ids={VOICE.id, self.count.id})
        assert given.text.startswith(say("counted-too", count=49))
        assert " rests on " in given.text

    def test_words_that_were_taken_away_count_nothing(self) -> None:
        """A claim without words states no number, whatever keys it still has."""
        story = self.counting("records", text="")
        ids = {VOICE.id, self.count.id}
        assert "counted" not in answer(story, RECORDS, "source?", claim_ids=ids).text

    def test_a_claim_that_shows_no_post_has_no_examples(self) -> None:
        """Where the posts of the counted sentence are gone those of another are not examples of it."""
        kept = {citation.record_id for citation in VOICE.citations}
        gone = {citation.record_id for citation in self.count.citations} - kept
        left = {key: record for key, record in RECORDS.items() if key not in gone}
        story = self.counting("records")
        claim = replace(self.count, citations=tuple(c for c in self.count.citations if c.record_id in gone))
        draft = replace(story.draft, paragraphs=(Paragraph((claim, replace(VOICE, numbers=()))),))
        given = answer(replace(story, draft=draft), left, "source?", claim_ids={VOICE.id, claim.id})
        assert given.sourced
        assert "counted" not in given.text

    def test_a_quotation_alone_is_its_source(self) -> None:
        """Where nothing is counted nothing is said of counts."""
        assert "counted" not in answer(self.told, RECORDS, "source?", claim_ids={VOICE.id}).text


def test_the_numbers_of_all_posts_are_computed() -> None:
    """What is taken to be counted over all posts is a number that a brief computes."""
    in_threads = brief([record for record in talk() if record.title or record.parent])
    assert BRIEF.numbers.keys() | in_threads.numbers.keys() >= OF_ALL_POSTS


class TestFree:
    def test_the_matching_claim_comes_with_its_sources(self) -> None:
        """A question about something the story tells is answered by that claim and its records."""
        word = max(quotations(VOICE.text)[0].split(), key=len).strip(".,")
        rare = " ".join(sorted(set(quotations(VOICE.text)[0].split()), key=len)[-3:])
        given = answer(STORY, RECORDS, f"who talked about {rare} {word}?")
        assert VOICE.id in {claim.claim_id for claim in given.claims}
        assert given.sourced

    def test_a_free_question_under_one_post_may_be_answered_by_another(self) -> None:
        """What the post replied to cannot answer, the rest of the story may."""
        rare = " ".join(sorted(set(quotations(VOICE.text)[0].split()), key=len)[-3:])
        given = answer(STORY, RECORDS, f"who talked about {rare}?", claim_ids={STORY.draft.headline.id})
        assert VOICE.id in {claim.claim_id for claim in given.claims}

    def test_what_the_story_does_not_know(self) -> None:
        """A question about anything else gets no invented answer."""
        given = answer(STORY, RECORDS, "Will the zeppelin land in Lisbon on Sunday?")
        assert (given.text, given.claims) == (say("no-source"), ())

    def test_how_many_is_answered_by_what_was_measured(self) -> None:
        """A question for a number gets measured claims only."""
        given = answer(STORY, RECORDS, "How many posts are there?")
        kinds = {
            claim.kind for claim in STORY.draft.claims() if claim.id in {c.claim_id for c in given.claims}
        }
        assert kinds == {ClaimKind.MEASURED}


def test_render_shows_quote_label_date_and_link() -> None:
    """On a terminal every source stands with all that a reader needs to check it."""
    source = answer(STORY, RECORDS, "source?", claim_ids={VOICE.id}).claims[0].sources[0]
    shown = render(answer(STORY, RECORDS, "source?", claim_ids={VOICE.id}))
    assert all(part in shown for part in (source.quote, source.author, source.url, "4 March 2026"))
    assert "@" not in shown
