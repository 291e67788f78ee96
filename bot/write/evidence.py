"""What a text names, copies or gives away, held against records."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.detect.tokens import STOPWORDS
from bot.domain.text import quotations, without_quotations
from bot.write.language import holds, sentence_spans, words
from bot.write.lexicon import common, only_capital
from bot.write.places import from_press, outlet, place_of
from bot.write.terms import CALENDAR
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.record import Record

# Names are written with other letters than those of English, too.
_OTHER_CAPITALS = "".join(c for c in map(chr, (*range(0xC0, 0x530), *range(0x1E00, 0x1F00))) if c.isupper())
CAPITAL = f"[A-Z{_OTHER_CAPITALS}]"
_LAST_OF_LATIN = "\u024f"
_REST = r"(?:[\w'\u2019&+-]|\.(?=\w))*"
_NAMES = rf"{CAPITAL}{_REST}(?:\s+(?:{CAPITAL}|\d){_REST})*"
_RUN = re.compile(rf"(?<![\w'\u2019.-]){_NAMES}")
# Who owns something, or does something to something.
_SUBJECT = re.compile(
    rf"(?:^|[.!?:;\u201d()]\s*)(?P<who>{CAPITAL}[\w-]*)"
    r"(?:(?P<owns>['\u2019]s)\s|(?:\s+\w+ly)?\s+(?P<does>[\w'\u2019]+)\s+(?P<what>\w+))"
)
_VERBS = wordlist("verbs")
_OBJECTS = wordlist("determiners") | {"it", "them", "him", "everything"}
# A narrator is nobody's "we" and tells nobody what to do.
_FIRST_OR_SECOND = re.compile(
    r"(?<![\w/.])(?:I|I['\u2019]\w+|(?:[Ww]e|[Yy]ou)(?:['\u2019]\w+)?|[Oo]urs?|[Yy]ours?|us|[Mm]y|mine|me)\b(?!\.\w)"
)
_ORDER = re.compile(rf"(?:{'|'.join(sorted(wordlist('told-readers')))})\b", re.IGNORECASE)
_VOICE = re.compile(
    r"\b(?:commenter|poster|member|user|reader|somebody|another|answers?|author|comment|a third(?! of))\b",
    re.IGNORECASE,
)
_SECOND_VOICE = re.compile(
    r"\b(?:another|others?|second|third|both|two|three|some|several|many|few|while|whereas|replied|reply|answer\w*|elsewhere"
    r"|commenters|posters|members|users|readers|authors|people|they|next|also|then)\b",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"(?:^|[.;:]\s+|\b(?:while|but|and|where|whereas)\s+)"
    r"(?i:(?:on|in|at|across|over|among)\s[^,;.]{1,40},\s+)?"
    r"(?P<count>"
    r"(?i:(?:several|many|some|most|a few|the|other|those|these|both|various|numerous|plenty of)\s+){0,2})"
    rf"(?P<led>(?:(?:[A-Z][\w-]*|r/\w+)\s+){{0,2}})(?P<sort>(?:(?!(?:{'|'.join(wordlist('verbs'))})\s)[a-z-]+\s+)?)"
    rf"(?P<group>(?i:{'|'.join(wordlist('groups'))}))\b(?!\s+forum\b)(?:\s+(?:at|behind)\s+(?P<of>[A-Z][\w-]*))?"
)
_GROUPS, _STAFF = wordlist("groups"), wordlist("staff")
# Two people are no group, and that not everyone agrees takes one.
_NO_GROUP = frozenset({"both", "two", "not"})
_OPENING = re.compile(r"(?:^|[.!?:;“”()]\s*)$")
_SAYS = (
    r"(?:says?|said|wrote|writes|argue[sd]?|told|tells|announce[sd]?|claim(?:s|ed)|admit(?:s|ted)"
    r"|confirm(?:s|ed)|den(?:ies|ied)|"
    r"reported|reports|promise[sd]?|warn(?:s|ed)|insist(?:s|ed)|replied|answered)\b"
)
_SAYING = re.compile(rf"^\s+{_SAYS}")
# Who speaks before a quotation or behind it; what it says is taken out.
_SPEAKER = re.compile(
    rf"({_NAMES})\s+{_SAYS}[^“”.]{{0,60}}“|”,?\s+{_SAYS}\s+({_NAMES})|”,?\s+({_NAMES})\s+{_SAYS}"
)
# A name without its capital shows where it acts: "john from the forum", "and priya said".
_SMALL = re.compile(
    r"(?:^|[.!?:;,]\s+|\b(?:and|but|while|as|that|when|because)\s+)(?P<who>[^\W\d_]{3,})"
    rf"(?:['\u2019]s\s|\s+(?:from|of|on|in|at)\s+(?:the|r/)|\s+(?:{_SAYS}|\w+ed\s|(?:{'|'.join(wordlist('verbs'))})\s))"
)
# Whoever is introduced by what others call them.
_CALLED = re.compile(
    r"\b(?:commenter|poster|user|member|reader|author|account|somebody|someone|person|people|man|woman|guy"
    r"|developer|maintainer|teacher|engineer|researcher|moderator|contributor|\w+(?=\s(?:named|nicknamed|who\sgoes)\b))"
    r"s?,?\s(?:\w+\s)?"
    r"(?P<how>called|named|nicknamed|known (?:there |here |online )?as"
    r"|(?:who )?(?:goes|going|posts|posting|writes) (?:by|as|under)"
    r"(?: the (?:name|handle|nick|alias)(?: of)?)?)"
    r"\s(?P<who>[\w.-]{3,})"
)
_PLATFORM = re.compile(
    rf"\b(?:on|from|at|across|over)\s(?P<where>{'|'.join(wordlist('platforms'))})\b", re.IGNORECASE
)
_ROLES = wordlist("roles")
_PLAIN_CAPITALS = CALENDAR | wordlist("plain-capitals")
_HOST = re.compile(r"(?<![\w@/.-])(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w-])")
_SHORTEST_HANDLE = 4
_FEWEST_ALIKE, _ALIKE = 8, 0.75
_BESIDE = 60
_PUBLIC_ROLES = wordlist("public-roles")
_ORGANISATIONS = wordlist("organisations")
_NAME = r"[A-Z][\w'\u2019-]*[a-z](?:\s+(?:[A-Z]\.|de|van|von|bin|al))*(?:\s+[A-Z][\w'\u2019-]*[a-z])+"
_PERSON = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Dr|Prof|Sir|Dame|Senator|Judge|Professor|President|Minister)\.?\s+"
    r"(?P<titled>[A-Z][a-z][\w-]*(?:\s+[A-Z][\w-]+)*)"
    rf"|(?P<speaks>{_NAME})\s+{_SAYS}"
)
# A name that opens a clause, and the pronoun after it. ", he wrote" speaks of whoever said all of it.
_MEANT = re.compile(
    r"(?:\b(?i:and|but|while|as|when|because|after|before|since|then)\s+|^|[.!?;:\u201d]\s*)"
    rf"(?P<meant>{_NAME})\b"
    r"(?P<between>[^.!?;:\u201c\u201d]*?[\s.!?]\s*)"
    rf"(?i:(?:his|hers?|himself|herself)\b|(?:(?<!,\s)(?:he|she)|(?:he|she)(?!\s+{_SAYS}))\b)"
)


# Several checks ask for the names of the same claim.
@lru_cache(maxsize=1024)
def names(text: str) -> frozenset[str]:
    """Return the proper names in `text`; a word that merely opens a sentence counts if it speaks."""
    found: set[str] = set()
    for match in _RUN.finditer(text):
        name = _bare(match.group())
        opens = bool(_OPENING.search(text[: match.start()]))
        tokens = name.split()
        if opens and tokens and tokens[0].lower() in STOPWORDS | _ROLES | _NUMBER_OPENERS:
            name = " ".join(tokens[1:])
            opens = False
        elif (
            opens and len(tokens) == 1 and not _SAYING.match(text[match.end() :]) and not _looks_coined(name)
        ):
            continue
        if name and not all(token.lower() in _PLAIN_CAPITALS or token.isdigit() for token in name.split()):
            found.add(name)
    return frozenset(found)


_NUMBER_OPENERS = wordlist("number-openers")


def _bare(name: str) -> str:
    return re.sub(r"['\u2019]s?$", "", name).rstrip(".,'\u2019-")


def _looks_coined(name: str) -> bool:
    return any(letter.isdigit() for letter in name) or any(letter.isupper() for letter in name[1:])


def unnamed_voice(text: str) -> bool:
    """Tell whether `text` gives the word to somebody without a name ("one commenter")."""
    return bool(_VOICE.search(text))


def shared_voice(text: str, cited: Iterable[Record], given: Iterable[Record]) -> bool:
    """Tell whether `text` says something of people in the plural ("developers there object").

    Two people are no group, and whoever works for a name ("Quillon engineers") speaks for that name.
    """
    return any(
        not _NO_GROUP & set(f"{match['count']}{match['led']}{match['sort']}".lower().split())
        and not _staff(match, cited, given)
        for match in _SHARED.finditer(text)
    )


def _staff(match: re.Match[str], cited: Iterable[Record], given: Iterable[Record]) -> bool:
    """Tell whether a group works for a name that cited records hold, and hold as a name only."""
    name = (match["of"] or match["led"]).strip()
    if not name or match["group"].lower() not in _STAFF | ({"people"} if match["of"] else set()):
        return False
    told = " ".join(record.words for record in cited)
    return holds(told, name) and not holds(told, name.lower()) and not _holds(" ".join(_labels(given)), name)


def place_as_one(text: str, places: Iterable[str]) -> bool:
    """Tell whether `text` says something of one of `places` as if all there were one."""
    names = "|".join(re.escape(name.removeprefix("the ")) for name in places if name)
    subject = re.match(rf"(?:The\s)?(?:{names})\s([\w'\u2019]+)", text) if names else None
    return subject is not None and (subject[1] in _VERBS or subject[1].endswith(("s", "ed")))


def person_of(text: str) -> str:
    """Return the word by which `text` speaks as one of the people or to its reader, "" if it does not."""
    found = _FIRST_OR_SECOND.search(text) or _ORDER.match(text)
    return found.group() if found else ""


def about(record: Record, name: str) -> bool:
    """Tell whether `record` holds `name`, or was published by it."""
    return _holds(f"{record.words} {record.place} {outlet(record)}", name) or name in place_of(record).name


def _holds(text: str, name: str) -> bool:
    return holds(text, name, fold=True)


def strangers(text: str, cited: Sequence[Record], given: Iterable[Record]) -> set[str]:
    """Return the names in `text` that no cited record holds.

    Names of places where records come from are judged by `misplaced`.
    """
    given = list(given)
    labels = " ".join(_labels(given))
    told = " ".join(f"{record.words} {outlet(record)}" for record in cited)
    unknown = set()
    platforms = {match["where"] for match in _PLATFORM.finditer(text)}
    for name in names(text) | _acting(text, cited) | _in_other_letters(text) | _small(text) | platforms:
        parts = [part for part in name.split() if part.lower() not in _PLAIN_CAPITALS and not part.isdigit()]
        known = (
            _holds(told, name)
            or _holds(labels, name)
            or all(_holds(f"{told} {labels}", part) for part in parts)
        )
        if not known:
            unknown.add(name)
    return unknown


def mouths(text: str, quoted: Sequence[Record]) -> set[str]:
    """Return the names to which `text` gives a quotation although none of the records `quoted` is by them."""
    plain = without_quotations(text)
    spoken = {_bare(name) for match in _SPEAKER.findall(plain) for name in match if name}
    by = " ".join(_labels(quoted) | {outlet(record) for record in quoted})
    return {name for name in names(plain) & spoken if not _holds(by, name)}


def joins(text: str, cited: Sequence[Record]) -> bool:
    """Tell whether `text` gives one unnamed voice the quotations of several people."""
    told = quotations(text)
    plain = without_quotations(text)
    if len(told) < 2 or len(_VOICE.findall(plain)) != 1 or _SECOND_VOICE.search(plain):  # noqa: PLR2004 - a pair
        return False
    speakers = [{record.author_key for record in cited if record.says(quote)} for quote in told]
    return all(speakers) and not set.intersection(*speakers)


def _acting(text: str, cited: Iterable[Record]) -> set[str]:
    """Return what opens a sentence, owns or changes something in it, and is no frequent word nor one cited.

    A matter of talk opens sentences as well, but mostly does nothing to anything ("Backlash followed").
    """
    known = STOPWORDS | _ROLES | _NUMBER_OPENERS | _PLAIN_CAPITALS | _GROUPS
    found = {match["who"] for match in _SUBJECT.finditer(text) if match["owns"] or _does(match)}
    suspects = {one for one in found if one.lower() not in known and not common(one)}
    if not suspects:
        return suspects
    told = {word.rstrip("s") for record in cited for word in words(record.words)}
    return {one for one in suspects if one.lower().rstrip("s") not in told}


def _small(text: str) -> set[str]:
    """Return the names that act in `text` without a capital."""
    known = _ORGANISATIONS | _GROUPS | _PLAIN_CAPITALS | STOPWORDS
    return {
        match["who"]
        for match in _SMALL.finditer(text)
        if match["who"].islower()
        and not match["who"].endswith("ly")
        and match["who"] not in known
        and only_capital(match["who"])
    }


def _does(match: re.Match[str]) -> bool:
    verb, object_ = match["does"], match["what"]
    acts = verb.lower() in _VERBS or verb.endswith("ed")
    return acts and (object_ in _OBJECTS or object_[:1].isupper())


def _in_other_letters(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text) if max(word) > _LAST_OF_LATIN}


def _labels(records: Iterable[Record]) -> set[str]:
    return {label for record in records for label in (place_of(record).name, record.place)}


def places_named(text: str, records: Iterable[Record]) -> set[str]:
    """Return the names of those places of `records` that `text` mentions."""
    return {name for name, _ in places_told(text, records)}


def places_told(text: str, records: Iterable[Record]) -> set[tuple[str, str]]:
    """Return name and key of those places of `records` that `text` mentions."""
    places = {(place_of(record).name, record.place) for record in records}
    return {
        (name, community)
        for name, community in places
        if _holds(text, name.removeprefix("the ")) or _holds(text, community)
    }


def without_places(text: str, records: Iterable[Record]) -> str:
    """Return `text` without the names of those places of `records` that it mentions."""
    for way in {way.removeprefix("the ") for place in places_told(text, records) for way in place}:
        text = re.sub(rf"(?<!\w){re.escape(way)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


def misplaced(text: str, cited: Sequence[Record], given: Iterable[Record]) -> set[str]:
    """Return the places that `text` speaks of although no cited record comes from them or mentions them."""
    here = places_named(text, cited)
    told = " ".join(record.words for record in cited)
    return {name for name in places_named(text, given) - here if not _holds(told, name)}


def foreign_hosts(text: str, cited: Iterable[Record]) -> list[str]:
    """Return the addresses in `text` that are neither a cited record's place nor a word of a cited record."""
    allowed: set[str] = set()
    told: list[str] = []
    for record in cited:
        allowed |= {
            record.place.lower(),
            outlet(record).lower(),
            (urlsplit(record.url).hostname or "").lower(),
        }
        told.append(record.words.lower())
    return [
        host
        for host in _HOST.findall(text)
        if host.lower() not in allowed and not any(host.lower() in said for said in told)
    ]


def handles_in(text: str, records: Iterable[Record]) -> set[str]:
    """Return the handles of private authors that stand in `text`.

    A handle that is an ordinary word is only taken for a person where nobody else uses it as a word.
    """
    lowered = text.lower()
    found: set[str] = set()
    suspects = [r for r in records if not from_press(r) and len(r.author.handle) >= _SHORTEST_HANDLE]
    for record in suspects:
        handle = record.author.handle.lstrip("@")
        if handle.lower() not in lowered or not _holds(text, handle):
            continue
        ordinary = handle.isalpha() and (
            handle.lower() in STOPWORDS | _ROLES
            or any(
                handle.lower() in words(other.words)
                for other in suspects
                if other.author_key != record.author_key
            )
        )
        if not ordinary:
            found.add(handle)
    return found


def copied_run(text: str, cited: Iterable[Record], length: int) -> str:
    """Return the first run of `length` words in `text` that stands in a cited record, "" if there is none."""
    tokens = words(text)
    for record in cited:
        said = f" {' '.join(words(record.words))} "
        for start in range(len(tokens) - length + 1):
            run = " ".join(tokens[start : start + length])
            if f" {run} " in said:
                return run
    return ""


def near_copy(text: str, cited: Iterable[Record]) -> bool:
    """Tell whether `text` is, but for a word here and there, a sentence of a cited record."""
    tokens = words(text)
    if len(tokens) < _FEWEST_ALIKE:
        return False
    for record in cited:
        for start, stop in sentence_spans(record.words):
            said = words(record.words[start:stop])
            if len(set(said) & set(tokens)) < _FEWEST_ALIKE - 1:
                continue
            blocks = SequenceMatcher(None, tokens, said, autojunk=False).get_matching_blocks()
            alike = sum(block.size for block in blocks if block.size > 1)
            if alike >= _FEWEST_ALIKE and alike >= _ALIKE * len(tokens):
                return True
    return False


def private_persons(text: str, cited: Sequence[Record], given: Iterable[Record]) -> set[str]:
    """Return the persons whom `text` names although no cited record shows them in a public role.

    Somebody is a person who speaks, bears a title, or is "he" or "she" right after. An article is a public
    place; a post is one if it puts a role beside the name. A place of `given` records is nobody.
    """
    found = set()
    labels = " ".join(_labels(given))
    speaking = [match["titled"] or match["speaks"] for match in _PERSON.finditer(text)]
    for name in {*_spoken_of(text), *speaking}:
        last = name.split()[-1]
        if last.lower() in _ORGANISATIONS or any(part.lower() in _PLAIN_CAPITALS for part in name.split()):
            continue
        if not _holds(labels, name) and not any(in_public(record, name) for record in cited):
            found.add(name)
    return (
        found
        | _introduced(text, cited)
        | {name for name in _small(text) if not any(in_public(r, name) for r in cited)}
    )


def _introduced(text: str, cited: Iterable[Record]) -> set[str]:
    """Return whom `text` introduces by what others call them; "called it dead" introduces nobody."""
    told = " ".join(record.words for record in cited)
    found = set()
    for match in _CALLED.finditer(text):
        verb = words(text[match.end() :])[:1]
        acts = any(word in _VERBS or word.endswith("ed") for word in verb)
        plain = common(match["who"].lower()) or _holds(told, match["who"])
        if not plain and (match["how"] != "called" or acts or not verb):
            found.add(match["who"])
    return found


def _spoken_of(text: str) -> set[str]:
    """Return the names that a "he" or "she" means: where "a commenter" came before, it means that one."""
    known, starts = names(text), [start for start, _ in sentence_spans(text)]
    return {
        match["meant"]
        for match in _MEANT.finditer(text)
        if match["meant"] in known
        and not _VOICE.search(text[max(s for s in starts if s <= match.start("meant")) : match.end()])
    }


def in_public(record: Record, name: str) -> bool:
    """Tell whether `record` shows whoever bears `name` in public: in an article, or with a role beside it."""
    if not _holds(record.words, name):
        return False
    at = record.words.lower().find(name.lower())
    around = record.words[max(0, at - _BESIDE) : at + len(name) + _BESIDE]
    return from_press(record) or bool(_PUBLIC_ROLES & set(words(around)))


def whole_words(text: str, quote: str) -> bool:
    """Tell whether `quote` begins and ends between words of `text`, wherever it stands there."""
    core = quote.strip()
    start = r"(?<!\w)" if core[:1].isalnum() else ""
    stop = r"(?!\w)" if core[-1:].isalnum() else ""
    return bool(re.search(f"{start}{re.escape(quote)}{stop}", text))
