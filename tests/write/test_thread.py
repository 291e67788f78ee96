from __future__ import annotations

import io
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.domain.disclosure import disclaimer, mark
from bot.domain.story import Claim, ClaimKind, Draft, Paragraph, Report, Story, StoryState
from bot.domain.text import graphemes
from bot.write.extractive import assemble
from bot.write.preview import render_preview
from bot.write.thread import MOST_POSTS, POST_LIMIT, ThreadPost, as_thread, pieces
from tests.write.factory import NOW, brief

LINE = disclaimer("Groundswell", model=None)
URL = "https://groundswell.example/s/quillon"


def story(draft: Draft | None = None) -> Story:
    """Return a published story with `draft` (default: the extractive one)."""
    return Story(
        "quillon", 1, StoryState.PUBLISHED, "open-source", "quillon", "sig", draft or assemble(brief()),
        Report((), 100), NOW, NOW,
    )  # fmt: skip


def thread(draft: Draft | None = None) -> tuple[ThreadPost, ...]:
    """Return the thread of a story with `draft`."""
    return as_thread(
        story(draft), beat_name="Open-source AI", url=URL, disclaimer=LINE, mark=mark("Groundswell")
    )


def draft_of(*paragraphs: list[str]) -> Draft:
    """Return a draft whose paragraphs hold claims with these texts."""
    head = Claim("headline", ClaimKind.NAMED, "Quillon: “a mood”")
    deck = Claim("deck", ClaimKind.MEASURED, "Nineteen posts.")
    serial = iter(range(1, 1000))
    made = tuple(
        Paragraph(tuple(Claim(f"c{next(serial)}", ClaimKind.NAMED, text) for text in texts))
        for texts in paragraphs
    )
    return Draft(head, deck, made, "extractive")


class TestThread:
    def test_posts_fit_and_know_their_claims(self) -> None:
        """Every post is within 300 graphemes, at most ten, and states exactly the claims that it lists."""
        made = assemble(brief())
        texts = {claim.id: claim.text for claim in made.claims()}
        posts = thread(made)
        assert len(posts) <= MOST_POSTS
        assert all(graphemes(post.text) <= POST_LIMIT for post in posts)
        for post in posts[1:-1]:
            for claim_id in post.claim_ids:
                assert texts[claim_id][:20] in post.text or texts[claim_id][-20:] in post.text

    def test_it_opens_with_the_headline_and_the_mark(self) -> None:
        """The first post says what it is about and that it is automated."""
        first = thread()[0]
        assert first.text.startswith(assemble(brief()).headline.text)
        assert mark("Groundswell") in first.text

    def test_it_closes_with_the_disclaimer_and_the_way_to_the_sources(self) -> None:
        """The last post says that a machine wrote it and how to ask."""
        last = thread()[-1]
        assert LINE in last.text
        assert "sources?" in last.text
        assert last.claim_ids == ()

    def test_a_long_story_loses_claims_never_halves(self) -> None:
        """What does not fit into ten posts stays out as whole claims."""
        long = draft_of(
            *([f"Claim {n} of paragraph {p} {'is here ' * 25}." for n in range(5)] for p in range(5))
        )
        whole = {claim.text for claim in long.claims()}
        posts = thread(long)
        assert len(posts) <= MOST_POSTS
        assert all(post.text in whole for post in posts[1:-1])

    def test_a_line_is_no_post_of_its_own(self) -> None:
        """A paragraph of a few words stands in one post with the next, which knows the claims of both."""
        posts = thread(
            draft_of(["It went up on Tuesday."], [f"One wrote: “{'a case ' * 12}”."], ["Over." * 20])
        )
        assert posts[1].text.startswith("It went up on Tuesday. One wrote")
        assert [post.claim_ids for post in posts[1:-1]] == [("c1", "c2"), ("c3",)]

    def test_what_others_point_back_to_stays(self) -> None:
        """A paragraph keeps its beginning: "there" or "another commenter" means nothing without it."""
        long = draft_of(
            *([f"Claim {n} of paragraph {p} {'is here ' * 25}." for n in range(3)] for p in range(5))
        )
        told = [post.claim_ids[0] for post in thread(long)[1:-1]]
        firsts = {f"c{3 * p + 1}" for p in range(5)}
        assert firsts <= set(told)
        assert all(one in firsts or f"c{int(one[1:]) - 1}" in told for one in told)

    def test_a_deck_that_fits_without_the_beat_stays_whole(self) -> None:
        """Rather than part the deck the opening goes without the beat's name."""
        short = thread(draft_of(["One."]))[0].text
        beat = short.rsplit(" · ", maxsplit=1)[-1]
        room = 300 - len(short) + len(short.split("\n\n")[1])
        deck = Claim("deck", ClaimKind.MEASURED, "First. " + "x" * (room - 6) + ".")
        posts = thread(replace(draft_of(["One."]), deck=deck))
        assert deck.text in posts[0].text
        assert beat not in posts[0].text
        assert posts[1].claim_ids != ("deck",)

    def test_a_deck_that_does_not_fit_goes_on_in_the_next_post(self) -> None:
        """No sentence of the deck is lost or cut."""
        deck = Claim(
            "deck", ClaimKind.MEASURED, f"{'First words ' * 12}end here. {'Second words ' * 12}end there."
        )
        posts = thread(replace(draft_of(["One."], ["Two."], ["Three."]), deck=deck))
        assert "end here." in posts[0].text
        assert "end there." in posts[1].text
        assert "deck" in posts[1].claim_ids

    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(
            st.sampled_from(["one", "and", "clause,", "“said", "here”", "it", "👩‍👩‍👧"]),
            min_size=80,
            max_size=200,
        )
    )
    def test_pieces_keep_quotation_marks_honest(self, words: list[str]) -> None:
        """A sentence that is too long is split within the limit, and no quotation hangs over a cut."""
        text = " ".join(words)
        if text.count("“") != text.count("”") or _crosses(text):
            text = f"They said: “{text.replace('“', '').replace('”', '')}”."
        parts = pieces(text, POST_LIMIT)
        assert all(graphemes(part) <= POST_LIMIT for part in parts)
        assert all(part.count("“") == part.count("”") for part in parts)
        joined = "".join(parts).replace("“", "").replace("”", "").replace(" ", "")
        assert joined == text.replace("“", "").replace("”", "").replace(" ", "")


def _crosses(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter == "“") - (letter == "”")
        if depth not in {0, 1}:
            return True
    return False


class TestPreview:
    def test_posts_are_numbered_and_counted(self) -> None:
        """The preview shows each post with its number and length, within 80 columns."""
        screen = io.StringIO()
        console = Console(file=screen, width=80)
        render_preview(
            console, story(), beat_name="Open-source AI", url=URL, disclaimer=LINE, mark=mark("Groundswell")
        )
        shown = screen.getvalue()
        total = len(thread())
        assert f"1/{total}" in shown
        assert f"{total}/{total}" in shown
        assert "/300" in shown
        assert "Discord" in shown
        assert max(map(len, shown.splitlines())) <= 80
        assert "\\" not in shown
