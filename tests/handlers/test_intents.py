"""What readers write, and what the bot takes it for, in five languages."""

from __future__ import annotations

import time

import pytest

from handlers.intents import QuestionKind, classify

SOURCES: dict[str, tuple[str, ...]] = {
    "en": (
        "source?",
        "Sources?",
        "what are your sources?",
        "where does this come from",
        "link?",
        "who said that",
        "proof?",
        "Where did you get this?",
        "citation needed",
        "got a source for that",
        "can you link the original posts?",
        "says who?",
        "Evidence?",
        "any receipts for this?",
        "show me the sources",
        "source please",
        "how do you know this",
        "Where's this from?",
        "what is this based on",
        "pics or sources",
        "according to whom?",
        "@groundswell.example sources?",
        "Sauce?",
        "who exactly said this",
        "I'd like a source on this please",
        "where can I read the original?",
        "based on what?",
        "can i have the sources pls",
        "Do you have any evidence for the claim about licences?",
        "Sources pls 🙏",
        "show me the posts",
        "can you link it",
    ),
    "de": (
        "Quelle?",
        "Quellen bitte",
        "Woher kommt das?",
        "Was sind deine Quellen?",
        "wer hat das gesagt?",
        "Beleg?",
        "Belege?",
        "Gibt es dafür Belege?",
        "woher stammt das",
        "Hast du eine Quelle dafür",
        "Link?",
        "Wo steht das?",
        "Worauf stützt sich das?",
        "Wer sagt das?",
        "Quellenangabe bitte",
        "Beweise?",
        "woher wisst ihr das",
        "Nachweis?",
        "Laut wem?",
        "Wo kann ich das nachlesen",
    ),
    "es": (
        "¿Fuente?",
        "fuentes",
        "¿Cuáles son tus fuentes?",
        "¿De dónde sale esto?",
        "de dónde viene eso",
        "¿quién lo dijo?",
        "¿Quién dijo eso?",
        "pruebas?",
        "¿Tienes pruebas?",
        "enlace?",
        "fuente por favor",
        "¿Según quién?",
        "¿En qué te basas?",
        "dame la fuente",
        "¿Cómo lo sabes?",
        "¿Dónde puedo leer los originales?",
        "Referencias?",
        "¿hay alguna fuente de esto?",
    ),
    "fr": (
        "d'où cela vient-il ?",
        "D'où sors-tu ça ?",
        "Source ?",
        "sources",
        "Quelles sont vos sources ?",
        "D'où vient cette info ?",
        "d\u2019où ça vient",
        "Qui a dit ça ?",
        "preuve ?",
        "Des preuves ?",
        "Vous avez un lien ?",
        "lien svp",
        "Selon qui ?",
        "Sur quoi vous basez-vous ?",
        "la source stp",
        "Comment le savez-vous ?",
        "Où peut-on lire ça ?",
        "Références ?",
        "avez-vous une source",
        "Source s'il vous plaît",
    ),
    "ja": (
        "どこからですか",
        "ソースは\uff1f",
        "出典は?",
        "出典を教えてください",
        "情報源はどこですか",
        "ソース",
        "根拠は\uff1f",
        "誰が言ったの\uff1f",
        "どこからの情報ですか",
        "リンクください",
        "証拠は\uff1f",
        "ソースはありますか",
        "引用元を示してください",
        "出典をお願いします",
        "これ、どこ情報\uff1f",
        "誰がそう言ったんですか\uff1f",
        "何に基づいていますか",
        "元ネタは\uff1f",
        "情報元は何ですか",
        "ソースを貼ってください",
    ),
}
STOP: tuple[str, ...] = (
    "stop",
    "Stop!",
    "please stop",
    "stop replying to me",
    "don't reply to me",
    "Don\u2019t respond to me again.",
    "leave me alone",
    "unsubscribe",
    "opt out",
    "go away bot",
    "STOP IT",
    "never talk to me",
    "hör auf",
    "Antworte mir nicht",
    "lass mich in Ruhe",
    "para",
    "No me respondas más",
    "déjame en paz",
    "basta ya",
    "arrête",
    "Ne me réponds plus",
    "laisse-moi tranquille",
    "やめて",
    "返信しないでください",
    "@groundswell.example stop",
)
UNQUOTE: tuple[str, ...] = (
    "don't quote me",
    "Do not quote me.",
    "please don't quote me again",
    "delete my post",
    "remove my posts",
    "take down my post please",
    "don't use my posts",
    "I never agreed to this, don't cite me",
    "forget me",
    "Zitier mich nicht",
    "Zitiere mich bitte nicht",
    "lösch meinen Beitrag",
    "Bitte meinen Beitrag löschen",
    "no me cites",
    "borra mi publicación",
    "ne me citez pas",
    "supprimez mon post",
    "引用しないでください",
    "投稿を削除してください",
    "私の発言を消して",
)
DISPUTES: tuple[str, ...] = (
    "that's wrong",
    "This is false.",
    "this is just not true",
    "you got this wrong",
    "I never said that",
    "that's not what I said",
    "Correction: it was Tuesday",
    "you're wrong",
    "That isn't what I wrote",
    "I didn't say that",
    "misleading",
    "taken out of context",
    "This headline is misleading",
    "Das stimmt nicht",
    "das ist falsch",
    "Falsch zitiert!",
    "So habe ich das nicht gesagt",
    "Ich habe das nie geschrieben",
    "Eso es falso",
    "no es cierto",
    "Yo nunca dije eso",
    "yo no dije eso",
    "me citaste mal",
    "C'est faux",
    "ce n'est pas vrai",
    "Je n'ai jamais dit ça",
    "j'ai jamais dit ça",
    "Vous m'avez mal cité",
    "それは間違いです",
    "嘘です",
    "言っていない",
    "そんなことは言っていません",
    "それは違う",
)
FREE: tuple[str, ...] = (
    "What happened to the torrent?",
    "Warum?",
    "when was the licence changed",
    "How many posts are there?",
    "which labs signed it?",
    "¿Cuántos posts hay?",
    "Combien de posts ?",
    "誰が反対していますか",
    "Wie viele Leute waren das?",
    "and why did they leave",
    "Pourquoi ?",
    "who is behind the fork?",
    "tell me more about the licence, what changed?",
    "¿Por qué pasó?",
)
TALK: tuple[str, ...] = (
    "no está mal",
    "c'est pas faux",
    "間違いない",
    "nice bot",
    "good bot",
    "thanks!",
    "lol",
    "This is great",
    "open source is the future",
    "the source code leaked",
    "great thread, thanks for the links",
    "wow",
    "👍",
    "😂😂😂",
    "interesting",
    "I agree with the second post",
    "Saving this for later",
    "my source of joy this week",
    "The evidence is overwhelming",
    "there is a link between the two",
    "first",
    "so true",
    "really?",
    "seriously?",
    "huh?",
    "right?",
    "who cares?",
    "what could go wrong?",
    "don't quote me on this but I think it runs fine",
    "stop the presses, Heron runs on a laptop",
    "I couldn't stop laughing",
    "they should stop training on our stuff",
    "proof that small models matter",
    "danke, spannend",
    "Schöner Faden",
    "echt?",
    "gute Quelle für Ideen",
    "gracias por compartir",
    "qué bueno",
    "me encanta este hilo",
    "¿en serio?",
    "merci, très intéressant",
    "génial",
    "ah bon ?",
    "ありがとうございます",
    "面白い",
    "なるほど",
    "マジか",
    "すごい",
    "Here is the source code on my site",
    "linking this to my team",
    "this will reference the old paper",
    "sources of power are shifting",
    "stop words are underrated",
    "I quote this all the time",
    "it's wild isn't it?",
    "para mí es genial",
    "Paragraph two is gold",
    "arrêtons de rêver, c'est bien",
    "the proof is in the pudding",
    "I want to link up with these folks",
    "reply guys love this",
    "",
)


@pytest.mark.parametrize("text", ["?", "??", " ?!", *(text for texts in SOURCES.values() for text in texts)])
def test_asking_for_sources(text: str) -> None:
    """The question for sources is understood however it is put."""
    assert classify(text).kind is QuestionKind.SOURCES


def test_enough_phrasings_stand_here() -> None:
    """At least fifteen ways to ask are tried in each of the five languages, and forty that do not ask."""
    assert {lang: len(set(texts)) >= 15 for lang, texts in SOURCES.items()} == dict.fromkeys(
        ("en", "de", "es", "fr", "ja"), True
    )
    assert len(set(TALK)) >= 40


@pytest.mark.parametrize("text", STOP)
def test_asking_to_be_left_alone(text: str) -> None:
    """A stop word is understood, and only as that."""
    assert classify(text).kind is QuestionKind.STOP


@pytest.mark.parametrize("text", UNQUOTE)
def test_asking_not_to_be_quoted(text: str) -> None:
    """Who does not want to be quoted, or wants a post out, is understood."""
    assert classify(text).kind is QuestionKind.UNQUOTE


@pytest.mark.parametrize("text", DISPUTES)
def test_saying_that_something_is_wrong(text: str) -> None:
    """A correction claim is noticed."""
    assert classify(text).disputes


@pytest.mark.parametrize("text", FREE)
def test_a_free_question(text: str) -> None:
    """A question about the story is one, and disputes nothing."""
    intent = classify(text)
    assert (intent.kind, intent.disputes) == (QuestionKind.FREE, False)


@pytest.mark.parametrize("text", TALK)
def test_talk_asks_for_nothing(text: str) -> None:
    """Praise, jokes, idioms with the same words, and rhetorical questions are no questions."""
    intent = classify(text)
    assert (intent.kind, intent.disputes) == (QuestionKind.TALK, False)


def test_a_dispute_that_asks_for_the_source_is_both() -> None:
    """Who says that something is wrong and asks for the source gets the source, and the desk hears of it."""
    intent = classify("This is wrong. Where did you get that from?")
    assert intent.kind is QuestionKind.SOURCES
    assert classify("That's false, source please.").disputes


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "who " * 3000 + "?",
        "just " * 2500,
        "ok " * 4000,
        "stop " * 3000,
        "\u304a" * 10_000,
        "\u0920\u0940\u0915 " * 10_000,
        " " * 99_999,
    ],
)
def test_no_message_takes_long(text: str) -> None:
    """However long and repetitive a message is, half a second of the processor understands it."""
    classify("the patterns are compiled once")
    began = time.process_time()
    classify(text)
    assert time.process_time() - began < 0.5
