"""The documentation of the settings and the settings themselves say the same."""

from __future__ import annotations

import re
from pathlib import Path

import dotenv
import pytest

from bot.domain.errors import ConfigError
from bot.settings import PREFIX, Settings, load

ROOT = Path(__file__).parents[1]
DOCUMENTED = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


def _sections() -> dict[str, str]:
    found = re.findall(r"^### (\w+)\n((?:(?!^##).*\n)*)", DOCUMENTED, re.MULTILINE)
    assert len(found) == len({name for name, _ in found})
    return dict(found)


def test_every_setting_is_documented_and_nothing_else() -> None:
    """docs/configuration.md has one section for each setting, with an anchor of its name, and no others."""
    sections = _sections()
    assert sorted(sections) == sorted(Settings.model_fields)
    assert all(len(text.strip()) > 20 for text in sections.values())


def test_the_documentation_tells_the_defaults() -> None:
    """Every default that is a value of its own stands in the setting's section as it is."""
    for name, text in _sections().items():
        default = Settings.model_fields[name].default
        if default in (None, "", ()) or name == "bluesky_hosts":
            continue
        shown = ", ".join(default) if isinstance(default, tuple) else str(default).rstrip("/")
        assert f"`{shown.lower() if isinstance(default, bool) else shown}`" in text, name


def test_the_documentation_marks_the_secrets() -> None:
    """A setting is called a secret exactly when its value is kept like one."""
    secret = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert {name for name, text in _sections().items() if text.startswith("A secret.")} == secret


def test_the_example_names_every_setting_in_comments() -> None:
    """.env.example holds every setting, commented out, and changes nothing when it is used as it is."""
    names = re.findall(r"^# ?GROUNDSWELL_(\w+)=", EXAMPLE, re.MULTILINE)
    assert sorted(name.lower() for name in names) == sorted(Settings.model_fields)
    assert dotenv.dotenv_values(ROOT / ".env.example") == {}


def test_the_example_holds_usable_values(tmp_path: Path) -> None:
    """With every line of .env.example put to use, the settings load; its defaults are the defaults."""
    file = tmp_path / ".env"
    file.write_text(re.sub(r"^# ?(GROUNDSWELL_)", r"\1", EXAMPLE, flags=re.MULTILINE), encoding="utf-8")
    used, plain = load(_env_file=file), load()
    for name in (
        "mode",
        "port",
        "languages",
        "bluesky_hosts",
        "arxiv_categories",
        "daily_cap_usd",
        "writer_model",
    ):
        assert getattr(used, name) == getattr(plain, name), name


def test_a_wrong_setting_leads_to_its_section(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong value is told with the setting, what is wrong and the anchor of its section."""
    monkeypatch.setenv(f"{PREFIX}PORT", "many")
    with pytest.raises(ConfigError, match=r"GROUNDSWELL_PORT: .*integer.* \(docs/configuration\.md#port\)"):
        load()


@pytest.mark.parametrize("name", ["daily_cap_usd", "monthly_cap_usd"])
@pytest.mark.parametrize("value", ["inf", "nan", "-1"])
def test_a_cap_is_an_amount(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A spending cap that is no amount of money is refused."""
    monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    with pytest.raises(ConfigError, match=name.upper()):
        load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("feeds", "https://a.example/feed, file:///etc/hunter2"),
        ("feeds", "https://a.example/feed, https:"),
        ("discourse_forums", "https://a.example,forum.hunter2"),
        ("mastodon_timelines", "https://a.example,hunter2"),
        ("lemmy_communities", "https://a.example/c/x,ftp://hunter2"),
        ("languages", "en,english"),
        ("arxiv_categories", "cs.CL,a&b"),
        ("github_repositories", "lantern/engine,lantern"),
        ("youtube_channels", "UCfictional,@lantern"),
    ],
)
def test_each_entry_of_a_list_is_looked_at(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """An entry that leads nowhere is refused by its number when the settings are read; it is not repeated."""
    monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)
    with pytest.raises(ConfigError, match=f"GROUNDSWELL_{name.upper()}: entry 2 must be ") as raised:
        load()
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("name", ["bot_name", "operator", "contact"])
def test_what_readers_see_can_be_printed(name: str) -> None:
    """A name that turns the text around it, or breaks a header of a request, is refused."""
    for value in ("Tide\N{RIGHT-TO-LEFT OVERRIDE}watch", "Tide\nwatch"):
        with pytest.raises(ConfigError, match=f"GROUNDSWELL_{name.upper()}: must be of characters"):
            load(**{name: value})


@pytest.mark.parametrize("url", ["sqlite:///hunter2.db", "mysql://tester:hunter2@127.0.0.1/x", "hunter2"])
def test_a_database_is_postgresql(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Another database is refused with the form of a right address; nothing of the wrong one is said."""
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", url)
    with pytest.raises(ConfigError, match=r"GROUNDSWELL_DATABASE_URL: .*postgresql\+psycopg://") as raised:
        load()
    assert "hunter2" not in str(raised.value)


def test_a_folder_on_the_command_line_is_the_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With --data-dir nothing is written into the database that the environment names."""
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/production")
    assert load().database_url is not None
    assert load(data_dir=tmp_path).database_url is None
    assert load(data_dir=None).database_url is not None


def test_a_bot_reads_one_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two languages would be counted as one public: they are refused, and what to do instead is said."""
    monkeypatch.setenv(f"{PREFIX}LANGUAGES", "de")
    assert load().languages[0] == "de"
    monkeypatch.setenv(f"{PREFIX}LANGUAGES", "en,de")
    with pytest.raises(ConfigError, match=r"must be one language; for a second one run a second bot"):
        load()
