"""A story on what was told before, and one on talk that is close to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.brief import Told
from bot.write.desk import Desk
from bot.write.event import fresh
from bot.write.extractive import assemble
from bot.write.opening import lead
from tests.write.factory import NOW, START, brief, record


def test_an_update_says_that_it_is_one() -> None:
    """When the matter was told before, the lead says so and when."""
    told = [Told("s-1", "Quillon changes its licence", START + timedelta(hours=2))]
    assert "Wednesday, 4 March" in assemble(brief(told=told)).paragraphs[0].text


def test_a_story_close_to_a_told_one_does_not_continue_it() -> None:
    """It names the day of the earlier story, and counts nothing as added to what that one told."""
    told = [Told("s-1", "Quillon changes its licence", START + timedelta(hours=2), near=True)]
    made = brief(told=told)
    draft = assemble(made)
    assert "new" not in made.numbers
    assert "close to this" in draft.paragraphs[0].text
    assert "Wednesday, 4 March" in draft.paragraphs[0].text
    assert "since" not in draft.headline.text
    # What was said and reported before that story was told belongs to this one.
    assert made.numbers["records"] == brief().numbers["records"]
    reports, late = [item.record for item in made.records], replace(told[0], published_at=NOW)
    assert fresh(reports, made.signal, [late]) == fresh(reports, made.signal, ()) != []
    assert fresh(reports, made.signal, [replace(late, near=False)]) == []


def test_an_update_goes_on_from_the_latest_story() -> None:
    """Of several earlier stories the lead names the day of the latest, and cites what came after it."""
    late = START + timedelta(hours=2)
    told = [Told("s-2", "Later", late), Told("s-1", "Earlier", late - timedelta(days=5))]
    (since, *_) = assemble(written := brief(told=told)).paragraphs[0].claims
    assert "Wednesday, 4 March" in since.text
    cited = [written.record(citation.record_id) for citation in since.citations]
    assert all(record and record.created_at > late for record in cited)


@pytest.mark.parametrize("before", [1, 12])
def test_an_update_says_its_size_once(before: int) -> None:
    """What came since an earlier story is not counted beside the whole: two figures are taken for one."""
    hour = timedelta(hours=1)
    said = [
        record(f"e{n}", f"The Quillon licence names a court in part {n}.", at=START) for n in range(before)
    ]
    said += [
        record(f"l{n}", f"Quillon costs my shop {n} hours a week under its licence.", at=START + 3 * hour)
        for n in range(60)
    ]
    made = brief(said, told=[Told("s-1", "Quillon changes its licence", START + 2 * hour)])
    claims = lead(Desk(made), counted=set())
    assert sum(bool({"records", "new"} & {*claim.numbers}) for claim in claims) == 1
