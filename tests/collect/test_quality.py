"""The checklists of the sources, and the page made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.collect import quality, registry
from bot.domain.errors import InputError

if TYPE_CHECKING:
    from bot.collect.http import Fetcher
    from bot.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def test_every_source_has_a_checklist(settings: Settings, fetcher: Fetcher) -> None:
    """Each source has its file with every check in it, and no file is left over."""
    known = sorted(source.name for source in registry.build(settings, (), fetcher))
    assert quality.names() == known
    for name in known:
        assert quality.load(name).checks.keys() == quality.CHECKS.keys()


def test_the_page_says_what_the_checklists_say() -> None:
    """docs/sources.md is what the checklists make: run `python -m bot.collect.quality > docs/sources.md`."""
    assert PAGE.read_text(encoding="utf-8") == quality.render(map(quality.load, quality.names()))


@pytest.mark.parametrize("line", ['terms = "todo"', 'terms = "maybe: later"', 'other = "done"'])
def test_a_checklist_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """What is not done needs its reason, and there are no other checks and no other states."""
    checks = [f'{check} = "done"' for check in quality.CHECKS if check != "terms"]
    text = "\n".join(['title = "X"', 'how = "x"', "[checks]", *checks, line])
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(quality, "_HERE", tmp_path)
    with pytest.raises(InputError, match=r"x\.toml"):
        quality.load("x")


@pytest.mark.parametrize(
    ("state", "table"),
    [
        ("done", ""),
        ("done", '[terms]\npage = "https://x.example/terms"'),
        ("done", '[terms]\npage = "https://x.example/terms"\nreviewed = "lately"'),
        ("todo: later", ""),
        ("exempt: none", '[terms]\npage = "https://x.example/terms"\nreviewed = 2026-11-26'),
    ],
)
def test_a_checklist_says_when_the_terms_were_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, table: str
) -> None:
    """Terms that were read have their page and day, others the page; a source without any has none."""
    checks = [f'{check} = "{state if check == "terms" else "done"}"' for check in quality.CHECKS]
    text = "\n".join(['title = "X"', 'how = "x"', "[checks]", *checks, table])
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(quality, "_HERE", tmp_path)
    with pytest.raises(InputError, match=r"x\.toml: \[terms\]"):
        quality.load("x")
