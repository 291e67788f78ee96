"""Who speaks in an extractive story, in which role and on which thread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.record import RecordKind
from bot.write.communities import community, voices_at
from bot.write.desk import Desk
from bot.write.extractive import assemble
from bot.write.quotes import Quote
from bot.write.voices import preferred, voice
from tests.write.factory import brief, record, talk

_SAID = (
    "The Quillon licence of January is on three of my disks and nobody can take it from me.",
    "Quillon was never open for a shop like ours, which took in six million last year.",
    "My students learn what a contract is from the Quillon commit of this morning.",
)


def quote(number: int, *, opens: bool) -> Quote:
    """Return something said in a subreddit, in a thread of its own or in somebody else's."""
    made = record(f"q{number}", _SAID[number], kind=RecordKind.POST, title="On Quillon")
    if not opens:
        made = replace(made, kind=RecordKind.COMMENT, title=None, parent="t0", root="t0")
    return Quote(made, made.text, 2.0, number + 1)


def spoken(*opening: bool) -> list[str]:
    """Return how people are told of in one paragraph; `opening` says who of them opened a thread."""
    desk = Desk(brief())
    said = (voice(desk, quote(n, opens=opens), n or None) for n, opens in enumerate(opening))
    return [claim.text.replace(_SAID[n][:-1], "") for n, claim in enumerate(said)]


class TestRoles:
    @pytest.mark.parametrize(
        ("opening", "who"),
        [
            ((False, False, False), ("r/LocalModels commenter", "another", "a third")),
            ((True, False, False), ("r/LocalModels poster", "a commenter", "another commenter")),
            ((False, True, False), ("r/LocalModels commenter", "a poster", "another commenter")),
        ],
    )
    def test_another_is_one_more_in_the_same_role(
        self, opening: tuple[bool, ...], who: tuple[str, ...]
    ) -> None:
        """Whoever opened a thread posted, whoever took part in one commented; no role is carried on."""
        for text, role in zip(spoken(*opening), who, strict=True):
            assert role in text.lower().replace("localmodels", "LocalModels")
            assert role != "another" or "commenter" not in text

    def test_the_author_of_a_title_that_was_told_is_nobody_else(self) -> None:
        """Neither the opening post of a thread nor a comment of its author is told as another's."""
        opener = replace(quote(1, opens=True).record, title="Quillon has another licence")
        own = replace(record("own", _SAID[0], parent="q1", root="q1"), author=opener.author)
        desk = Desk(brief([opener, own, *talk()]))
        assert {"q1", "own"} <= {one.record.native_id for one in desk.clips.rank()}
        desk.title_told(next(item for item in desk.talk if item.record.id == opener.id))
        assert not {"q1", "own"} & {one.record.native_id for one in desk.clips.rank()}


class TestFirstVoice:
    def test_whoever_speaks_first_of_a_place_names_the_matter(self) -> None:
        """The first voice of a community says what of, even where others were liked better."""
        liked = (
            "The vendor of my old laptop moved support to a hotline, and nobody picked up for three weeks."
        )
        naming = "My shop took Quillon off two servers, because its new licence counts us as a large company."
        there = (replace(record("n1", liked, place="hackernews"), metrics={"score": 900}),
                 record("n2", naming, place="hackernews"))  # fmt: skip
        others = [item for item in talk() if item.place != "hackernews"]
        desk = Desk(brief([*others, *there]))
        part = next(voice for voice in desk.voices if voice.community == "hackernews")
        assert next(iter(desk.clips.rank(voices_at("hackernews")))).text == liked
        assert naming[:-1] in community(desk, part, voices=1)[0].text


class TestUnderATitle:
    TITLE = "A licence that nobody can leave is no licence, say lawyers"

    @pytest.mark.parametrize(("inside", "told"), [(6, True), (2, True), (0, False)])
    def test_a_paragraph_quotes_the_thread_that_it_names(self, inside: int, *, told: bool) -> None:
        """Under a title nobody from another thread speaks; a thread without voices is not named."""
        opener = record("h0", "", place="hackernews", kind=RecordKind.POST, title=self.TITLE)
        there = [item for item in talk() if item.place == "hackernews"]
        answers = [replace(item, parent="h0", root="h0", kind=RecordKind.COMMENT) for item in there[:inside]]
        others = [item for item in talk() if item.place != "hackernews"]
        made = brief([opener, *answers, *there[inside:], *others])
        places = {item.record.id: item.record for item in made.records}
        spoken = [p for p in assemble(made).paragraphs if "Hacker News" in p.text and "“" in p.text]
        named = [p for p in spoken if self.TITLE in p.text]
        assert bool(named) is told
        assert spoken
        for paragraph in named:
            cited = {places[claim.citations[0].record_id].thread for claim in paragraph.claims[1:]}
            assert cited == {opener.id}


class TestVotes:
    FEW, MANY = (
        "The Vantor cards need twice the power of Quillon for the same speed, I measured both last week.",
        "I teach law and no student of mine would have signed Quillon terms that change in one commit.",
    )

    def desk(self, few: int, many: int, *, thread: str = "t0") -> Desk:
        """Return a desk on the talk with two more answers that got so many votes."""
        said = [
            replace(record("few", self.FEW, parent="t0", root="t0"), metrics={"score": few}),
            replace(record("many", self.MANY, parent=thread, root=thread), metrics={"score": many}),
        ]
        desk = Desk(brief([*talk(), *said]))
        desk.title_told(next(item for item in desk.talk if item.record.native_id == "t0"))
        return desk

    @pytest.mark.parametrize(
        ("few", "many", "thread", "first"),
        [(4, 11, "t0", "few"), (4, 12, "t0", "many"), (0, 3, "t0", "many"), (4, 400, "t1", "few")],
    )
    def test_what_few_voted_for_waits(self, few: int, many: int, thread: str, first: str) -> None:
        """Of one thread an answer with three times the votes of a better written one is told before it."""
        found = {one.record.native_id: one for one in self.desk(few, many, thread=thread).clips.rank()}
        told = preferred([found["few"], found["many"]])
        assert told is not None
        assert told.record.native_id == first

    @pytest.mark.parametrize(("votes", "first"), [(2, "remark"), (9, "argued"), (40, "argued")])
    def test_an_argument_goes_before_a_remark(self, votes: int, first: str) -> None:
        """Of the well received answers one that gives a reason is told, not the six words that most liked."""
        remark = "Quillon is open until it is not."
        argued = "Nobody can leave Quillon now, because the terms of January cover what we trained with it."
        said = [
            replace(record("remark", remark, parent="t0", root="t0"), metrics={"score": 26}),
            replace(record("argued", argued, parent="t0", root="t0"), metrics={"score": votes}),
        ]
        quotes = [Quote(one, one.text, 3.0 - n, n) for n, one in enumerate(said)]
        told = preferred(quotes)
        assert told is not None
        assert told.record.native_id == first
        # Of one post the better sentence stays.
        assert preferred([quotes[0], replace(quotes[1], record=said[0])]) == quotes[0]

    @pytest.mark.parametrize(("many", "counted"), [(300, False), (100, True)])
    def test_votes_are_no_news_beside_several_times_as_many(self, many: int, *, counted: bool) -> None:
        """The votes of an answer go untold while one with three times as many could be told."""
        desk = self.desk(48, many)
        found = {one.record.native_id: one for one in desk.clips.rank()}
        desk.clips.take(found["few"])
        assert ("48 votes" in voice(desk, found["few"]).text) is counted

    def test_a_number_that_one_other_names_is_of_the_talk(self) -> None:
        """An answer that compares by the number of a card does not stray, if another speaks of that card."""
        said = "So 1000 of them are about the same as the 5070, and fewer than a third of the 5090."
        other = "My 5070 is idle and the 5090 is in a drawer."
        for texts, near in (((said, other), True), ((said,), False)):
            more = [record(f"f{n}", text, parent="t0", root="t0") for n, text in enumerate(texts)]
            clips = Desk(brief([*talk(), *more])).clips
            assert clips.of_the_talk(Quote(more[0], said, 1.0)) is near
