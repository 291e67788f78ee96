"""What a sentence tells by itself: a finding, or next to nothing."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.write.language import content_words, sentence_spans, words
from bot.write.wordlists import wordlist

# A span is weighed again for each sentence of a story.
_TEXTS = 8192
_MEASURED = re.compile(
    r"[$\u20ac\u00a3]\s?\d|\b\d[\d.,]*\s?(?:%|[xX]\b|times\b|(?:tokens? (?:a|per) second"
    r"|(?:tokens?|tok|t)/s(?:ec)?)\b|tps\b|ms\b"
    r"|seconds?\b|minutes?\b|hours?\b|days?\b|weeks?\b|dollars\b|USD\b|points?\b|per ?cent\b|of \d)"
    r"|(?<![\d/])\d+/\d+(?![\d/])"
)
_FOUND = re.compile(
    r"\bturn(?:s|ed) out\b|\bfound (?:that|it|out|no)\b"
    r"|\b(?:I|we)(?:['\u2019]ve| have)? (?:tested|measured|benchmarked|compared|ran|tried|switched)\b"
    r"|\bended up\b|\bscor(?:es?|ed)\b|\bachiev\w+|\bresults? (?:is|are|was|were|show)"
    r"|\bcame? (?:out|to|up)\b|\boutperform\w*"
    r"|\bbeats?\b|\b(?:faster|slower|cheaper|better|worse|fewer|more|less) than\b|\b(?:half|twice"
    r"|double) (?:of|that|the)\b",
    re.IGNORECASE,
)
_A_FIGURE, _A_FINDING, _MOST_FIGURES = 0.3, 0.4, 2
# Wishes, thanks and requests, what somebody owns or is, and what goes on as before.
_WISHES = re.compile(
    r"^(?:would (?:be|love|really)\b|I(?:['\u2019]d| would) (?:love|like|really|be (?:curious"
    r"|interested|happy))\b"
    r"|looking forward\b|can(?:no|['\u2019])t wait\b|happy to\b|excited\b|interested (?:to|in)\b"
    r"|curious\b|I?\s?hope\b"
    r"|(?:I(?:['\u2019]m| am) )?hoping\b|glad\b|good luck\b|keep (?:us|it up)\b|I wish\b|just got\b|congrat)"
    r"|\bor it didn['\u2019]t happen\b|\bwould be (?:nice|great|cool|awesome|interesting)\b|\bplease\b"
    r"|\b(?:can['\u2019]t|cannot) think of\b|\b(?:be|am|I'm) (?:interested|curious) (?:in|to|about)\b"
    r"|\bI(?:['\u2019]m| am) (?:happy|glad) to\b|\bI wonder\b"
    r"|\bcan(?:no|['\u2019])t wait\b|\bI(?:['\u2019]ll| will) (?:\w+ )?(?:try|test|check|download)\b"
    r"|\bI(?:['\u2019]ll| will) give (?:it|this) a\b"
    r"|\bI(?:['\u2019]m| am) (?:so |really |very )?(?:excited|looking forward|thrilled)\b"
    r"|\b(?:super|really|very) curious\b|\bbig fan\b|\bthanks for\b|\bwould kill to\b"
    r"|^(?:what|how|which|where|why|who) (?:should|is|are|do|does|did|can|could|would|will)\b[^?]*$"
    r"|\bI would love to\b|\blet['\u2019]?s (?:wait and )?see\b"
    r"|\bI(?:['\u2019]ll| will) wait\b|\bI just want\b|\bI(?:['\u2019]ve| have) been looking\b"
    r"|\bI (?:don['\u2019]t|do not) (?:have experience|know (?:exactly|if|whether|much))\b"
    r"|\b(?:up|down)vot|\bbelow (?:is|are)\b|\b(?:see|listed|shown) (?:below|above)\b"
    r"|\blet (?:me|us) know\b|\bany (?:suggestion|help|advice)s?\b",
    re.IGNORECASE,
)
# Who begins a sentence so knows nothing, and who uses such words speaks of how somebody writes.
_KNOWS_NOTHING = re.compile(
    r"(?:^|[.!?]\s)(?:\w+,? )?I(?:['\u2019]ve(?: got)?)?(?: have| really| honestly)? (?:"
    r"(?:don['\u2019]t|do not) (?:really |even )?know"
    r" (?:how|what|which|who|why|when|where|if|whether|anything)"
    r"|(?:absolutely |really |honestly )?no (?:idea|clue))\b",
    re.IGNORECASE,
)
_ON_MANNER = re.compile(
    r"\b(?:parenthes[ei]s|typos?|punctuation|capitali[sz]ation|grammar|spelling|proofread\w*|wall of text"
    r"|line breaks?|paragraph breaks?|run-on sentences?|your (?:english|writing|wording|formatting))\b",
    re.IGNORECASE,
)
_HAS_OR_IS = re.compile(
    r"^(?:(?:I )?(?:currently )?(?:tried|downloaded|installed|attempted)\b"
    r"|I(?:['\u2019]m| am| currently| have"
    r"| currently have| want to| own| use| got| bought| run|['\u2019]ve (?:got|done|been))\b)"
    r"(?! (?:not|never|calling|betting|sure|convinced|surprised|afraid|worried|told|tired|sick)\b)"
    r"(?!.*\b(?:but|because|than|so|and|only|instead|not|until"
    r"|without)\b)(?!.*n['\u2019]t\b)(?!.*\b\d\S* (?:t/s|tps|tok))"
)
# What leads to a reason, a consequence or a case against something; and so many words are no mere remark.
_ARGUES = re.compile(
    r"\b(?:because|therefore|thus|hence|which (?:is why|means)|(?:that|this|it) means|due to|so that"
    r"|otherwise|unless|(?:even )?though|although|whereas|instead of|rather than|compared (?:to|with)"
    r"|for (?:example|instance)|except|proof|proves?|in (?:practice|reality)|no way"
    r"|the (?:only |real |main )?(?:reason|problem|trick|difference|catch) (?:is|was)"
    r"|would (?:have to|mean|only|still|never)|will (?:only|still|never)|if (?:you|they|we|it|a|the)\b.*,"
    r"|(?:but|and) then|as (?:long|soon) as|since (?:it|they|we|you|the|most|all|nobody|every\w*))\b",
    re.IGNORECASE,
)
_NO_MERE_REMARK = 16
_GUSHING, _ENOUGH_SAID = wordlist("gushing"), 5
_LEFT_OPEN = re.compile(r"\b(?:as well|too|either way|so far|and so on|etc)[.!]*$", re.IGNORECASE)


@lru_cache(maxsize=_TEXTS)
def finding(text: str) -> float:
    """Score what `text` has of a finding (0 to 1): measured figures, a comparison, what came of a trial."""
    figures = min(_MOST_FIGURES, len(_MEASURED.findall(text)))
    return _A_FIGURE * figures + (_A_FINDING if _FOUND.search(text) else 0.0)


def figures(text: str) -> frozenset[str]:
    """Return the figures in `text`."""
    return frozenset(word for word in words(text) if word[0].isdigit())


def measured(text: str) -> bool:
    """Tell whether a figure in `text` measures something."""
    return bool(_MEASURED.search(text))


@lru_cache(maxsize=_TEXTS)
def argues(text: str) -> bool:
    """Tell whether `text` gives a reason, a result or a case: at length, or in the words for it."""
    return len(words(text)) >= _NO_MERE_REMARK or bool(_ARGUES.search(text)) or finding(text) > 0


@lru_cache(maxsize=_TEXTS)
def says_little(text: str) -> bool:
    """Tell whether `text` is no more than a wish, a request, or what somebody has or is."""
    spans = sentence_spans(text)
    if any(_WISHES.search(text[start:stop]) for start, stop in spans):
        return True
    if len(spans) == 1 and _is_gushing(text):
        return True
    if len(spans) == 1 and _LEFT_OPEN.search(text):
        return True
    return bool(spans) and all(_HAS_OR_IS.search(text[start:stop]) for start, stop in spans)


def _is_gushing(text: str) -> bool:
    """Tell whether `text` praises or damns, and hardly says what or why."""
    said = content_words(text)
    return (
        bool(_GUSHING & {*words(text)})
        and len(said - _GUSHING) < _ENOUGH_SAID
        and not (_ARGUES.search(text) or finding(text))
    )


@lru_cache(maxsize=_TEXTS)
def is_idle(text: str, *, on_the_matter: bool) -> bool:
    """Tell whether `text` says that its author knows nothing, or is about how another writes.

    Where that is itself `on_the_matter`, it may be told.
    """
    return bool(_KNOWS_NOTHING.search(text) or (not on_the_matter and _ON_MANNER.search(text)))
