"""How well a span of a post can be quoted: understood by itself, on the matter, written as for readers."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.write.language import content_words, sentence_spans, words
from bot.write.wordlists import wordlist
from bot.write.worth import finding, says_little

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.brief import BriefRecord
    from bot.domain.record import Record

# The same few thousand spans are weighed again for each sentence of a story.
_TEXTS = 8192
META = re.compile(
    r"\b(?:(?:this|that|the|other|another|your|my|own|same)\s(?:\w+\s)?(?:thread|post|posts|title|sub"
    r"|subreddit|comment|comments|link|"
    r"headline|article|tally|story)|^title|OP|(?:up|down)vot\w+|wrote this up|reddit|this sub|two sites)\b",
    re.IGNORECASE,
)
TURNS = re.compile(
    r"\b(?:not|but|only|until|never|instead|rather|still|isn't|wasn't|don't|doesn't|can't|won't|didn't)\b",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"^(?:does|did|do|is|are|was|were|can|could|will|would|should|has|have|what|who|how|why|when"
    r"|where|which|if)\b",
    re.IGNORECASE,
)
POINTING = frozenset({"it", "its", "it's", "they", "them", "their", "they're", "he", "she", "him", "her"})
REPLYING = frozenset({"you", "your", "you're", "you've", "yours"})
ADDRESSING = REPLYING - {"you"}
# How many words open a sentence, and which of them point back.
_FIRST_WORDS = 4
_LED_IN = 3
_LEADS_IN = frozenset({
    "since", "at", "in", "on", "after", "before", "for", "from", "with", "now", "today", "by", "until",
    "when", "while",
})  # fmt: skip
_POINTING_BACK = POINTING - {"it's", "its", "their", "her"} | {"this", "these", "those", "above"}
# A figure without the thing it counts, and a word or two set before the first sentence, answer somebody.
_BARE_FIGURE = re.compile(
    r"^(?:all )?(?:\d\S*|two|three|four|five|six|seven|eight|nine|ten|fifty)(?: (?:percent|per cent))?"
    r"(?:[.!;:] |,? (?:is|was|were|are|had|have|say|said|signed|went|on|in|out|with|more|less|fewer"
    r"|of (?:them|those|\d+|\w+[.,;]))(?: |$))",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"^(?:Because|Since|While|Although|Unless|If|When|Whether|Until|As)\b[^,.!?]{0,60}[.!?]?$", re.IGNORECASE
)
# An opening post takes up its title where it makes its point, mostly soon.
_SOON, _OPENERS_GIVE = 600, 0.6
_TAKEN_UP, _MOST_TAKEN_UP, _WHOLE_SENTENCE = 0.3, 4, 8
RUN_UP = re.compile(
    r"^(?:I(?:['\u2019]m| am)\b|I(?:['\u2019]ve| have) been\b|I(?:['\u2019]d| would) (?:like|love)\b"
    r"|I (?:currently )?(?:was|own|want|just|have|connected|bought|decided|started|tried)\b"
    r"|So,? |Just |As |Recently|Lately|Currently|While |Long |For (?:a|the) |Welcome|Over the\b"
    r"|Let(?:['\u2019]s| us)\b|For (?:example|instance)|Suddenly|Last (?:week|month|year)|Since then)",
    re.IGNORECASE,
)
_ANSWERS, _LITTLE, _ITS_COST = 0.3, 0.8, 0.2
_LEADS_UP, _AT_ONCE, _DEEP = -0.4, 0.1, 1.4
_LIKED, _MOST_LIKED = 0.3, 2.4
_STUMP_WORDS = 3
_STUMP = re.compile(r"^\S+(?: \S+)?[.!?] ")
_BACK_TO_THAT = re.compile(
    r"^(?:\S+ ){0,4}?(?:(?:from|for|of|with|about|like|by|on|to|at|if|was|is|did|does|all) that\b"
    r"|(?:of|for|with|on|in|from|like) (?:these|those)\b"
    r"|(?:I|we) also\b|(?:for (?:comparison|reference|example|instance)|in short|on second thought)\b"
    r"|I agree[,.:]|(?:they|you|he|she|both|people|others)(?: are| is|['\u2019]re|['\u2019]s)"
    r"(?: (?:all|both|quite|totally|absolutely|probably|partly|not))* (?:right|wrong|correct|mistaken)[.,!]"
    r"|that(?:'s)? (?:last|one|is|was|run|sentence|point|would)\b|that[:,;])|\bthe (?:same|above)[.,:]"
    r"|\bthe (?:last|first|second|third|previous|next|other|former|latter)"
    r" (?:question|point|one|part|paragraph|sentence|option|choice|approach|suggestion|setup|config\w*|build"
    r"|variant|alternative|reason|argument|case|way)\b(?! (?:to|that|of|for|in|on|with|from)\b)"
    r"|\bthe (?:former|latter)\b"
    r"|^(?:the|an?) (?:[\w/-]+ )?(?:aspect|point|argument|claim|suggestion|comparison|analogy|premise"
    r"|option|arm) (?:is|was|would|seems?|holds?|makes?|has|about|on)\b"
    r"|\b(?:this|that|these|those) (?:problem|task|question|issue|approach|idea|reason|argument|case)s?\b",
    re.IGNORECASE,
)
# What counts, compares, answers or names by what was said before.
_ELLIPTIC = re.compile(
    r"^(?:nobody|no one|every(?:one|body)|some(?:one|body)|they|we|I) (?:has|have|did|does|do|is|are|was|were"
    r"|will|would|can|could)[,.!]"
    r"|^(?:all|both|none|neither|either|most|each)"
    r" (?:but|of|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"(?: \w+)?[.!?]"
    r"|^(?:all|most|some|none|both|each|many) of (?:which|whom)\b"
    r"|\b(?:report|show|mention|cover|address|explain|discuss)s? that (?=in\b|on\b|at\b)"
    r"|\bthe previous (?:comment|commenter|poster|reply)\b"
    r"|^(?:one|two|three|four|five|six) of the (?:two|three|four|five|six|seven|nine)\b"
    r"|^(?:the|one|another|my) (?:reason|answer|catch|difference|result|other|rest|second|third|latter)\b"
    r"|\b(?:none|all|any|some|part|most|half) of (?:it|them|that|those|these)\b|\bthe above\b"
    r"|\b(?:only|by|until|since|before|around|at) that (?:time|commit|point|one|size|price|number|day)\b"
    r"|\b(?:a|an|the) \w+ that (?:size|big|small|large|fast|cheap|good)\b"
    r"|\b(?:on|of|about|in) this (?:but|and)\b"
    r"|\b\d[\d.]*\s?(?:x|times|%) (?:faster|slower|cheaper|better|worse|more|less|larger|smaller|bigger)\b"
    r"(?!.*\bthan\b)"
    r"|^(?:\S+ ){0,8}that(?:['\u2019]s| is| was) (?:the|what|why|how|when|where|exactly|not|an?)\b"
    r"|^(?:on|at) the (?:other|contrary)\b|^my \d+ (?:had|have|was|were|are|got)\b"
    r"|^each (?:step|run|one|time|build)\b|\bone \w+, one \w+,? and one \w+"
    r"|^(?:maybe,? but|more like|of course|i guess that)\b"
    r"|^it(?:['\u2019]s| is) (?:nothing against|not (?:just|about|that)|just that|only that)\b"
    r"|^that\b|^(?:up to|until|since|by|before|back) then\b"
    r"|^(?:\S+ ){0,3}(?:these|those)\b",
    re.IGNORECASE,
)
# Among its first words, what a title or the sentence before has named.
_POINTS_SOON = re.compile(r"^(?:\S+ ){0,3}(?:they|them|their|this)\b", re.IGNORECASE)
# What goes on from a sentence before, or leads up to the one behind.
_GOES_ON = re.compile(
    r"^(?:to top it|at least\b|i mean\b"
    r"|(?:to|for) (?:the|all|every\w*|any\w*|those|whoever)(?: \w+){0,2}? (?:who )?"
    r"(?:say(?:ing|s)?|said|ask(?:ing|s|ed)?|claim(?:ing|s|ed)?|suggest(?:ing|s|ed)?|complain(?:ing|s|ed)?"
    r"|wonder(?:ing|s|ed)?|argu(?:ing|es|ed))\b"
    r"|(?:[^.!?]|\d\.\d){0,80},? though[.!] |(?:do not|don['\u2019]t) \w+ (?:\w+ )?(?:them|him|her|it)\b"
    r"|in (?:addition|other words|fact|short|practice|the end|(?:that|any) case)\b"
    r"|on top of (?:that|it)|not to mention|(?:that|having) said|just reali[sz]ed"
    r"|as (?:i )?(?:said|mentioned|noted)"
    r"|like \w+ing\b|(?:the )?problem is|you(?:['\u2019]ll| will| may| might) (?:find|notice|see)\b|even then"
    r"|maybe (?:we|they|it)\b|i guess\b|(?:what|how) about|speaking of"
    r"|same (?:here|with|goes|for)\b|the thing is"
    r"|note that|keep in mind|come on\b|as for\b|if (?:so|not)\b|for (?:one|starters)\b"
    r"|why not\b|(?:(?:very|just|really|so|probably|roughly|kind of) )*(?:looks|seems|feels|sounds|runs"
    r"|works|depends)\b"
    r"|my (?:guess|point|bad)\b|unlike\b[^,]*$|with [^,]+, but\b)"
    r"|\blet me (?:explain|elaborate|tell you)\b|\bhere(?:['\u2019]s| is) (?:why|how|the thing)\b"
    r"|\bthis is (?:exactly |just )?(?:why|what|how)\b|\bhere,? though\b|\bthough[.!]?$"
    r"|\bthat['\u2019]s my (?:theory|take|opinion)\b",
    re.IGNORECASE,
)
# "That" at the end of what is said means what was said before.
_BARE = re.compile(
    r"\b(?:let|do|did|does|make|makes|accept|like|about|of|for|with|to|from|on|by|than) (?:that|this)"
    r"(?=\s*(?:[.,!?;]|$)| happen)"
    r"|\b(?:hope|think|if|because|that|when|and|so|but) this (?:is"
    r"|was|do|did|has|will|would|can)",
    re.IGNORECASE,
)
# "2.5 Pro" is short for a name.
_VERSION = re.compile(r"(?:^|[.!?,] |\b[a-z'\u2019]+ )(?P<number>\d\.\d+) [A-Z][a-z]{2,}")
_CARELESS = wordlist("careless")
# A letter for a word, a bracket without its space, a sentence that begins small after another.
_TYPED = re.compile(
    r"(?<![\w'\u2019.])i(?:['\u2019]\w+)?(?![\w.])|\w{3}\((?!s\))|[a-z][a-z]\.\s[a-z]|\b[uU]\b|([a-z])\1\1"
)
_NAMED_IN_FULL = 0.4
DANGLING = wordlist("dangling")
_MILD = wordlist("mild")
FIRST_PERSON = wordlist("first-person")
_ASKING_AROUND = wordlist("asking-around")
# What may mean the subject of a title, and what only a picture shows.
_ASKING = frozenset({"does", "did"})
_ITS_SUBJECT = frozenset({"it", "its", "it's", "this", "they", "they're"})
_PICTURED = re.compile(r"\b(?:graph|chart|picture|pic|photo|image|screenshot|video|meme)s?\b", re.IGNORECASE)
_VERBS = wordlist("verbs")
_SUBJECTS = wordlist("subjects")
_PERSONS = wordlist("persons")
_ORDERS = wordlist("orders")
_HE_OR_SHE = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.IGNORECASE)
_CAPITALISED = re.compile(r"(?<=\w )[A-Z][a-z]+|(?<=, )[A-Z][a-z]+")


@lru_cache(maxsize=_TEXTS)
def stands_alone(text: str) -> bool:
    """Tell whether `text` can be understood without what was said before it."""
    opening = words(text)
    # After "since yesterday" a sentence has yet to say what it is about.
    first = opening[: _FIRST_WORDS + _LED_IN * (opening[:1] != () and opening[0] in _LEADS_IN)]
    pointing = set(first) & _POINTING_BACK or points_back(text) or _BARE.search(text)
    whole = bool(first) and first[0] not in DANGLING and not _is_half(text)
    return whole and not pointing and not _speaks_of_a_stranger(text)


@lru_cache(maxsize=_TEXTS)
def follows(text: str) -> bool:
    """Tell whether `text` can be understood under the title of its thread: "it" may be what that names."""
    return not (points_back(text) or _PICTURED.search(text)) and _opens(text)


def _opens(text: str) -> bool:
    """Tell whether `text` sets out with something of its own or the subject of a title, and says it whole."""
    first = words(text)[:1]
    harmless = _ITS_SUBJECT | (_ASKING if text.endswith("?") else frozenset())
    begins = bool(first) and first[0] not in DANGLING - harmless
    return begins and not _is_half(text) and not _speaks_of_a_stranger(text)


@lru_cache(maxsize=_TEXTS)
def answers(text: str) -> bool:
    """Tell whether `text`, which begins an answer to a title, can be understood under that.

    Unlike what stands further down, it may set out with "this" or "they" of what the title names.
    """
    return not (_goes_back(text) or _PICTURED.search(text)) and _opens(text)


@lru_cache(maxsize=_TEXTS)
def points_back(text: str) -> bool:
    """Tell whether `text` counts, compares or names by what was said before, or goes on from it."""
    return bool(_POINTS_SOON.search(text)) or _goes_back(text)


def _goes_back(text: str) -> bool:
    signs = (_BACK_TO_THAT, _BARE_FIGURE, _ELLIPTIC, _GOES_ON)
    return any(sign.search(text) for sign in signs) or _shortens_a_name(text)


def _shortens_a_name(text: str) -> bool:
    """Tell whether `text` names a version of something that it did not name before."""
    return any(
        not re.search(rf"[A-Z]\w*[ -]{re.escape(short['number'])}", text[: short.start()])
        for short in _VERSION.finditer(text)
    )


def _is_half(text: str) -> bool:
    """Tell whether `text` is no more than a clause that depends on another."""
    return bool(_CLAUSE.search(text))


def _speaks_of_a_stranger(text: str) -> bool:
    """Tell whether "he" or "her" stands in `text` before anybody was spoken of."""
    met = _HE_OR_SHE.search(text)
    if met is None:
        return False
    before = text[: met.start()]
    return not (_CAPITALISED.search(before) or _PERSONS & set(words(before)) or "-old" in before)


@lru_cache(maxsize=_TEXTS)
def careless(text: str) -> bool:
    """Tell whether `text` is written as one types in a chat."""
    return bool(_CARELESS & set(words(text)) or _TYPED.search(text))


def is_stump(text: str) -> bool:
    """Tell whether a word or three, set before the first sentence of `text`, answer somebody."""
    return bool(_STUMP.search(text)) or len(words(text.split(". ", maxsplit=1)[0])) <= _STUMP_WORDS


@lru_cache(maxsize=_TEXTS)
def needs_its_question(text: str) -> bool:
    """Tell whether `text` begins with an order or a bare word or two, as answers to a question do."""
    stump = _STUMP.match(text)
    bare = stump is not None and not any(letter.isdigit() for letter in stump[0])
    return bare or words(text)[0] in _ORDERS


@lru_cache(maxsize=_TEXTS)
def is_fragment(text: str) -> bool:
    """Tell whether the first sentence of `text` seems to lack a verb."""
    spans = sentence_spans(text)
    tokens = words(text[slice(*spans[0])]) if spans else ()
    short = [token.replace("\u2019", "'") for token in tokens]
    verb = any(token in _VERBS or token.endswith(("n't", "'re", "'ve", "'ll", "'m")) for token in short)
    told = any(token in _SUBJECTS for token in short[:-1])
    return not (verb or told or (short and short[0] in _ORDERS))


def score_of(
    span: str, item: BriefRecord, salience: Callable[[str], float], *, first: bool, whole: bool
) -> float:
    """Score a span of `item`: on the matter, central, well received, first or `whole`, well behaved."""
    tokens = words(span)
    opening = tokens[0] if tokens else ""
    # An answer to the opening is about it, whatever its words.
    direct = item.record.parent is not None and item.record.parent == item.record.root
    about = max(salience(span), _ANSWERS if direct else 0.0)
    score = 1.6 * about + item.weight + _standing(item.record)
    score -= 0.4 if about == 0 else 0.0
    score += _to_the_point(span, item.record) if item.record.opens_thread and item.record.title else 0.0
    # Whoever takes a side says more than whoever asks around.
    score += 0.3 if item.stance else 0.0
    # "It" and "they" without a name beside them point at something the reader has not seen.
    score -= 0.3 if about < _NAMED_IN_FULL and POINTING & set(tokens) else 0.0
    if opening in DANGLING:
        score -= _ITS_COST if direct and opening in _ITS_SUBJECT else 1.2
    elif opening in _MILD and not span.endswith("?"):
        score -= 0.4
    # What opens a post and is cut off after one sentence leads up to its point.
    # An answer comes to it at once.
    led_up = 0.3 if len(sentence_spans(span)) > 1 else 0.0 if TURNS.search(span) else _LEADS_UP
    led_up = _AT_ONCE if direct else led_up
    score += 0.5 if whole else led_up if first else 0.0
    score += 0.2 if not whole and item.record.text.rstrip().endswith(span) else 0.0
    score += 0.25 if 12 <= len(tokens) <= 28 else 0.0  # noqa: PLR2004 - the length that reads best
    score += 0.15 if any(letter.isdigit() for letter in span) else 0.0
    score += finding(span) - (_LITTLE if says_little(span) else 0.0)
    score += 0.4 if about and FIRST_PERSON & set(tokens) else 0.0
    score += 0.25 if TURNS.search(span) else 0.0
    return score + manners(span, tokens)


def _to_the_point(span: str, record: Record) -> float:
    """Score how much a span of an opening post takes up its title rather than leading up to it."""
    taken_up = min(_MOST_TAKEN_UP, len(content_words(record.title or "") & content_words(span)))
    run_up = bool(RUN_UP.search(span)) + 0.8 * (len(words(span)) < _WHOLE_SENTENCE) + is_fragment(span)
    return _TAKEN_UP * taken_up - record.text.find(span) / _SOON - run_up - _OPENERS_GIVE


def _standing(record: Record) -> float:
    """Score what its place in the thread lends a record: an answer to the opening is understood by itself."""
    deep = record.parent is not None and record.parent != record.root
    return min(_MOST_LIKED, _LIKED * liking(record)) - (_DEEP if deep else 0.0)


def manners(span: str, tokens: Sequence[str]) -> float:
    """Take off for what reads badly out of its thread; questions are weighed among themselves."""
    score = 0.0
    score -= 0.5 if _ASKING_AROUND & set(tokens) else 0.0
    score -= 0.5 if "?" in span[:-1] else 0.0
    score -= 0.5 if _STUMP.search(span) else 0.0
    score -= 0.3 if "you" in tokens[:3] else 0.0
    score -= 0.7 if tokens[:1] == ["you"] else 0.0
    score -= 0.15 if REPLYING & set(tokens) else 0.0
    score -= 0.6 if span[:1].islower() or careless(span) else 0.0
    score -= 0.7 if is_fragment(span) else 0.0
    score -= 0.35 if span[-1:].isalnum() else 0.0
    score -= 0.7 if META.search(span) else 0.0
    score -= 0.3 if span.endswith("!") else 0.0
    if span.endswith("?"):
        last = span[max(span.rfind(end, 0, len(span) - 1) for end in ".!?,") + 1 :].strip()
        score -= 0.3 if ASKS.match(last) else 0.9
    return score


def liking(record: Record) -> float:
    """Return how well a record was received where it stands: the binary logarithm of its votes or likes."""
    return math.log2(1 + max(0, *(record.metrics.get(key, 0) for key in ("score", "likes"))))
