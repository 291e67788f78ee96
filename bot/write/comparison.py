"""What a text says about more, less and nothing at all: only computed numbers may carry it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import numeric

from bot.domain.text import without_quotations
from bot.write.clauses import content, same_way
from bot.write.clauses import told as sentences_of
from bot.write.language import content_words, sentence_spans, words
from bot.write.numbers import NUMBER_WORD
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.domain.record import Record

_MOST = re.compile(
    r"\b(?:most (?:of|people|posts|commenters|users|members|speakers)|(?:the|a) (?:\w+ )?majority"
    r"|more than half|(?:scores|droves|legions|hordes) of|countless"
    r"|over half|mostly|the (?:bulk|lion['\u2019]s share) of)\b"
    r"|(?:^|[.;:]\s)most (?!\w+ly\b)",
    re.IGNORECASE,
)
# What is true of all is known of nobody who was not asked.
_ALL = re.compile(
    r"(?<!\bnot )\bevery(?:one|body)\b|\bunanimous(?:ly)?\b|\b(?:a|the) (?:\w+ )?consensus\b"
    r"|\b(?:nearly|almost|virtually|practically) (?:all|every\w*)\b"
    r"|\b(?:all|every)(?: of)?(?: the| its| their)? (?:\w+ )?"
    r"(?:people|posts?|commenters?|users?|members?|speakers?|developers?|voices?)\b",
    re.IGNORECASE,
)
_PARTS = ("half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_HOW_MANY = ("a", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PART = re.compile(
    r"(?<![\w/])(?:half(?= (?:of|the)\b)|half(?= \w+ed\b)"
    rf"|(?P<many>an|one|{'|'.join(_HOW_MANY)})[\s-](?P<part>{'|'.join(_PARTS[1:])}|fraction)s?(?= of\b)"
    r"|(?P<over>\d{1,3})/(?P<under>[1-9]\d{0,2})(?= of\b)|(?P<sign>[\u00bc-\u00be\u2150-\u215e])(?= of\b))",
    re.IGNORECASE,
)
_PART_OF_PEOPLE = re.compile(
    rf"(?:\b(?:{'|'.join(_PARTS)}|fraction)s?|[\u00bc-\u00be\u2150-\u215e]|/\d+)(?: of)?"
    rf"(?: the| all| my| our| their)? (?:\w+ )?(?:{'|'.join(wordlist('groups'))}|them|us)\b",
    re.IGNORECASE,
)
# Less than half, or very few: of people it takes a count.
_FEW = re.compile(
    r"\b(?P<few>a (?:small |tiny )?(?:minority|handful|couple|few)(?: of)?|(?:only |just |very )?few(?: of)?)"
    rf"\s(?:\w+ )?(?:{'|'.join(wordlist('groups'))}|them|posts|comments|accounts|voices)\b"
    r"|\b(?P<part>a (?:small |tiny )?(?:minority|handful|couple))\b",
    re.IGNORECASE,
)
# How many of the cited people each may stand for.
_AS_MANY = {"couple": (2, 2), "handful": (3, 6), "few": (3, 9)}
# "More than four years" is a figure, which is looked up as one.
_NUMBER = rf"(?:[$€£]?\d|{NUMBER_WORD.pattern})"
_TALKED = "|".join(sorted(wordlist("people-do") | {"talked", "cared", "heard"}))
_AGAINST = re.compile(
    rf"\b(?:outnumber\w*|more (?:often|posts|people|commenters|voices)|(?:more|less) than(?!\s{_NUMBER})"
    rf"|(?:{_TALKED}) (?:\w+ )?(?:more|less)\b[^.;:]*? than\b"
    r"|fewer|less often"
    r"|(?:far|ever|and) more|louder|growing|increasingly|rose|risen"
    r"|grew|grown|climbed|surged?|jumped|spiked|soared|swelled|dropped|declined|dwindled|increased?"
    r"|decreased?"
    r"|the (?:busiest|loudest|largest|biggest|most active)|compared (?:with|to)|as many|twofold"
    r"|threefold)\b",
    re.IGNORECASE,
)
_SPEAKERS = wordlist("groups", "counted-people", "counted-posts") | {
    "commenter",
    "developer",
    "clinician",
    "response",
    "critic",
    "supporter",
    "engineer",
    "researcher",
}
_NOTHING = re.compile(
    rf"\b(?:(?:no|zero|hardly any|barely any) (?:\w+ )?(?:{'|'.join(sorted(_SPEAKERS))})"
    r"|(?:stay(?:s|ed)?|kept|keeps|steer(?:s|ed)?) (?:out of|away from|clear of|aloof)"
    r"|s[ai]ts? (?:it|this|that|the \w+) out|(?:said|says|had) nothing"
    r"|nobody|no[ -]one|none|not (?:a single|one)|no (?:post|posts|mention|comment|comments|reply"
    r"|replies|answer"
    r"|word|voices?|discussion|talk|sign|response|community)|silen(?:t|ce)|unmentioned|unnoticed"
    r"|unanswered|ignored"
    r"|went quiet|fell quiet|died down|hardly anyone|few (?:spoke|mentioned|asked)|did not (?:mention"
    r"|discuss|respond"
    r"|reply|comment)|never (?:mentioned|came up|discussed)|absent)\b",
    re.IGNORECASE,
)
# What people say or write: whether nobody did is for a count, not for one of them.
_TALKING = re.compile(
    r"\b(?:mention\w*|wrote|writ(?:e|es|ing|ten)|sp(?:eak|eaks|oke|oken)|discuss\w*|comment\w*"
    r"|ask(?:s|ed)?|talk\w*|said"
    r"|says?|post(?:s|ed)?|repl(?:y|ies|ied)|brought|object(?:s|ed)?|silen(?:t|ce)|quiet"
    r"|unmentioned|threads?|voices?)\b",
    re.IGNORECASE,
)
_ATTRIBUTED = re.compile(
    r"\b(?:says?|said|wrote|writes|argue[sd]?|report(?:s|ed)|told|complain(?:s|ed)|not(?:es|ed)"
    r"|according to|h[eo]lds?"
    r"|claim(?:s|ed)|finds?|found|thinks?|thought)\b",
    re.IGNORECASE,
)
_ATTRIBUTED_BEHIND = re.compile(
    r",\s[^,]{1,60}\s(?:said|says|wrote|writes|argued|noted|reported|complained)\W*$"
)
_NOBODY = frozenset({"nobody", "no one", "no-one"})
_NOT_ANYBODY = re.compile(r"(?:\bnot|n['\u2019]t|\bnever) (?:\w+ ){1,3}?(?:anybody|anyone)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"^(?:share|elsewhere|lag|against|people-against|sides|[a-z]+-elsewhere):")
_OF_VOICES = re.compile(r"(?:new-)?authors\b|sides:|people-|heard-|against|joy")
_OF_POSTS = re.compile(r"records\b|new$|peak$")
_POSTS = re.compile(r"\b(?:posts|comments)$", re.IGNORECASE)
_HALF_OF_ALL = 50.0
_HALF_SAID = 0.5
_ABOUT = 0.1
# Numbers whose key ends in the word that was counted.
_OF_A_WORD = frozenset({"uses", "elsewhere", "early", "late"})


def uncounted(text: str, cited: Sequence[Record], declared: Mapping[str, float]) -> tuple[str, ...]:
    """Return the comparisons in `text` that no pair of computed numbers and no cited record carries."""
    told = _told(cited)
    wrong = [said for said in _all(_MOST, text) if said not in told and not _is_most(declared)]
    text = _MOST.sub(" ", text)
    wrong += [said for said in _all(_ALL, text) if said not in told]
    wrong += [
        match.group().casefold()
        for match in _PART.finditer(text)
        if not _is_part(match, declared) and not _half_told(match.group().casefold(), text, told)
    ]
    wrong += _few(text, cited, declared)
    weighed = len(declared) > 1 or "ratio" in declared or "peak" in declared
    grown = (said for said in _all(_AGAINST, text) if said not in told and not _same_way(said, text, cited))
    return (*wrong, *(() if weighed else grown))


def _half_told(said: str, text: str, told: str) -> bool:
    """Tell whether a record has the same part, of people if `text` has it of people."""
    people = _PART_OF_PEOPLE.search(text)
    return said in told and (not people or bool(_PART_OF_PEOPLE.search(told)))


def _same_way(said: str, text: str, cited: Sequence[Record]) -> bool:
    """Tell whether a sentence that speaks of what `text` does goes the way of a word of it."""
    about = content(text) - content(said)
    return any(about & one.stems and same_way(said, one.stems) for one in sentences_of(cited))


def nothing_said(text: str, cited: Iterable[Record], declared: Mapping[str, float]) -> tuple[str, ...]:
    """Return what `text` says of people not talking, unless a cited record says so or a count of none does.

    A record says so in a sentence that has the same words of absence and half of what else the sentence says;
    a count says so of what it counts. That nobody talked is known from a count alone: a record bears it only
    where the sentence says before that somebody says so. Across a gap nothing is `declared`: there no count
    proves an absence.
    """
    records = [record.words for record in cited]
    counted = any(round(value) == 0 and _counts(key, text) for key, value in declared.items())
    return tuple(
        said
        for sentence in _sentences(without_quotations(text))
        for said in _all(_NOTHING, sentence)
        if not counted
        and not (_may_be_told(sentence, said) and any(_says_so(record, said, sentence) for record in records))
    )


def _counts(key: str, text: str) -> bool:
    """Tell whether `text` speaks of what the number under `key` counts: its word, or its kind."""
    kind, *rest = key.split(":")
    counted = rest[-1] if len(rest) > 1 or kind in _OF_A_WORD else kind.rsplit("-", 1)[-1]
    return counted.casefold() in text.casefold()


def _may_be_told(sentence: str, said: str) -> bool:
    """Tell whether an absence may rest on a record: it is none of talk, or somebody is said to say so."""
    before, _, after = sentence.casefold().partition(said)
    after = _ATTRIBUTED_BEHIND.sub("", after)
    return bool(_ATTRIBUTED.search(before)) or not _TALKING.search(f"{before} {after} {said}")


def _says_so(record: str, said: str, sentence: str) -> bool:
    about = content_words(sentence) - content_words(said)
    saying = (
        own
        for own in _sentences(record)
        if said in own.casefold() or (said in _NOBODY and _NOT_ANYBODY.search(own))
    )
    return any(len(about & content_words(own)) >= _HALF_SAID * len(about) for own in saying)


def _sentences(text: str) -> list[str]:
    return [text[start:stop] for start, stop in sentence_spans(text)]


def across(keys: Sequence[str]) -> tuple[str, ...]:
    """Return those of the computed numbers `keys` that compare communities, or one time with another."""
    times = tuple(key for key in keys if key.endswith(("-before", "-now")))
    two = len({key.rsplit("-", 1)[1] for key in times}) > 1
    return (*(key for key in keys if _BETWEEN.match(key)), *(times if two else ()))


def _told(cited: Iterable[Record]) -> str:
    return " ".join(record.words for record in cited).casefold()


def _few(text: str, cited: Sequence[Record], declared: Mapping[str, float]) -> Iterator[str]:
    """Yield the vague counts in `text` that no record says, nor as many cited or counted people bear."""
    voices = len({record.author_key for record in cited})
    about = content(text)
    for match in _FEW.finditer(text):
        said = (match["few"] or match["part"]).casefold()
        word = said.removesuffix(" of").rsplit(" ", 1)[-1]
        least, most = _AS_MANY.get(word, (0, -1)) if said.startswith("a ") else (0, -1)
        of = _OF_POSTS if _POSTS.search(match.group()) else _OF_VOICES
        counted = [voices, *(value for key, value in declared.items() if of.match(key))]
        told = any(about & one.stems and word in words(one.text) for one in sentences_of(cited))
        if not told and not any(least <= count <= most for count in counted):
            yield said


def _all(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match.group().casefold() for match in pattern.finditer(text)]


def _is_part(match: re.Match[str], declared: Mapping[str, float]) -> bool:
    """Tell whether a computed share is about as large as the part that `match` states."""
    if match["sign"]:
        part = numeric(match["sign"])
    elif match["under"]:
        part = int(match["over"]) / int(match["under"])
    elif match["part"] == "fraction":
        return False
    else:
        word, many = (match["part"] or "half").lower(), (match["many"] or "a").lower()
        part = (_HOW_MANY.index(many) + 1 if many in _HOW_MANY else 1) / (_PARTS.index(word) + 2)
    shares = [value for key, value in declared.items() if key.startswith("share:")]
    return any(abs(share - 100 * part) <= _ABOUT * 100 * part for share in shares)


def _is_most(declared: Mapping[str, float]) -> bool:
    shares = [value for key, value in declared.items() if key.startswith("share:")]
    parts = [value for key, value in declared.items() if key.startswith(("records:", "authors:"))]
    of_all = [100 * part / declared["records"] for part in parts if declared.get("records")]
    return any(share > _HALF_OF_ALL for share in (*shares, *of_all))
