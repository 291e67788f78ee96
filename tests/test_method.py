"""docs/method.md states the numbers that the code uses."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.detect import (
    audit,
    baseline,
    copies,
    embedding,
    moods,
    naming,
    relevance,
    rhythm,
    signals,
    storylines,
    talk,
    twins,
    usual,
    vectors,
)
from bot.detect import mood as detect_mood
from bot.domain import farm
from bot.domain.text import squeeze
from bot.pipeline import assign, matter, memory, mood, watch
from bot.settings import Settings
from bot.write import brief, checks

_PAGE = squeeze((Path(__file__).parents[1] / "docs" / "method.md").read_text(encoding="utf-8"))


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g}"


STATED = (
    f"plus {relevance._TERM_SCORE} for each of its terms",
    f"plus {relevance._PLACE_SCORE} for its communities. Beats below {relevance._NEAR_BEST} of the best",
    f"agree in at least {copies._ALIKE} by MinHash",
    f"({copies._PERMUTATIONS} permutations, {copies._BANDS} bands;",
    f"Texts below {copies._FEWEST_WORDS} words",
    f"√{vectors._DENSE_SHARE} · dense ; √{1 - vectors._DENSE_SHARE:g} · sparse",
    f"static embedding of {embedding.DIMENSIONS} numbers",
    f"into {vectors.BUCKETS:,} buckets",
    f"as if {vectors._PRIOR_DOCUMENTS} more had been heard",
    f"(n + 1) / (N + {vectors._PRIOR_DOCUMENTS})",
    f"the newest {memory.MOST_OLDER:,}",
    f"age / {storylines._FADE.days} days)",
    f"t = {storylines._NEAR_FACTOR:g} \N{MULTIPLICATION SIGN} the {storylines._UNRELATED} quantile",
    "within [{}, {}]".format(*storylines._NEAR_BOUNDS),
    f"on up to {memory._SAMPLE} openers of the past week",
    f"({storylines._NEAR_UNKNOWN} while fewer than {storylines.FEWEST_TO_MEASURE} are known)",
    f"their words at {storylines._REPLY_SHARE}.",
    f"the newest {audit.MOST:,} conversations of the last {storylines.LIVE.days} days",
    f"its {audit._NEIGHBOURS} nearest that are at least {audit._EDGE_FACTOR:g} t near",
    f"in {audit._STEPS} steps, each of which stays at {audit._SELF:g}",
    f"at least {audit._GROUP_FACTOR:g} t on average",
    f"Gamma({baseline._PRIOR_SHAPE}, {baseline._PRIOR_SHAPE} / r)",
    f"at least {baseline._LEAST_RATE}",
    f"heard in the last {memory._RHYTHM_OVER.days} days",
    f"as if {rhythm._DAYS_LENT} days without a rhythm",
    f"as if {rhythm._WEEKS_LENT} such weeks",
    f"as if {baseline._SPREAD_LENT} days without it",
    f"two communities in the last {_hours(mood._APART_OVER)} hours",
    f"either at most once in {_hours(watch._MOOD_REPEAT_AFTER)} hours",
    f"within {farm._AT_ONCE.seconds // 60} minutes of one another, at least {farm._FEWEST} of them",
    f"share {farm._ALIKE} of their longer words",
    f"at a weight of {detect_mood._LEAST}, and if it has {detect_mood._CLEARLY} of all",
    f"a negation within {detect_mood._NEGATED_WITHIN} words",
    f"at least {100 * moods._APART:g} points, at least {moods.FEWEST} people",
    f"spoken of for no more than {signals._SETTLED_DAYS:g} days before",
    f"as if {usual._SHRINK} storyline-days",
    f"towards {usual._RATE:g} a day",
    f"the last {_hours(signals.WINDOW)} hours are a signal",
    f"at least {signals._FEWEST_RECORDS} posts by at least {signals.FEWEST_AUTHORS} distinct authors",
    f"surprise is at least {signals._SURPRISING:g}:",
    f"in the first {_hours(watch._LEAST_HEARD)} hours of listening",
    f"at most one signal in {_hours(watch._REPEAT_AFTER)} hours",
    f"younger than {_hours(signals._YOUNG)} hours",
    f"if at least {signals._FEWEST_RECORDS} posts came in the week before",
    f"in the {_hours(signals.QUIET)} hours before the window",
    f"ripens for {_hours(assign._RIPEN)} hours and is stale after {_hours(assign._STALE)}",
    f"of a story older than {assign.REMEMBER_TOLD.days} days",
    f"as one told in the last {assign.REMEMBER_TOLD.days} days",
    f"when that closed, {1 / storylines.LEFT_AT_CLOSING:.1f} times as near",
    f"came back at least {_hours(assign._UPDATE_AFTER)} hours later",
    f"brought at least {assign._FEWEST_NEW_AUTHORS} new authors",
    f"lies within {twins.FACTOR} t of one already told, or within {twins.NAMESAKE_FACTOR:g} t of one",
    f"if it is {100 * naming.SURE:g} % certain that fewer than one person in {naming.RARE} said it",
    f"left out, is at least {talk.ALIKE}; each word",
    f"among at most {matter._MOST_LINKS} links",
    f"at most {brief.MOST_RECORDS} numbered records",
    f"no more than {checks.LONGEST_COPIED_RUN} words of a record in a row",
    f"operator's floor ({Settings.model_fields['fidelity_floor'].default})",
)


@pytest.mark.parametrize("words", STATED)
def test_the_method_is_told_with_its_own_numbers(words: str) -> None:
    """Each constant of the method stands on its page as the code has it."""
    assert words in _PAGE
