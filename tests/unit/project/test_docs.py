"""The documentation's links, paths and headings lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES = [page for page in (*PAGES, *sorted((ROOT / "docs").rglob("*.md"))) if page.exists()]
FOLDERS = ("benchmarks", "crawler", "dateline", "deploy", "docs", "pipelines", "scheduler", "sql", "tests")


def links(text: str) -> list[str]:
    """The targets of Markdown links, without links to other hosts."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths(text: str) -> set[str]:
    """Paths of this repository that a text names in backquotes."""
    named = re.findall(r"`([^`\s]+)`", text)
    inside = {name.partition("::")[0] for name in named if name.partition("/")[0] in FOLDERS and "/" in name}
    return {name for name in inside if not re.search(r"[A-Z]{2,}|…|^deploy/secrets/.*-password", name)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page.read_text()):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked.read_text()), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_exist(page: Path) -> None:
    missing = {name for name in paths(page.read_text()) if not any(ROOT.glob(name))}
    assert not missing, f"{page.relative_to(ROOT)} names files that are not there: write the new path"


def test_a_path_is_recognised() -> None:
    assert paths("see `crawler/none.py` and `a/b.py`, `sql/x.sql::name`") == {"crawler/none.py", "sql/x.sql"}
    assert anchors("## Back up, restore") == {"back-up-restore"}


def test_the_glossary_defines_each_word_once() -> None:
    entries = re.findall(r"(?m)^- (.+)$", (ROOT / "docs/glossary.md").read_text())
    words = [word.lower() for entry in entries for word in re.findall(r"\*\*([^*]+)\*\*", entry)]
    assert len(words) == len(set(words)) > 80


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").rglob("*.yml")), ids=lambda path: path.name)
def test_deployed_files_are_valid_yaml(path: Path) -> None:
    assert yaml.safe_load(path.read_text())


def test_each_alert_has_its_entry_in_the_runbook() -> None:
    rules = re.findall(r"(?m)^ +- alert: (\w+)$", (ROOT / "deploy/monitoring/alerts.yml").read_text())
    assert re.findall(r"(?m)^### (\w+)$", (ROOT / "docs/how-to/runbook.md").read_text()) == rules
