"""What stands around a span in its post: what takes it back behind it, what it leans on before it."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.write.context import LAUGHS
from bot.write.language import sentence_spans, words
from bot.write.merit import is_fragment

# The next sentence takes back half of what was said.
_TURNS_ROUND = re.compile(
    r"^\W*(?:but|however|unfortunately|sadly|alas|(?:that|this|having) (?:being )?said|except|until"
    r"|then again|on the other hand|nevertheless|nonetheless|yet|mind you|that aside)\b"
    r"|\b(?:limitations?|(?:serious|my|some|have) doubts)\b",
    re.IGNORECASE,
)
# A verdict of one's own: whoever is shown the sentence beside it alone takes that for all they think.
_VERDICT = re.compile(
    r"\bdisappoint\w*\b|\bthe (?:exact )?opposite\b|\bopposite (?:view|opinion|experience)\b"
    r"|(?:\bnot|n['\u2019]t) (?:\w+ )?(?:convinced|sold|impressed)\b|\bun(?:convinced|impressed)\b"
    r"|\b(?:only|one|main|biggest|big|major) (?:\w+ )?(?:problem|issue|complaint|gripe)\b"
    r"|\b(?:the|only|one|main|biggest) (?:downside|drawback|caveat|catch)\b"
    r"|\bI(?:['\u2019]d| would)? (?:\w+ )?(?:disagree|beg to differ)\b"
    r"|\bon the (?:flip side|downside)\b|\bthough\W*$|\b(?:used to|thought) (?:it|they) (?:was|were|would)\b",
    re.IGNORECASE,
)
_PARAGRAPH = "\n\n"
# An answer by itself, which what stands below it only explains.
_ANSWERS = re.compile(
    r"\W*(?:no|nope|nah|yes|yep|yeah|yup|not (?:really|yet|at all|quite|true)|never|absolutely|definitely"
    r"|wrong|false|true|correct|exactly|of course|hardly|it depends|depends|maybe|probably)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 8
# All of what was said so far, however far behind it stands.
_RECANTS = re.compile(
    r"\bI was (?:so |very |completely |totally |dead )?(?:wrong|mistaken)\b|\bI stand corrected\b"
    r"|\bI take (?:that|it|this) (?:all )?back\b|^\W*(?:scratch that|never ?mind)\b"
    r"|(?:^\W*|[(\[*~])(?:edit|update|correction)(?: \d)?\s?[:*)\]\u2013\u2014-].{0,120}"
    r"\b(?:incorrect|wrong|mistaken|inaccurate|not true|untrue)\b",
    re.IGNORECASE,
)
# An edit that says so may stand above what it corrects.
_CORRECTED = re.compile(
    r"(?:^|[.!?]\s|[*_(\[~])\s?(?:edit(?:ed)?|updated?|correction|retract(?:ed|ion))(?: ?#?\d)?"
    r"(?:\s?\([^)\n]{1,20}\))?(?:\s?[:,*)\]\u2013\u2014-]|\n| to (?:say|add|note|clarify)\b)\W{0,3}"
    r"(?:[^\n.!?]{0,60}?\b)?"
    r"(?:incorrect|wrong|mistaken|inaccurate|not (?:true|correct|accurate)|untrue|false|misread"
    r"|misremember\w*|misunderst\w+|disregard|ignore (?:this|me|the (?:above|below))|debunked"
    r"|my mistake|was an error|never ?mind)\b",
    re.IGNORECASE | re.MULTILINE,
)
# A report of one's own opinion leads up to what became of it.
_ONCE_HELD = re.compile(
    r"\bI(?:['\u2019]d| had)? (?:\w+ )?(?:told (?:everyone|everybody|people|them|my \w+)|thought"
    r"|believed|assumed|used to (?:think|say|believe|tell)|defended|swore|was (?:sure|certain|convinced))\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"(?<=[\w,] )(?!I\b)[A-Z]|[A-Z]\w*\d")
# What the sentence before names: "the people that say that", "that'd be a great one", "which of mine".
_LEANS_BACK = re.compile(
    r"(?:^|[,;]\s|\b(?:and|but|so|if|when|because|think|guess)\s)that"
    r"(?:['\u2019](?:s|d|ll)| is| was| will| would)\b"
    r"|\b(?:say|says|said|saying|do|does|did|doing|think|mean|want|need|believe|claim|know) (?:that|this|so)"
    r"(?= (?:are|is|were|was|have|has|will|do|should)\b|[.,;!?]|$)"
    r"|^(?:\w{2,}(?:ed|ing)|built|made|written|given|known|grown|born)\b[^,.;!?]{0,80}, (?:it|they)\b"
    r"|\b(?:also|actually|likewise)\b|\bboth\b(?!(?: [\w-]+){1,5} and\b)"
    r"|(?<!\bnot )\b(?:instead|either)\b(?! of\b)(?![^.!?]*\bor\b)"
    r"|(?<!friend of )(?<!friends of )(?<!colleague of )\b(?:mine|ours|yours)\b",
    re.IGNORECASE,
)


# What is compared, or measured, without a word on what it is or with what.
_COMPARES = re.compile(
    r"\b(?:double|twice|triple|half) (?:the )?(?:speeds?|size|price|cost|rate|memory|context)\b"
    r"(?!.*\b(?:of|than|as)\b)|\b(?:faster|slower|cheaper|bigger|smaller|larger|quicker)\b(?!.*\bthan\b)",
    re.IGNORECASE,
)
_BARE_SUBJECT = re.compile(
    r"^(?:and |but |so )?(?:the |its )?(?:\w+ )?(?:speeds?|performance|quality|accuracy|latency|throughput"
    r"|generation|processing|inference|results?|outputs?|prose|writing|licen[cs]e|price|cost|size)"
    r" (?:is|was|are|were|seems?|looks?|feels?)\b",
    re.IGNORECASE,
)


def sets_out_with_a_verdict(before: str) -> bool:
    """Tell whether what stands `before` a quote begins with an answer: a yes or a no, or few words."""
    spans = sentence_spans(before)
    first = before[slice(*spans[0])] if spans else ""
    return bool(_ANSWERS.match(first)) or 0 < len(words(first)) <= _FEW_WORDS


def is_taken_back(text: str, stop: int) -> bool:
    """Tell whether whoever wrote `text` turns round behind `stop`, where a sentence of it ends.

    That is: laughs at it in the next sentence, goes on in the same line with a "but" or in the same paragraph
    with a verdict, or takes it all back further down.
    """
    behind = next((start for start, _ in sentence_spans(text) if start >= stop), None)
    if behind is None:
        return is_corrected(text)
    following = text[behind : _end_of(text, behind)]
    between = text[stop:behind]
    turned = "\n" not in between and _TURNS_ROUND.search(following)
    turned = turned or (_PARAGRAPH not in between and _VERDICT.search(following))
    return bool(turned or LAUGHS.search(following)) or _recanted(text) >= stop or is_corrected(text)


@lru_cache(maxsize=8192)
def is_corrected(text: str) -> bool:
    """Tell whether an edit of `text` says, above it or below it, that it does not hold as it stands."""
    return bool(_CORRECTED.search(text))


def leans_back(text: str, start: int) -> bool:
    """Tell whether the sentence at `start`, further down in `text`, needs the one before it.

    It speaks of that as "that" or "mine", compares with it, says how something is that it does not name,
    counts something without a verb, or is one half of a verdict whose other half stands before it.
    """
    above = text[:start].rstrip()
    if not above:
        return False
    before = _before(text, start)
    if before and any(map(_VERDICT.search, (before, text[start : _end_of(text, start)]))):
        return True
    sentence = text[start : _end_of(text, start)]
    counts = sentence[0].isdigit() and above.endswith((".", "!", "?"))
    compares = _COMPARES.search(sentence) or (_BARE_SUBJECT.search(sentence) and not _NAMES.search(sentence))
    return bool(_LEANS_BACK.search(sentence) or compares) or (counts and is_fragment(sentence))


def _before(text: str, start: int) -> str:
    """Return the sentence before the one at `start`, "" if a paragraph ends between them."""
    end = max((stop for _, stop in sentence_spans(text) if stop <= start), default=0)
    begun = max((begin for begin, stop in sentence_spans(text) if stop == end), default=0)
    return "" if _PARAGRAPH in text[end:start] else text[begun:end]


def once_held(sentence: str) -> bool:
    """Tell whether `sentence` reports what its author thought or told others some time ago."""
    return bool(_ONCE_HELD.search(sentence))


def _end_of(text: str, start: int) -> int:
    return next(stop for begun, stop in sentence_spans(text) if begun <= start < stop)


@lru_cache(maxsize=8192)
def _recanted(text: str) -> int:
    """Return where the last sentence begins in which the author takes back what stands above it, or -1."""
    recanting = (start for start, stop in sentence_spans(text) if _RECANTS.search(text[start:stop]))
    return max(recanting, default=-1)
