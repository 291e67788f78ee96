"""An answer as posts: lengths, links in bytes, quotes word for word, nobody mentioned."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.question import Answer, Source, SourcedClaim
from bot.domain.text import graphemes
from handlers.bluesky_replies import MOST_POSTS, only_record, posts
from handlers.phrases import LANGUAGES, count, say
from tests.factory import NOON

PAGE = "https://groundswell.example/stories/heron"
MARK = "Automated answer by Groundswell"


def source(number: int, **overrides: Any) -> Source:
    """Return a source on a fictional forum."""
    fields: dict[str, Any] = {
        "marker": number, "record_id": f"r{number}", "quote": "It runs.", "author": f"author-{number}",
        "url": f"https://forum.example/t/{number}", "source": "discourse", "community": "forum.example",
        "created_at": NOON,
    }  # fmt: skip
    return Source(**fields | overrides)


def answer(*sources: Source) -> Answer:
    """Return an answer that rests on these."""
    return Answer("heron", "This rests on public posts:", (SourcedClaim("c1", "A claim.", sources),))


def linked(post: Any) -> list[tuple[str, str]]:
    """Return the linked words of a post with their addresses, cut out by bytes."""
    text = post.text.encode()
    return [
        (
            text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(),
            facet["features"][0]["uri"],
        )
        for facet in post.facets
    ]


def test_a_short_answer_is_one_post_with_the_mark() -> None:
    """Two sources fit into one post: quotes, labels with links, dates, and that a machine wrote it."""
    made = posts(answer(source(1, quote="Ω läuft 🐢"), source(2)), mark=MARK, page=PAGE)
    (post,) = made
    assert post.text == (
        "This rests on public posts:\n\n“Ω läuft 🐢”\n— author-1 on the Example forum, 2 Mar 2026\n\n"
        "“It runs.”\n— author-2 on the Example forum, 2 Mar 2026\n\nAutomated answer by Groundswell"
    )
    assert linked(post) == [
        ("author-1 on the Example forum", "https://forum.example/t/1"),
        ("author-2 on the Example forum", "https://forum.example/t/2"),
    ]


def test_no_post_says_only_who_wrote_it() -> None:
    """A quotation is shortened rather than that the mark stands in a post of its own."""
    for length in range(100, 260, 7):
        made = posts(answer(source(1, quote="x" * length)), mark=MARK, page=PAGE)
        assert len(made[-1].passages) > 1


def test_no_quotation_is_shortened_for_the_sake_of_the_mark() -> None:
    """Where the mark would stand alone, the last source joins it, whole."""
    for length in range(100, 200, 7):
        quote = "x" * length
        made = posts(answer(source(1), source(2, quote=quote)), mark=MARK, page=PAGE)
        assert any(quote in post.text for post in made)


def test_one_record_stands_once() -> None:
    """A record behind several claims is shown once, and alone it may be embedded."""
    twice = Answer(
        "heron", "This:", (SourcedClaim("a", "A.", (source(1),)), SourcedClaim("b", "B.", (source(1),)))
    )
    (post,) = posts(twice, mark=MARK, page=PAGE)
    assert post.text.count("It runs.") == 1
    assert only_record(twice) == "r1"
    assert only_record(answer(source(1), source(2))) is None


def test_what_does_not_fit_is_on_the_page() -> None:
    """Of forty sources as many are shown as fit into three posts; the rest is counted and linked."""
    made = posts(answer(*(source(n, quote="It runs slowly. " * 30) for n in range(40))), mark=MARK, page=PAGE)
    shown = sum(post.text.count("— author-") for post in made)
    assert len(made) == 3 == MOST_POSTS
    assert f"{40 - shown} more are on the story page." in made[-1].text
    assert linked(made[-1])[-1] == ("the story page", PAGE)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_bots_own_words_are_in_the_readers_language(lang: str) -> None:
    """Opening, labels, dates, the rest and the mark are in one language; the links lead where they say."""
    said = [source(number, quote="So slow. " * 20) for number in range(40)]
    opening, mark = count("story", 40, lang), say("mark", lang, bot="Groundswell")
    made = posts(
        Answer("h", opening, (SourcedClaim("c", "A claim.", tuple(said)),)), mark=mark, page=PAGE, lang=lang
    )
    assert len(made) == MOST_POSTS
    assert made[0].text.startswith(opening)
    assert made[-1].text.endswith(mark)
    assert linked(made[-1])[-1] == (say("story-page", lang), PAGE)
    assert all(
        "Example forum" in label and url.endswith(str(n)) for n, (label, url) in enumerate(linked(made[0]))
    )
    assert all(graphemes(post.text) <= 300 for post in made)
    assert ("the Example forum" in made[0].text) == (lang == "en")


def test_the_first_few_sources_speak_for_every_claim() -> None:
    """When not all sources fit, each claim has one among those shown before any has its second."""
    claims = tuple(
        SourcedClaim(
            f"c{place}", "A claim.", tuple(source(100 * place + n, quote="slow " * 30) for n in range(9))
        )
        for place in range(4)
    )
    made = posts(Answer("h", "This story rests on 36 public posts:", claims), mark=MARK, page=PAGE)
    links = [url for post in made for _, url in linked(post) if url != PAGE]
    assert [int(url.rpartition("/")[2]) for url in links[:5]] == [0, 100, 200, 300, 1]


def test_no_link_that_is_none_and_no_at_sign_before_a_label() -> None:
    """An address that is no web address is not made live, and a label never opens with an @."""
    odd = source(1, url="javascript:alert(1)", author="@mira.example")
    (post,) = posts(answer(odd), mark=MARK, page=PAGE)
    assert post.facets == []
    assert "— mira.example on" in post.text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda n, quote, author, url: source(n, quote=quote, author=author, url=url),
            st.integers(0, 30), st.text(max_size=700), st.text(max_size=120), st.text(max_size=60),
        ),
        max_size=14,
    )
)  # fmt: skip
def test_whatever_people_write_the_network_takes_it(sources: list[Source]) -> None:
    """Any quotes, labels and addresses give at most three posts within 300 graphemes and 3,000 bytes."""
    made = posts(answer(*sources), mark=MARK, page=PAGE)
    assert 1 <= len(made) <= MOST_POSTS
    assert made[-1].text.endswith(MARK)
    for post in made:
        assert graphemes(post.text) <= 300
        assert len(post.text.encode()) <= 3000
        for words, url in linked(post):
            assert words in post.text
            assert url.startswith(("https://", "http://"))
