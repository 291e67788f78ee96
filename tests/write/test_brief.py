from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.brief import Told
from bot.domain.record import RecordKind
from bot.domain.signal import SignalKind
from bot.write.brief import compose
from tests.write.factory import BEAT, NOW, START, brief, record, signal, talk

if TYPE_CHECKING:
    from bot.domain.brief import Brief
    from bot.domain.record import Record


class TestRecords:
    def test_markers_count_from_one(self) -> None:
        """Records are numbered 1, 2, ... in time order."""
        items = brief().records
        assert [item.marker for item in items] == list(range(1, len(items) + 1))
        assert [i.record.created_at for i in items] == sorted(i.record.created_at for i in items)

    def test_no_author_speaks_more_than_twice(self) -> None:
        """One busy person does not fill a brief."""
        busy = [
            record(
                f"b{n}", f"The Quillon licence is my subject number {n} today.", author="busy_bee", at=START
            )
            for n in range(10)
        ]
        spoken = Counter(item.record.author_key for item in brief([*talk(), *busy]).records)
        assert max(spoken.values()) == 2

    def test_what_the_author_of_a_thread_answers_is_in(self) -> None:
        """Of a large thread a brief holds what its author answered before better liked posts."""
        opened = record("o0", "Quillon is out.", kind=RecordKind.POST, title="Quillon is out", root="o0")
        liked = [
            replace(
                record(f"f{n}", f"The Quillon licence from desk {n} looks odd.", parent="o0", root="o0"),
                metrics={"score": 100},
            )
            for n in range(200)
        ]
        asked = record("q1", "Does the licence of Quillon name a court?", parent="o0", root="o0")
        said = [
            record(
                f"a{n}", f"It names no court in part {n} of it.", parent="q1", root="o0", author="otter_o0"
            )
            for n in range(2)
        ]
        held = {item.record.native_id for item in brief([opened, *liked, asked, *said]).records}
        assert {"q1", "a0", "a1"} <= held

    def test_who_says_something_comes_before_who_cheers(self) -> None:
        """Of a large thread a brief holds those who can be quoted before better liked cheers and links."""
        opened = record("o0", "Quillon is out.", kind=RecordKind.POST, title="Quillon is out", root="o0")
        empty = ("Yay! Any guesses on its size?", "https://quillon.example/model is where it is now, people")
        cheers = [
            replace(record(f"c{n}", empty[n % 2], parent="o0", root="o0"), metrics={"score": 300})
            for n in range(80)
        ]
        said = [
            record(f"s{n}", f"The licence of Quillon costs my shop {n} hours a week.", parent="o0", root="o0")
            for n in range(10)
        ]
        held = {item.record.native_id for item in brief([opened, *cheers, *said]).records}
        assert {one.native_id for one in said} <= held

    def test_a_large_talk_is_cut_to_sixty_and_keeps_every_community(self) -> None:
        """However much is said, a brief holds at most sixty records, and small communities stay in it."""
        flood = [
            record(
                f"f{n}",
                f"The Quillon licence seen from desk number {n} looks odd.",
                at=START + timedelta(minutes=n),
            )
            for n in range(200)
        ]
        items = brief([*talk(), *flood]).records
        assert len(items) == 60
        assert {"hackernews", "bluesky", "r/LocalModels"} <= {item.record.place for item in items}

    def test_what_a_thread_is_called_is_always_there(self) -> None:
        """The opening of a thread is material however long or old it is: its title says the matter."""
        long_ago = record("o1", "A long tale. " * 700, at=START - timedelta(days=3), title="Quillon, a tale")
        answer = record("o2", "I read it all and still use Quillon every day.", parent="o1", root="o1")
        assert long_ago.id in {item.record.id for item in brief([long_ago, *talk(), answer]).records}

    def test_what_cannot_be_quoted_stays_out(self) -> None:
        """One-word reactions are no material."""
        ids = {item.record.native_id for item in brief([*talk(), record("lol", "lol")]).records}
        assert "lol" not in ids

    def test_material_is_in_the_language_that_is_listened_to(self) -> None:
        """What was noticed is in the operator's language, whichever that is; a brief is made of it."""
        said = [
            record(f"g{n}", f"Das Sprachmodell Quillon arbeitete in Abteilung {n} fehlerfrei.")
            for n in range(9)
        ]
        assert len(brief([replace(one, lang="de") for one in said]).records) == 9


class TestNumbers:
    def test_counts_are_those_of_the_records(self) -> None:
        """Counts, shares and times are computed from the talk; articles are counted apart."""
        numbers = brief().numbers
        assert (numbers["records"], numbers["articles"], numbers["communities"]) == (19, 1, 3)
        assert numbers["records:hackernews"] == 6
        assert numbers["at:first"] == START.timestamp()

    def test_a_share_takes_forty(self) -> None:
        """Of fewer than forty posts or people no share and no median is a number of the brief; counts are."""
        few = [record(f"f{n}", "Is the Quillon licence mine to keep?") for n in range(19)]
        many = [record(f"m{n}", "I keep my Quillon files.", place="hackernews") for n in range(40)]
        thin, thick = brief(few).numbers, brief([*few, *many]).numbers
        assert not [key for key in thin if key.startswith(("share:", "firsthand:", "asking:", "length:"))]
        assert round(sum(value for key, value in thick.items() if key.startswith("share:"))) == 100
        assert thick["firsthand:hackernews"] == thick["firsthand-elsewhere:r/LocalModels"] == 100
        assert not {"firsthand:r/LocalModels", "firsthand-elsewhere:hackernews"} & set(thick)
        sides = {"against:x": 50, "people-against:x": 20, "sides:x": 40, "joy-now": 50, "people-joy-now": 9}
        of_mood = signal(few, numbers=sides | {"heard-joy-now": 18})
        made = compose(storyline=brief().storyline, signal=of_mood, beat=BEAT, records=few, now=NOW).numbers
        assert made["against:x"] == 50
        assert "joy-now" not in made
        assert (made["people-joy-now"], made["heard-joy-now"]) == (9, 18)

    def test_new_since_told(self) -> None:
        """For an update the brief counts what came after the earlier story."""
        at = START + timedelta(hours=3)
        new = [r for r in talk() if r.created_at > at and r.kind is not RecordKind.ARTICLE]
        assert brief(told=[Told("s", "Earlier", at)]).numbers["new"] == len(new)

    def test_what_is_new_is_new_since_the_latest_story(self) -> None:
        """Of several earlier stories, which come latest first, an update goes on from the latest."""
        early, late = (START + timedelta(hours=hours) for hours in (1, 3))
        told = [Told("s-2", "Later", late), Told("s-1", "Earlier", early)]
        numbers = brief(told=told).numbers
        assert numbers["at:told"] == late.timestamp()
        assert numbers["new"] == brief(told=told[:1]).numbers["new"] < brief(told=told[1:]).numbers["new"]

    def test_copies_of_the_talk_are_summed(self) -> None:
        """Copies that were left out of the count are told, those from before its first hour are not."""
        made = brief(copies={f"c{n}": NOW - n * timedelta(hours=4) for n in range(4)})
        assert made.numbers["copies"] == 3
        assert [one.record_id for one in made.counted if one.person is None] == ["c0", "c1", "c2"]
        assert "copies" not in brief().numbers

    def test_what_is_counted_is_named(self) -> None:
        """The posts that the figures count are listed, by as many people."""
        made = brief()
        listed = [one for one in made.counted if one.person is not None]
        assert len({one.record_id for one in listed}) == made.numbers["records"] == len(listed)
        people = {one.person for one in listed}
        assert people == set(range(1, int(made.numbers["authors"]) + 1))

    def test_a_word_that_comes_late_is_counted_at_both_ends(self) -> None:
        """Where a word marks the later posts, its uses among the first and the last are numbers."""
        size = 40
        early = [record(f"e{n}", "The tokenizer of Quillon is fine with me.", at=START) for n in range(size)]
        late = [
            record(f"l{n}", "Look at the threshold of Quillon again.", at=START + timedelta(minutes=60 + n))
            for n in range(size)
        ]
        numbers = brief([*early, *late]).numbers
        assert (numbers["ends"], numbers["early:threshold"], numbers["late:threshold"]) == (size, 0, size)
        # On fewer posts a side a change is no trend.
        assert "ends" not in brief([*early, *late][:-1]).numbers


class TestEvent:
    """What a report tells began at some time; what was said before it, the event did not draw."""

    def said(self, before: int, *, apart: timedelta = timedelta(hours=2)) -> list[Record]:
        """Return `talk`, whose first post names what its report tells, behind so many other posts."""
        others = [
            record(
                f"e{n}", "Quillon named my variables for me again.", place="hackernews", at=START - n * apart
            )
            for n in range(1, before + 1)
        ]
        return [*reversed(others), *talk()]

    def test_counts_begin_with_the_event(self) -> None:
        """Posts, people, hours, places and first moments are those of the talk since the event."""
        plain, made = brief(talk()).numbers, brief(self.said(4)).numbers
        assert made == plain
        assert brief(self.said(4)).begun == START

    def test_a_report_in_the_midst_of_the_talk_begins_nothing(self) -> None:
        """Where as much was said before, all of it is counted: a late report is no beginning."""
        said = self.said(20, apart=timedelta(minutes=3))
        assert brief(said).begun is None
        assert brief(said).numbers["records"] == brief(talk()).numbers["records"] + 20

    def talked(
        self,
        before: int,
        title: str,
        *,
        apart: timedelta = timedelta(hours=2),
        kind: SignalKind = SignalKind.SURGE,
    ) -> Brief:
        """Return a brief on a thread of twelve answers, behind posts of another; there is no report."""
        others = [
            record(f"e{n}", "I named all variables of Quillon again today.", at=START - n * apart, root="e1")
            for n in range(1, before + 1)
        ]
        opener = record("t0", "It is on the hub now.", title=title, kind=RecordKind.POST)
        answers = [
            record(f"t{n}", f"It costs me {n} hours of my week.", at=START + n * apart / 24, root="t0")
            for n in range(1, 13)
        ]
        return brief([*reversed(others), opener, *answers], kind=kind)

    def test_without_a_report_counts_begin_with_the_thread_that_drew_most(self) -> None:
        """What was said in other threads before it is not counted with what a release drew."""
        made = self.talked(4, "Vantor releases Quillon 3")
        assert (made.begun, made.numbers["records"]) == (START, 13)

    @pytest.mark.parametrize(
        ("before", "title", "apart"),
        [
            (4, "Which Quillon do you run, and why?", timedelta(hours=2)),
            (4, "Please recommend a Quillon", timedelta(hours=2)),
            (11, "Vantor releases Quillon 3", timedelta(minutes=2)),
        ],
    )
    def test_a_thread_that_asks_or_comes_in_the_midst_begins_nothing(
        self, before: int, title: str, apart: timedelta
    ) -> None:
        """A question is no event, nor is what is taken up in talk that was as lively before."""
        made = self.talked(before, title, apart=apart)
        assert (made.begun, made.numbers["records"]) == (None, 13 + before)

    def test_how_people_speak_is_no_event_of_a_thread(self) -> None:
        """Where moods stand apart, all talk is counted in which they were read."""
        made = self.talked(4, "Vantor releases Quillon 3", kind=SignalKind.DIVERGENCE)
        assert (made.begun, made.numbers["records"]) == (None, 17)

    def test_who_may_not_be_quoted_begins_no_event(self) -> None:
        """A thread whose author may not be quoted heads no story, so nothing counts from it."""
        said = [item.record for item in self.talked(0, "Vantor releases Quillon 3").records]
        early = [record(f"e{n}", f"Quillon {n} is mine.", at=START - timedelta(hours=n)) for n in (2, 1)]
        made = {
            key: compose(
                storyline=brief().storyline, signal=signal(said), beat=BEAT, records=[*early, *said],
                now=NOW, silent={key},
            ).begun
            for key in (said[0].author_key, said[1].author_key)
        }  # fmt: skip
        assert made == {said[0].author_key: None, said[1].author_key: START}

    def test_the_first_who_said_what_a_thread_tells_began_it(self) -> None:
        """Whoever told of it before the thread that drew most is counted with it."""
        made = self.talked(4, "Vantor releases Quillon 3")
        first = record("f", "Quillon 3 releases are up at Vantor.", at=START - timedelta(minutes=30))
        said = [item.record for item in made.records]
        assert brief(sorted([*said, first], key=lambda one: one.created_at)).begun == first.created_at

    def test_an_update_counts_from_its_own_report(self) -> None:
        """A report from before the last story begins no second event."""
        assert brief(self.said(4), told=[Told("s", "Earlier", START + timedelta(hours=5))]).begun is None

    def test_sides_are_those_taken_since_the_event(self) -> None:
        """Who is against it is counted again without the posts from before; of too few nothing is said."""
        said = [
            *self.said(4),
            *(
                record(f"s{n}", "The new Quillon licence is bad.", place="hackernews", at=NOW)
                for n in range(10)
            ),
        ]
        stances = {one.id: -1 for one in said if one.place == "hackernews"}
        noticed = {"against:hackernews": 80.0, "people-against:hackernews": 40.0, "sides:hackernews": 50.0}
        made, few = (
            compose(
                storyline=brief().storyline,
                signal=signal(said, numbers=noticed),
                beat=BEAT,
                records=said,
                stances=taken,
                now=NOW,
            ).numbers
            for taken in (stances, {said[-1].id: -1})
        )
        assert (made["sides:hackernews"], made["people-against:hackernews"]) == (16, 16)
        assert "against:hackernews" not in made
        assert not any(key.startswith("sides:") for key in few)


class TestWords:
    def test_names_and_voices(self) -> None:
        """The matter's name is found, and every community has its voice with counts."""
        made = brief()
        assert made.names[0] == "Quillon"
        assert next((v.community, v.records) for v in made.voices) == ("r/LocalModels", 9)

    def test_distinctive_words_are_the_communitys_own(self) -> None:
        """A word that only one community uses marks it, and no other."""
        voices = {voice.community: voice.terms for voice in brief().voices}
        assert any("clause" in term for term in voices["hackernews"])
        assert not any("clause" in term for term in voices["r/LocalModels"])

    def test_now_bounds_the_window(self) -> None:
        """Nothing is told from the future."""
        late = record("late", "The Quillon licence of tomorrow will be better.", at=NOW + timedelta(hours=1))
        said = talk()
        made = brief(said)
        assert made.numbers["records"] == brief(said, now=NOW).numbers["records"]
        assert late.id not in {item.record.id for item in made.records}
