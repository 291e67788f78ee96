"""docs/dependencies.md, pyproject.toml and the imports say the same."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OURS = {"bot", "handlers", "tests", "benchmarks"}
# Named in a database URL, or needed by a package that does not name it for every installer; not imported.
DRIVERS = {"aiosqlite", "lxml-html-clean"}

_PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _names(requirements: list[str]) -> set[str]:
    return {_plain(re.split(r"[^\w.-]", item, maxsplit=1)[0]) for item in requirements}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(*folders: str) -> set[str]:
    """Return the distributions that the modules in `folders` import."""
    homes = packages_distributions()
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            found |= _roots(ast.parse(path.read_text(encoding="utf-8")))
    outside = found - OURS - sys.stdlib_module_names
    return {_plain(homes[name][0]) for name in outside}


def _roots(tree: ast.Module) -> set[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module or "")
    return {name.split(".", maxsplit=1)[0] for name in names}


def _documented() -> list[tuple[str, str]]:
    """Return name and reason of each row of the page's tables."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", page, re.MULTILINE)


def test_every_dependency_has_its_reason_and_nothing_else() -> None:
    """Each package in pyproject.toml has one row with a reason, and no row is about another package."""
    project = _PYPROJECT["project"]
    named = _names(project["dependencies"]) | _names(_PYPROJECT["dependency-groups"]["dev"])
    for extra in project["optional-dependencies"].values():
        named |= _names(extra)
    rows = _documented()
    assert sorted(name for name, _ in rows) == sorted(named)
    assert [name for name, reason in rows if not reason.strip()] == []


def test_what_runs_is_named_and_what_is_named_runs() -> None:
    """The bot imports exactly the packages that pyproject.toml names as needed to run it."""
    assert _imported("bot", "handlers") | DRIVERS == _names(_PYPROJECT["project"]["dependencies"])
