from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import WriterError
from bot.domain.record import Record, RecordKind
from bot.domain.signal import SignalKind
from bot.domain.story import ClaimKind
from bot.domain.text import graphemes, quotations
from bot.write.brief import compose, uses
from bot.write.checks import check
from bot.write.communities import aspects, tellable
from bot.write.desk import Desk
from bot.write.extractive import ExtractiveWriter, assemble
from bot.write.opening import lead
from bot.write.phrases import BANK
from tests.write.factory import NOW, SAID, START, brief, given_records, prose, record, talk

ELSEWHERE = "Relicensing of Quillon: is the old grant still good?"


def titled_elsewhere() -> list[Record]:
    """Return the talk with a thread on Hacker News that has a title of its own."""
    opened = record("h0", "", place="hackernews", kind=RecordKind.POST, title=ELSEWHERE)
    said = [replace(r, parent="h0", root="h0") if r.place == "hackernews" else r for r in talk()]
    return sorted([opened, *said], key=lambda r: r.created_at)


class TestShape:
    async def test_a_story_is_whole(self) -> None:
        """Headline, deck and three to six paragraphs, within their lengths."""
        draft = await ExtractiveWriter().write(brief())
        assert 3 <= len(draft.paragraphs) <= 6
        assert graphemes(draft.headline.text) <= 110
        assert graphemes(draft.deck.text) <= 300
        assert (draft.headline.id, draft.deck.id, draft.writer, draft.model) == (
            "headline",
            "deck",
            "extractive",
            None,
        )

    def test_every_claim_points_at_records(self) -> None:
        """No sentence stands on nothing."""
        assert all(claim.citations for claim in assemble(brief()).claims())

    def test_markers_count_up_as_they_appear(self) -> None:
        """A reader meets markers 1, 2, 3 ... in reading order."""
        seen: list[int] = []
        for claim in assemble(brief()).claims():
            seen += [c.marker for c in claim.citations if c.marker not in seen]
        assert seen == list(range(1, len(seen) + 1))

    def test_the_same_brief_gives_the_same_story(self) -> None:
        """Nothing is left to chance."""
        assert assemble(brief()) == assemble(brief())

    def test_news_alone_is_no_discourse(self) -> None:
        """Where nobody talks there is no draft, and the reason says so."""
        article = next(r for r in talk() if r.kind is RecordKind.ARTICLE)
        with pytest.raises(WriterError) as caught:
            assemble(brief([article]))
        assert caught.value.reason == "no-talk"


class TestTruth:
    @pytest.mark.parametrize("kind", list(SignalKind))
    def test_the_checks_find_nothing(self, kind: SignalKind) -> None:
        """Whatever the signal, every claim passes every check."""
        made = brief(kind=kind)
        report = check(assemble(made), given_records(made), made.numbers)
        assert report.failed == ()
        assert report.fidelity == 100

    def test_quotes_are_verbatim_and_each_author_speaks_once(self) -> None:
        """Every quotation stands in a record, and nobody is quoted in two sentences of the body."""
        made = brief()
        records = given_records(made)
        draft = assemble(made)
        speakers: list[str] = []
        for claim in (c for p in draft.paragraphs for c in p.claims if c.kind is ClaimKind.NAMED):
            for quote in quotations(claim.text):
                sayers = [records[c.record_id] for c in claim.citations if records[c.record_id].says(quote)]
                assert sayers
                speakers.append(sayers[0].author_key)
        assert len(speakers) == len(set(speakers)) > 5

    def test_no_handle_is_named(self) -> None:
        """People are named by place and role only."""
        made = brief()
        text = prose(assemble(made))
        assert not any(r.author.handle in text for r in given_records(made).values() if r.source != "rss")

    def test_every_large_community_is_heard(self) -> None:
        """Who talks where is told for each community."""
        text = prose(assemble(brief()))
        assert all(name in text for name in ("r/LocalModels", "Hacker News", "Bluesky"))

    def test_slurs_markup_and_links_are_not_quoted(self) -> None:
        """What a newspaper would not print, and what is not plain words, is passed over."""
        bad = [
            record(
                "m1",
                "The **Quillon licence** is a [joke](https://x.example) and I will not have it any more.",
            ),
            record("m2", "The Quillon licence is bullshit and I will say that to everybody who asks me."),
            record("m3", "The Quillon licence is what @otter_9 called a trap at the meeting on Tuesday."),
        ]
        text = prose(assemble(brief([*talk(), *bad])))
        assert not any(piece in text for piece in ("**", "bullshit", "@otter_9"))


class TestReading:
    def test_no_sentence_form_repeats(self) -> None:
        """Within a story no opening of a sentence is used over and over."""
        draft = assemble(brief())
        texts = [claim.text for claim in draft.claims()]
        assert len(set(texts)) == len(texts)
        forms = [" ".join(t.split("“")[0].split()[:6]) for t in texts if not t.startswith("“")]
        assert len(set(forms)) >= len(forms) - 1

    def test_two_stories_do_not_open_alike(self) -> None:
        """The storyline decides the wording, so another storyline gets other sentences."""
        openings = {assemble(brief(storyline=f"line-{n}")).paragraphs[0].text for n in range(8)}
        assert len(openings) > 3

    def test_every_sentence_form_has_an_alternative(self) -> None:
        """Turns that several stories a day need have more than one sentence."""
        daily = (
            "report",
            "thread",
            "opener",
            "deck-size",
            "deck-size-new",
            "says",
            "open",
            "answer",
            "answer-liked",
            "frame",
            "word-apart",
        )
        assert all(len(BANK[turn]) >= 3 for turn in daily)


class TestWhoTalksAboutWhat:
    def test_where_all_talk_is_in_one_place_its_title_is_the_headline(self) -> None:
        """What people called the matter says best what it is; the body does not say it again."""
        draft = assemble(brief([r for r in talk() if r.place == "r/LocalModels"]))
        assert "“The Quillon licence changed overnight, without a word”" in draft.headline.text
        assert "The Quillon licence changed overnight, without a word" not in prose(draft)

    def test_a_place_is_said_to_speak_only_of_what_is_named_there(self) -> None:
        """A headline that names what a place talks about leaves out what mostly others name."""
        coined = map("".join, product("bdgk", "aeiou", "lmnr", "aeiou", "ftsp"))

        def said(place: str, *names: str) -> list[Record]:
            texts = (f"My {next(coined)} with {name} was {next(coined)}, or not." for name in names)
            return [record(f"{place[:2]}{n}", text, place=place) for n, text in enumerate(texts)]

        here = [*["Quillon"] * 4, *["Vantor"] * 3, *["it"] * 13]
        draft = assemble(
            brief([*said("r/LocalModels", *here), *said("hackernews", *["Vantor"] * 4, *["it"] * 6)])
        )
        assert re.fullmatch(
            "r/LocalModels talks about Quillon|What .* says about Quillon", draft.headline.text
        )

    def test_a_community_is_told_under_its_own_title(self) -> None:
        """A thread elsewhere that calls the matter something else introduces its community."""
        made = brief(titled_elsewhere())
        records = given_records(made)
        paragraph = next(p for p in assemble(made).paragraphs if ELSEWHERE in p.text)
        cited = [records[c.record_id] for claim in paragraph.claims for c in claim.citations]
        assert {r.place for r in cited} == {"hackernews"}

    def test_all_posts_are_counted_once(self) -> None:
        """How many posts there are is told once, with the places, and not again with each of them."""
        said = [
            *titled_elsewhere(),
            record("b0", "I read it twice.", place="bluesky", title="Quillon and the fine print"),
        ]
        made = brief(said)
        draft = assemble(made)
        told = [claim for claim in draft.claims() if "records" in claim.numbers]
        assert [claim.id for claim in told] == ["deck"]
        assert not any(key.startswith("records:") for claim in draft.claims() for key in claim.numbers)

    def test_a_word_is_told_with_people_who_use_it(self) -> None:
        """After a sentence on a word that several people use comes somebody who uses it."""
        said = [
            record(
                f"c{n}", f"The output clause will bite shop {n} of the small ones first.", place="hackernews"
            )
            for n in range(10, 18)
        ]
        here = [r for r in titled_elsewhere() if r.place != "r/LocalModels"]
        assert "clause”" not in prose(assemble(brief([*here, *said[:3]])))
        paragraphs = assemble(brief([*here, *said])).paragraphs
        claims = [claim for paragraph in paragraphs for claim in paragraph.claims]
        (at,) = [n for n, claim in enumerate(claims) if claim.text.count("clause”")]
        assert "clause" in quotations(claims[at + 1].text)[0]

    def test_nobody_speaks_after_dissent_as_if_they_differed_too(self) -> None:
        """In the paragraph of a community whoever differs has the last word."""
        differs = (
            "Devil's advocate: seventy salaries at Quillon are not paid in applause, and neither are mine."
        )
        said = [
            *talk(),
            record("d0", differs, place="hackernews", at=START + timedelta(hours=6)),
        ]
        draft = assemble(brief(sorted(said, key=lambda r: r.created_at)))
        (told,) = [part for part in draft.paragraphs if differs[:40] in part.text]
        assert differs[:40] in told.claims[-1].text
        assert len(told.claims) > 1

    def test_a_word_that_few_of_the_posts_hold_is_no_theme(self) -> None:
        """A word three people use is told where twenty posts were written, not where forty were."""
        aside = [
            record(f"w{n}", f"The Vantor {n} cards in our rack read the Quillon files without any complaint.")
            for n in range(3)
        ]

        def told(posts: int) -> bool:
            rest = [
                record(f"r{n}", f"Our team of {n} people looked at it for an hour.") for n in range(posts)
            ]
            made = brief(sorted([*talk(), *aside, *rest], key=lambda r: r.created_at))
            uses = {"uses:r/LocalModels:vantor": 3.0, "elsewhere:r/LocalModels:vantor": 0.0}
            desk = Desk(replace(made, terms=(), names=("Vantor",), numbers={**made.numbers, **uses}))
            part = next(voice for voice in desk.voices if voice.community == "r/LocalModels")
            return [aspect.term for aspect in aspects(desk, replace(part, terms=("vantor",)))] == ["vantor"]

        assert [told(5), told(30)] == [True, False]

    def test_what_was_liked_is_quoted_rather(self) -> None:
        """The post that was received best where it stands is had before others."""
        said = [r for r in talk() if r.place == "r/LocalModels"]
        ranked = [q.record.id for q in Desk(brief(said)).clips.rank()]
        liked = next(r for r in said if r.id == ranked[-1])
        before = ranked.index(liked.id)
        said[said.index(liked)] = replace(liked, metrics={"score": 900})
        assert [q.record.id for q in Desk(brief(said)).clips.rank()].index(liked.id) < before

    def test_a_gap_is_told(self) -> None:
        """Where something was not heard, the story says so and compares nothing."""
        told = prose(assemble(brief(gaps=("Bluesky: not heard from Wednesday 08:00",))))
        assert "not heard" in told or "was heard" in told
        assert "elsewhere" not in told


class TestOneStory:
    @pytest.mark.parametrize("line", [f"line-{n}" for n in range(6)])
    def test_the_deck_does_not_count_what_the_headline_counted(self, line: str) -> None:
        """Under a headline with the number of posts the deck says where they stand, not how many they are."""
        draft = assemble(brief(titled_elsewhere(), storyline=line))
        assert not {"records"} & set(draft.headline.numbers) & set(draft.deck.numbers)

    def test_a_deck_that_a_check_refuses_is_told_otherwise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A story does not fall with a sentence on its size: the deck says where people talk."""
        for turn in ("deck-size", "deck-size-new", "deck-size-usual"):
            monkeypatch.setitem(BANK, turn, ("We count {records} posts {places}.",))
        made = brief(titled_elsewhere())
        draft = assemble(made)
        assert check(draft, given_records(made), made.numbers).failed == ()
        assert "Hacker News" in draft.deck.text

    @pytest.mark.parametrize("line", [f"line-{n}" for n in range(6)])
    def test_the_event_stands_before_any_voice(self, line: str) -> None:
        """Where the headline says what happened, the deck quotes nobody: the first words are the news."""
        assert "“" not in assemble(brief(storyline=line)).deck.text

    def test_a_paper_whose_title_was_told_is_not_called_by_it_again(self) -> None:
        """Where a thread bears the title of the paper, the paper is told without it."""
        title = "The Quillon licence changed overnight, without a word"
        paper = record(
            "p1", "We study licences.", place="arxiv.org", kind=RecordKind.PAPER, title=title, author="a",
            at=START + timedelta(hours=1),
        )  # fmt: skip
        draft = assemble(brief([*titled_elsewhere(), paper]))
        told = " ".join([draft.headline.text, draft.deck.text, prose(draft)])
        assert told.count("without a word") <= 1
        assert "arXiv" in told

    def test_one_span_of_time(self) -> None:
        """Headline, deck and body count the hours from the first post to the telling."""
        said = [replace(r, created_at=r.created_at + timedelta(hours=3)) for r in talk()]
        made = brief(said, now=START + timedelta(hours=12))
        assert made.numbers["hours"] == 9
        assert made.numbers["lag:now"] == 9 * 60

    def test_one_origin(self) -> None:
        """Where the talk began is told once, and a report is the source only if it was the earliest."""
        draft = prose(assemble(brief(titled_elsewhere(), kind=SignalKind.NEWCOMER)))
        assert "opened the thread" not in draft
        assert not any(
            "The news came from" in prose(assemble(brief(storyline=f"line-{n}"))) for n in range(12)
        )

    def test_what_just_began_has_no_usual_number(self) -> None:
        """Nothing is said to be usual for a matter of today."""
        made = brief(kind=SignalKind.SURGE)
        draft = assemble(replace(made, numbers={**made.numbers, "ratio": 9.0}))
        assert not re.search("usual|expected", draft.deck.text + prose(draft))

    @pytest.mark.parametrize("turn", ["size", "size-again", "deck-size-usual"])
    def test_what_was_expected_is_not_told_as_the_past_of_a_matter(self, turn: str) -> None:
        """The number may be that of the beat alone: no sentence says that it was usual for this matter."""
        assert not any(re.search("usual|past|before", sentence, re.IGNORECASE) for sentence in BANK[turn])

    @pytest.mark.parametrize("turn", ["size-new", "deck-size-new"])
    def test_what_is_usual_for_a_new_matter_is_told_as_that(self, turn: str) -> None:
        """A matter without a past is held against other new ones, whichever sentence says so."""
        assert all("new matter" in sentence for sentence in BANK[turn])

    @pytest.mark.parametrize("line", [f"line-{n}" for n in range(4)])
    def test_a_new_matter_on_a_quiet_beat_can_be_told(self, line: str) -> None:
        """Where fewer than one post a day is usual the deck says so, and no check refuses it."""
        made = brief(kind=SignalKind.NEWCOMER, storyline=line)
        made = replace(made, numbers={**made.numbers, "expected": 0.3, "ratio": 63.0})
        draft = assemble(made)
        assert "expected" not in draft.deck.numbers or "fewer than one" in draft.deck.text
        assert check(draft, given_records(made), made.numbers).failed == ()

    def test_what_returns_is_told_with_its_earlier_round(self) -> None:
        """A matter that is not new is told with the title it was talked about under, which counts as told."""
        past = record(
            "p0",
            "Quillon asked for feedback on a licence draft, and I wrote three pages of it.",
            at=START - timedelta(days=3),
            kind=RecordKind.POST,
            title="Quillon licence draft, open for comments",
        )
        later = brief(talk(), kind=SignalKind.RETURN)
        signal = later.signal
        made = compose(
            storyline=replace(later.storyline, first_at=past.created_at),
            signal=signal,
            beat=later.beat,
            records=[past, *talk()],
            now=NOW,
        )
        assert "Quillon licence draft, open for comments" in prose(assemble(made))
        desk = Desk(made)
        lead(desk, counted=())
        assert past.id in desk.titles_told

    def test_a_report_heads_a_matter_that_returns(self) -> None:
        """What happened goes before that it happened again; without one and a quote a thread's title does."""
        reported = assemble(brief(kind=SignalKind.RETURN)).headline.text
        assert reported == "“Quillon loses its open licence”"
        unreported = brief([r for r in talk() if r.kind is not RecordKind.ARTICLE], kind=SignalKind.RETURN)
        assert assemble(unreported).headline.text == "“The Quillon licence changed overnight, without a word”"

    def test_common_words_are_no_findings(self) -> None:
        """Names, figures and phrases may be told as what is talked about, single common words never."""
        desk = Desk(brief())
        assert [tellable(desk, word) for word in ("coming", "Weights", "GPU")] == [False] * 3
        assert [tellable(desk, word) for word in ("output clause", "MI50s", "OpenHands")] == [True] * 3

    def test_the_deck_counts_no_words(self) -> None:
        """A deck says what happened, how much, or what somebody said."""
        decks = [assemble(brief(storyline=f"line-{n}")).deck.text for n in range(6)]
        assert not any("turns on" in deck or "speak of" in deck for deck in decks)

    def test_code_is_no_evidence(self) -> None:
        """A word in code or data is not counted."""
        said = [record(f"c{n}", f'See below.\n{{"threshold": {n}}},\n    threshold = {n}') for n in range(3)]
        assert not any(uses(r, "threshold") for r in said)
        assert uses(record("c9", "The threshold is low."), "threshold")

    def test_the_last_question_is_late_and_serious(self) -> None:
        """A question from the beginning, or one tagged on to a statement, does not end a story."""
        endings = [assemble(brief(titled_elsewhere(), storyline=f"line-{n}")) for n in range(6)]
        records = {r.id: r for r in titled_elsewhere()}
        for draft in endings:
            last = draft.paragraphs[-1].claims[-1]
            if last.text.rstrip("”").endswith("?") or "asking" in last.text:
                assert records[last.citations[0].record_id].created_at >= START + timedelta(hours=2)

    def test_what_was_before_the_event_is_not_quoted(self) -> None:
        """A post on something else from before the event has no word in the story on it."""
        before = record("e0", "Quillon named my variables for me and I let it do that.", at=START)
        event = record(
            "e1", "The laboratory replaced the open licence of Quillon today.", at=START + timedelta(hours=1)
        )
        said = [before, event, *(r for r in talk() if r.created_at > event.created_at)]
        text = prose(assemble(brief(said)))
        assert "named my variables" not in text

    def test_a_headline_names_its_subject(self) -> None:
        """A title that says "this" and nothing else leaves its place to the next one."""
        vague = record("v0", "", kind=RecordKind.POST, title="Does this mean they are never going to open it")
        said = [replace(r, parent="v0", root="v0") if r.parent == "t0" else r for r in talk()]
        made = brief(
            sorted([vague, *(r for r in said if r.place == "r/LocalModels")], key=lambda r: r.created_at)
        )
        assert "Does this mean" not in assemble(made).headline.text

    def test_a_title_that_names_nothing_is_better_than_no_words(self) -> None:
        """Where nobody names the matter, the headline is what its thread is called, with the count."""
        title = "Your unpopular takes on this"
        opened = record("v0", "", kind=RecordKind.POST, title=title)
        said = [
            record(f"v{n}", f"mine is number {n} and it is not for you to like.", parent="v0", root="v0")
            for n in range(1, 15)
        ]
        assert f"“{title}”" in assemble(brief([opened, *said])).headline.text

    def test_a_topic_that_the_title_holds_is_not_put_before_it(self) -> None:
        """A title that says what the matter is called stands alone."""
        said = [replace(r, title="Quillon delays its weights") if r.title else r for r in talk()]
        head = assemble(brief([r for r in said if r.place == "r/LocalModels"])).headline.text
        assert head.count("Quillon") == 1

    def test_a_title_may_point_at_what_it_has_named(self) -> None:
        """A pronoun after its noun is no riddle; a title that ends in "that" is one."""
        desk = Desk(brief())
        assert desk.names_its_subject("Models that notice they are tested behave better")
        assert not desk.names_its_subject("any idea how to open source that?")


class TestNeverFails:
    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    [text for texts in SAID.values() for text in texts] + ["ok", "", "“x” said y."]
                ),
                st.sampled_from(["r/LocalModels", "hackernews", "bluesky"]),
                st.integers(0, 5),
                st.integers(0, 500),
            ),
            min_size=1,
            max_size=12,
        ),
        st.sampled_from(list(SignalKind)),
    )
    def test_any_talk_can_be_told(self, said: list[tuple[str, str, int, int]], kind: SignalKind) -> None:
        """However little there is, a draft comes out, and what it says passes the checks of its claims."""
        records = [
            record(f"h{n}", text, place=place, author=f"heron_{who}", at=START + timedelta(minutes=minute))
            for n, (text, place, who, minute) in enumerate(said)
        ]
        made = brief(sorted(records, key=lambda r: r.created_at), kind=kind)
        draft = assemble(made)
        failed = check(draft, given_records(made), made.numbers).failed
        assert {row.name for row in failed} <= {"paragraphs", "people", "cohort", "spans", "cites"}


def test_now_is_after_the_talk() -> None:
    """The fixture's clock stands after everything that was said."""
    assert max(r.created_at for r in talk()) < NOW
