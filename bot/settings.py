"""Settings: `.env` and the environment, typed. Every field is documented in docs/configuration.md.

Secrets may also lie in files named after the setting, in the directory that systemd's LoadCredential gives
($CREDENTIALS_DIRECTORY), so that they never stand in the environment.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.domain.errors import ConfigError
from bot.domain.failpoints import VARIABLE as FAILPOINT
from bot.domain.models import SMALL_MODEL, WRITER_MODEL
from bot.domain.quiet import QuietHours

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "GROUNDSWELL_"


def _split(value: object) -> object:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _must(fit: Callable[[str], object], be: str) -> AfterValidator:
    """Refuse what does not fit; nothing of it is repeated, for an address may hold a password."""

    def check(value: str) -> str:
        if not fit(value):
            msg = f"must be {be}"
            raise ValueError(msg)
        return value

    return AfterValidator(check)


T = TypeVar("T")
_List = Annotated[tuple[T, ...], NoDecode, BeforeValidator(_split)]
_Line = Annotated[str, _must(str.isprintable, "of characters that can be printed")]
_Address = Annotated[
    str,
    _must(re.compile(r"https?://[^\s/?#]+\S*").fullmatch, "an address that begins with http:// or https://"),
]
_Language = Annotated[str, _must(re.compile("[a-z]{2}").fullmatch, "a two-letter code such as en")]
_Category = Annotated[str, _must(re.compile(r"[A-Za-z.-]+").fullmatch, "a category such as cs.CL")]
_Repository = Annotated[str, _must(re.compile(r"[\w.-]+/[\w.-]+").fullmatch, "like owner/name")]
_Channel = Annotated[str, _must(re.compile(r"UC[\w-]+").fullmatch, "an id that begins with UC")]


def _one(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(value) != 1:
        msg = "must be one language; for a second one run a second bot with a data_dir of its own"
        raise ValueError(msg)
    return value


def _hours(value: object) -> object:
    return QuietHours.parse(value) if isinstance(value, str) else value


def _postgresql(value: SecretStr) -> SecretStr:
    """Refuse an address that is none of PostgreSQL; nothing of it is repeated, for it holds a password."""
    if not value.get_secret_value().startswith(("postgresql://", "postgresql+psycopg://")):
        msg = "must be like postgresql+psycopg://user:password@host/database"
        raise ValueError(msg)
    return value


class Mode(StrEnum):
    """How far a story goes without a person."""

    AUTO = "auto"
    REVIEW = "review"
    DRY_RUN = "dry-run"


class AtCap(StrEnum):
    """What becomes of a matter that no money is left to have written."""

    EXTRACTIVE = "extractive"
    HOLD = "hold"


class Settings(BaseSettings):
    """Everything an operator can set; the defaults listen for real with an empty `.env`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=os.environ.get(f"{PREFIX}ENV_FILE", ".env"),
        secrets_dir=os.environ.get("CREDENTIALS_DIRECTORY"),
        # Other programs may share the file; names of ours that do not exist are refused in load().
        extra="ignore",
        frozen=True,
        # A blank line in .env means "the default", not "".
        env_ignore_empty=True,
    )

    # Who runs it
    bot_name: _Line = Field("Groundswell", min_length=1, max_length=60)
    operator: _Line = Field("", max_length=120)
    site_url: HttpUrl = HttpUrl("http://127.0.0.1:8080")

    # Where it keeps things
    data_dir: Path = Path("data")
    database_url: Annotated[SecretStr, AfterValidator(_postgresql)] | None = None
    beats_file: Path | None = None
    keep_text_days: int = Field(60, ge=14, le=3650)

    # How it publishes
    mode: Mode = Mode.AUTO
    fidelity_floor: int = Field(90, ge=0, le=100)
    stories_per_day: int = Field(6, ge=1, le=48)
    stories_per_beat: int = Field(2, ge=1, le=48)
    quiet_hours: Annotated[QuietHours | None, NoDecode, BeforeValidator(_hours)] = None

    # The site
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65_535)

    # What it listens to
    languages: Annotated[_List[_Language], AfterValidator(_one)] = ("en",)
    bluesky_hosts: _List[_Line] = ("jetstream1.us-east.bsky.network", "jetstream2.us-west.bsky.network")
    discourse_forums: _List[_Address] = ("https://discuss.huggingface.co",)
    feeds: _List[_Address] = ()
    arxiv_categories: _List[_Category] = ("cs.CL", "cs.AI", "cs.LG", "cs.CY")
    mastodon_timelines: _List[_Address] = ()
    lemmy_communities: _List[_Address] = ()
    github_repositories: _List[_Repository] = ()
    github_token: SecretStr | None = None
    youtube_channels: _List[_Channel] = ()
    youtube_api_key: SecretStr | None = None
    records_folder: Path | None = None
    reddit_access_approved: bool = False
    reddit_client_id: SecretStr | None = None
    reddit_client_secret: SecretStr | None = None
    reddit_username: _Line = ""
    contact: _Line = Field("", max_length=200)

    # The Claude writer
    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: HttpUrl | None = None
    writer_model: str = WRITER_MODEL
    small_model: str = SMALL_MODEL
    unlisted_model_usd: float | None = Field(None, ge=0, allow_inf_nan=False)
    daily_cap_usd: float = Field(2.0, ge=0, allow_inf_nan=False)
    monthly_cap_usd: float = Field(30.0, ge=0, allow_inf_nan=False)
    at_cap: AtCap = AtCap.EXTRACTIVE

    # The Bluesky account
    bluesky_handle: _Line = Field("", max_length=253)
    bluesky_app_password: SecretStr | None = None
    bluesky_service: HttpUrl = HttpUrl("https://bsky.social")
    bluesky_poll_seconds: float = Field(15, ge=5, le=3600)

    # Discord
    discord_token: SecretStr | None = None
    discord_desk_channel: str = Field("", pattern=r"^\d{0,20}$")

    # Logs
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")


def load(**overrides: Any) -> Settings:  # noqa: ANN401 - any field of Settings
    """Read the settings; `overrides` (from the command line) win over the environment and `.env`.

    A `data_dir` among them is the store, whatever database is set: what is tried in a folder of its own never
    writes into another store.
    Raises ConfigError that names the setting, what is wrong with it and where it is documented.
    """
    file = overrides.get("_env_file") or Settings.model_config.get("env_file")
    try:
        problems = _unreadable(file) or _unknown(file)
        if problems:
            raise ConfigError("; ".join(problems))
        given = {name: value for name, value in overrides.items() if value is not None}
        return Settings(**({"database_url": None} if "data_dir" in given else {}) | given)
    except ValidationError as error:
        wrong = "; ".join(_problem(item) for item in error.errors(include_input=False, include_url=False))
        raise ConfigError(wrong) from None
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or error
        msg = f"{file} cannot be read: {problem} (docs/configuration.md)"
        raise ConfigError(msg) from error


def demo(data_dir: Path) -> Settings:
    """Return the settings of a demo in `data_dir`.

    It is the same everywhere: whatever an operator set, it spends nothing and touches no other database.
    Raises ConfigError.
    """
    own = load(data_dir=data_dir)
    host = f"[{own.host}]" if ":" in own.host else own.host
    return Settings.model_construct(
        data_dir=data_dir, host=own.host, port=own.port, site_url=HttpUrl(f"http://{host}:{own.port}")
    )


def _problem(item: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    name = str(item["loc"][0]).lower().removeprefix(PREFIX.lower())
    entry = f"entry {item['loc'][1] + 1} " if len(item["loc"]) > 1 else ""
    problem = entry + item["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()}: {problem} (docs/configuration.md#{name})"


def _unreadable(file: Any) -> list[str]:  # noqa: ANN401 - what pydantic takes for a file
    """Return which lines of `.env` would be passed over, with whatever they were to set.

    Raises OSError or UnicodeDecodeError.
    """
    if not file or not Path(file).exists():
        return []
    with Path(file).open(encoding="utf-8") as lines:
        return [
            f"{file}, line {line.original.line}: write NAME=value, and close what quotes it opens"
            " (docs/configuration.md)"
            for line in parse_stream(lines)
            if line.error or (line.value is None and (line.key or "").upper().startswith(PREFIX))
        ]


def _unknown(file: Any) -> list[str]:  # noqa: ANN401 - what pydantic takes for a file
    """Return names that look like settings of ours and are not, in `.env` and in the environment."""
    given = dict(os.environ) | (dotenv_values(str(file)) if file else {})
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields} | {f"{PREFIX}ENV_FILE", FAILPOINT}
    return sorted(
        f"{name}: there is no such setting (docs/configuration.md)"
        for name in given
        if name.upper().startswith(PREFIX) and name.upper() not in known
    )
