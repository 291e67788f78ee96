"""Logs: readable by machines and people, and never a secret in them."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from bot.operate import logs
from bot.settings import load

SECRET = "made-up/secret+value"
SETTINGS = load(
    anthropic_api_key=SecretStr(SECRET),
    database_url=SecretStr("postgresql://tester:p%40ssphrase@127.0.0.1/x"),
)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def output() -> io.StringIO:
    """Give the stream the logs go to, with logging configured at INFO."""
    stream = io.StringIO()
    logs.configure("INFO", SETTINGS, stream=stream)
    return stream


def _events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json(output: io.StringIO) -> None:
    """An event is one JSON line with time, level, logger, words and fields, whatever characters it holds."""
    structlog.get_logger("bot.somewhere").info("heard", source="rss", records=3, note="two\nlines ü")
    (event,) = _events(output)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "heard", "level": "info", "logger": "bot.somewhere", "source": "rss", "records": 3,
        "note": "two\nlines ü",
    }  # fmt: skip


def test_levels_are_obeyed(output: io.StringIO) -> None:
    """Ours below the level are silent, other packages speak from WARNING on, and nothing is said twice."""
    logs.configure("INFO", SETTINGS, stream=output)
    structlog.get_logger("bot.x").debug("no")
    structlog.get_logger("handlers.x").info("ours")
    logging.getLogger("another.package").info("no")
    logging.getLogger("another.package").warning("theirs %s", "formatted")
    assert [event["event"] for event in _events(output)] == ["ours", "theirs formatted"]


def test_a_terminal_gets_plain_lines() -> None:
    """On a terminal an event is a line for people, not JSON."""
    stream = _Terminal()
    logs.configure("INFO", SETTINGS, stream=stream)
    structlog.get_logger("bot.x").info("heard", source="rss", key=SECRET)
    assert "heard" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert SECRET not in stream.getvalue()


@pytest.mark.parametrize(
    "fields",
    [
        {"note": f"key is {SECRET}, sorry"},
        {"nested": {"deep": [("x", SECRET)]}},
        {SECRET: 1},
        {"error": ValueError(f"bad {SECRET}")},
        {"event": f"said {SECRET}"},
        {"url": "postgresql://someone:made-up/secret+value@127.0.0.1/x"},
    ],
    ids=repr,
)
def test_a_setting_that_is_a_secret_never_shows(output: io.StringIO, fields: dict[str, Any]) -> None:
    """The value of a secret setting is hidden in words, fields, names, nested data and errors."""
    event = fields.pop("event", "something")
    structlog.get_logger("bot.x").warning(event, **fields)
    assert SECRET not in output.getvalue()
    assert logs.HIDDEN in output.getvalue()


def _fail() -> None:
    raise ValueError(SECRET)


def test_a_traceback_shows_no_secret(output: io.StringIO) -> None:
    """A logged traceback is whole but for the secrets in it, from our logger and from others."""
    for log in (structlog.get_logger("bot.x"), logging.getLogger("other")):
        try:
            _fail()
        except ValueError:
            log.exception("failed")
    first, second = _events(output)
    for event in (first, second):
        assert "_fail" in event["exception"]
        assert SECRET not in event["exception"]


@pytest.mark.parametrize(
    ("fields", "leak"),
    [
        ({"note": "uses sk-ant-api03-AbCdEf012345"}, "AbCdEf"),
        ({"headers": {"Authorization": "Bearer abc.def"}}, "abc.def"),
        ({"note": "sent Bearer abc.def to it"}, "abc.def"),
        ({"url": "https://user:hunter2@example.com/"}, "hunter2"),
        ({"client_secret": "short"}, "short"),
        ({"access_token": "t0k"}, "t0k"),
        ({"db_password": ["p"]}, '"p"'),
        ({"jwt": "x", "note": "eyJhbGciOiJI.eyJzdWIi.c2ln"}, "eyJzdWIi"),
        ({"note": "postgresql://tester:p%40ssphrase@127.0.0.1/x"}, "ssphrase"),
        ({"note": "password p@ssphrase"}, "p@ssphrase"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(output: io.StringIO, fields: dict[str, Any], leak: str) -> None:
    """Keys, tokens and passwords are hidden by their shape or by the name of their field."""
    structlog.get_logger("bot.x").info("something", **fields)
    assert leak not in output.getvalue()


def test_numbers_of_tokens_stay() -> None:
    """How many tokens were used is a measure, not a secret."""
    stream = io.StringIO()
    logs.configure("INFO", stream=stream)
    structlog.get_logger("bot.x").info("wrote", input_tokens=120, tokens="many", token=7)
    (event,) = _events(stream)
    assert (event["input_tokens"], event["tokens"], event["token"]) == (120, "many", 7)
