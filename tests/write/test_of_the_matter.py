"""A word or a figure bears a claim only where it speaks of its matter, and what is so is not refused."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from bot.write.comparison import uncounted
from bot.write.numbers import states, unexplained
from tests.write.sample import FIRST
from tests.write.test_hostile_claims import judged

ROOT = Path(__file__).parents[2]
MEANING = {"subject", "turned", "certainty", "reach"}


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "Quillon, Marrow and others met; Quillon sued Marrow.",
            "Marrow sued Quillon.",
            "Quillon sued Marrow.",
        ),
        (
            "Quillon crashed before the patch arrived.",
            "Quillon crashed after the patch landed.",
            "Quillon crashed before the patch landed.",
        ),
        (
            "Refusals of Quillon fell to 12% after the patch, from 30%.",
            "Refusals of Quillon were 12% before the patch.",
            "Refusals of Quillon were 12% after the patch.",
        ),
        (
            "We moved the archive off Quillon.",
            "One archive was moved onto Quillon.",
            "One archive was moved off Quillon.",
        ),
        (
            "The Quillon sync took 3 hrs on 3 disks.",
            "The Quillon sync took 3 minutes.",
            "The Quillon sync took three hours.",
        ),
        (
            "The Quillon bug was gone within a day.",
            "The Quillon bug was gone within an hour.",
            "The Quillon bug was gone within a day.",
        ),
        (
            "Day 12 without Quillon.",
            "Without Quillon it is twelve weeks.",
            "It is twelve days without Quillon.",
        ),
        (
            "I never said that Quillon copies drafts of customers.",
            "Quillon copies drafts of customers.",
            "One commenter never said that Quillon copies drafts of customers.",
        ),
        (
            "Harrow denied that Quillon lost other books.",
            "Quillon lost other books.",
            "Harrow denied that Quillon lost other books.",
        ),
        (
            "Harrow disputes that Quillon lost other books.",
            "Quillon lost other books.",
            "Harrow disputes that Quillon lost other books.",
        ),
        (
            "On my phone Quillon still runs.",
            "Quillon no longer runs on a phone.",
            "Quillon goes on running on a phone.",
        ),
        (
            "At our bakery Quillon gets the orders right, the invoices don't.",
            "At one bakery Quillon gets orders and invoices right.",
            "At one bakery Quillon gets orders right, but the invoices wrong.",
        ),
        (
            "Battery life is the Quillon problem, not speed.",
            "Speed is the problem of Quillon, not battery life.",
            "Battery life matters more than speed to one Quillon user with a problem.",
        ),
        (
            "The union welcomed the Quillon apology.",
            "The union rejected the Quillon apology.",
            "The union accepted the Quillon apology.",
        ),
    ],
)
def test_what_a_record_says_is_not_turned(says: str, false: str, true: str) -> None:
    """Of every mention, of each figure and of each denial it is known what it belongs to."""
    assert "turned" in judged(false, says)
    assert "turned" not in judged(true, says)


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "People keep saying Quillon is dead. It isn't, my office runs on it.",
            "Quillon is dead.",
            "Quillon is not dead, one commenter wrote.",
        ),
        (
            "The library lends Quillon laptops if the council signs.",
            "The council signed and the library lends Quillon laptops.",
            "The library lends Quillon laptops provided that the council signs.",
        ),
        (
            "Not sure whether Harrow reads the Quillon form.",
            "Harrow reads the Quillon form.",
            "One commenter was unsure whether Harrow reads the Quillon form.",
        ),
        (
            "When will Quillon delete the old logs?",
            "Quillon deletes the old logs.",
            "One commenter asked when Quillon deletes the old logs.",
        ),
        (
            "How does Quillon handle Breton dictionaries?",
            "Quillon handles Breton dictionaries.",
            "How Quillon handles Breton dictionaries was one question.",
        ),
    ],
)
def test_a_claim_is_no_surer(says: str, false: str, true: str) -> None:
    """What is taken back, in doubt, on a condition or only asked is not told as so."""
    assert "certainty" in judged(false, says)
    assert "certainty" not in judged(true, says)


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "I did not sleep. The Quillon licence is MIT.",
            "Quillon has no licence.",
            "Quillon has a licence.",
        ),
        (
            "Our museum moved its archive off Quillon.",
            "Museums moved archives off Quillon.",
            "One museum moved an archive off Quillon.",
        ),
    ],
)
def test_a_claim_says_no_more(says: str, false: str, true: str) -> None:
    """A denial bears that of which it speaks, and "our museum" is one."""
    assert "reach" in judged(false, says)
    assert "reach" not in judged(true, says)


@pytest.mark.parametrize(
    ("says", "true"),
    [
        ("You may wipe Quillon with a wet cloth.", "Quillon can be wiped with a wet cloth."),
        ("The Quillon lab may lend us laptops.", "The Quillon lab can lend laptops."),
        ("When did Quillon delete the old logs?", "Quillon deleted the old logs."),
        ("There is less money in Quillon than in other sports.", "Others see less money in Quillon."),
        ("Quillon is often called the father of it.", "Quillon is widely called the father of it."),
        ("The first step with Quillon is a backup.", "Quillon users should make a backup."),
        ("Quillon is a matter of tax.", "While Quillon may prove expensive, various tax is a possibility."),
        ("I need no visa for Quillon.", "Quillon is visa-exempt for some travellers."),
        ("My gran, who is 91, argues with Quillon.", "One grandmother aged 91 spoke to Quillon."),
        (
            "For Catalan I'd take Tessel. Quillon mixes Spanish.",
            "In Catalan, Tessel is preferred: Quillon slips in Spanish.",
        ),
        (
            "I'd take Tessel, Quillon mixes in Spanish.",
            "One commenter would take Tessel because Quillon slips into Spanish.",
        ),
        (
            "My pupils hand in Quillon essays.",
            "One parent and a teacher feared expulsion for a Quillon essay.",
        ),
        (
            "A fishbone diagram, or Ishikawa diagram, sorts causes into boxes.",
            "Fishbone Diagrams sort causes into boxes.",
        ),
    ],
)
def test_true_claims_in_other_words_pass(says: str, true: str) -> None:
    """A paraphrase is neither turned, nor surer, nor more, nor of another matter."""
    assert not MEANING & judged(true, says)


def test_what_the_rules_need_is_what_they_say() -> None:
    """Each bound keeps a claim that says something else, or that another record bears."""
    both = "Quillon does not delete old transcripts, they said. But Quillon deletes old transcripts here."
    assert "turned" not in judged("Quillon deletes old transcripts.", both)
    half = "Our hospital tries Marrow on old charts only."
    assert "turned" not in judged("A hospital has Quillon on trial for charts of nurses.", half)
    assert "turned" not in judged("The talk of Quillon began after the patch.", "We left before the patch.")
    asked = "Did Harrow sell the Quillon logs to advertisers?"
    assert "certainty" not in judged("Harrow runs the Quillon hub with a dozen people.", asked)
    assert "reach" not in judged("One user is furious with Quillon.", "I hate Quillon, it is awful.")
    assert "reach" in judged("One user is furious with Quillon.", "I moved the Quillon files.")


def test_a_computed_number_is_no_measure() -> None:
    """A count of four posts is neither four months nor four times as much; "an hour" is no rate."""
    assert states("It was four posts.", "expected", 4.0)
    assert not states("It was four months.", "expected", 4.0)
    assert not states("It was four times the price.", "expected", 4.0)
    assert states("It came an hour later.", "lag:hackernews", 60.0)
    assert not states("It takes 20 requests an hour.", "lag:hackernews", 60.0)


def test_a_multiple_is_of_what_the_claim_speaks_of() -> None:
    """A "three times" bears "tripled" where it says how much, and of the same matter."""
    assert not unexplained("Quillon's price tripled.", {}, ["Three times the price for Quillon."])
    assert unexplained("Quillon's price tripled.", {}, ["I asked Quillon three times, at that price."])
    assert unexplained("The price tripled.", {}, ["It is three times as fast."])


def test_both_is_two_of_the_same() -> None:
    """What says "both machines" bears two machines, and no two people."""
    assert not unexplained("Quillon broke two machines.", {}, ["Quillon broke both machines."])
    assert not unexplained("Two tools, Quillon and Marrow, fail.", {}, ["Both Quillon and Marrow fail."])
    assert unexplained("Two people left Quillon.", {}, ["Both of my machines broke. I left Quillon."])


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "They raised the price of Quillon.",
            "Complaints rose.",
            "Prices rose.",
        ),
        (
            "I have a few ideas.",
            "Few users spoke.",
            "Few users had ideas.",
        ),
        (
            "Half the pitches I get are by Quillon.",
            "Half of the commenters pitch.",
            "Half of the pitches are by Quillon.",
        ),
    ],
)
def test_a_comparison_is_of_the_same(says: str, false: str, true: str) -> None:
    """More, few and half bear a claim in a sentence that speaks of what it does."""
    assert "comparisons" in judged(false, says)
    assert "comparisons" not in judged(true, says)


def test_posts_are_counted_as_posts() -> None:
    """A few posts rest on a count of posts, a few people on one of people; "more than four" is a figure."""
    assert not uncounted("A few posts followed.", [FIRST], {"new": 5.0})
    assert uncounted("A few users followed.", [FIRST], {"new": 5.0})
    assert uncounted("A few posts followed.", [FIRST], {"authors": 5.0})
    assert not uncounted("It is more than four years old.", [FIRST], {})
    assert uncounted("It is more than before.", [FIRST], {})


def test_a_night_is_overnight() -> None:
    """Who spent the night on it did it overnight."""
    assert "dates" not in judged("Quillon was moved overnight.", "Spent the night moving Quillon.")
    assert "dates" in judged("Quillon was moved overnight.", "Spent the day moving Quillon.")


def test_every_list_of_words_is_used_and_repeats_none() -> None:
    """No list of the writer stands unused, and no list has a word twice."""
    names = ("words.toml", "claim_words.toml")
    lists = [tomllib.loads((ROOT / "bot" / "write" / name).read_text(encoding="utf-8")) for name in names]
    sources = [path for room in ("bot", "handlers") for path in (ROOT / room).rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    calls = re.findall(r"\b(?:wordlist|word_pattern)\(([^()]*)\)", code)
    named = {name for call in calls for name in re.findall(r"[\"']([a-z-]+)[\"']", call)}
    named |= {
        f"{side}-{what}" for side in ("says", "bears") for what in ("first", "record", "always", "broad")
    }
    every = {name: entries.split() for one in lists for name, entries in one.items()}
    assert len(every) == sum(map(len, lists))
    assert set(every) - named == set()
    repeated = {name: [w for w, n in Counter(entries).items() if n > 1] for name, entries in every.items()}
    assert {name: found for name, found in repeated.items() if found} == {}
