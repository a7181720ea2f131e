"""The idioms of banned_words.txt do not come back where a person reads: documentation, comments, docstrings, messages."""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
WORDS = [line for line in (HERE / "banned_words.txt").read_text().splitlines() if line and not line.startswith("#")]
BANNED = re.compile("|".join(WORDS), re.IGNORECASE)

CLEAN = (
    ".ci/run",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "Makefile",
    "README.md",
    "benchmarks",
    "crawler",
    "dateline",
    "deploy",
    "docker-compose.yml",
    "docs",
    "pipelines",
    "pyproject.toml",
    "scheduler",
    "sql",
    "tests",
)
"""Folders and files that are held to the list, one per line in order. Add one when it is clean:
`python -m tests.unit.project.test_plain_english` counts what is left in the others."""
LEFT_OUT = (
    "docs/reference-article.md",
    *("dateline/demo/articles/", "dateline/demo/templates/", "tests/unit/project/"),
    *("benchmarks/service/soak_site.py", "tests/golden/pages/"),
)
"""Pages that are generated, invented news, and the tests of the list."""
READ = {".md", ".py", ".sql", ".html", ".yml", ".service", ".env", ".toml", ""}


def prose(path: Path) -> str:
    """What a person reads of a file, line by line, without names in backquotes; of Python and SQL its comments and strings.

    The strings of tests are mostly invented news: of them only docstrings count.
    """
    text = re.sub(r"`\w+`", "``", path.read_text(encoding="utf-8"))
    if path.suffix == ".sql":
        return "\n".join(" ".join(re.findall(r"--.*|'[^']*'", line)) for line in text.split("\n"))
    if path.suffix != ".py":
        return text
    kept = (tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))
    lines = [""] * (text.count("\n") + 2)
    is_test = path.is_relative_to(ROOT / "tests")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = token.line.lstrip().startswith('"""') or token.type == tokenize.COMMENT
        if token.type in kept and (is_docstring or not is_test):
            for offset, line in enumerate(token.string.split("\n")):
                words = re.sub(r"\{[^}]*\}", "", line) if token.string[0] in "fF" else line
                lines[token.start[0] - 1 + offset] += f" {words}"
    return "\n".join(lines)


def findings(place: str) -> list[str]:
    """Each banned idiom in the files of a place, with file, line and the words."""
    listed = subprocess.run(["git", "ls-files", place], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [name for name in listed.split() if Path(name).suffix in READ and not name.startswith(LEFT_OUT)]
    return [
        f"{name}:{number}: {found[0]}"
        for name in files
        for number, line in enumerate(prose(ROOT / name).splitlines(), 1)
        for found in BANNED.finditer(line)
    ]


@pytest.mark.parametrize("place", CLEAN)
def test_no_banned_idiom(place: str) -> None:
    assert findings(place) == []


def test_the_list_finds_what_it_bans() -> None:
    assert BANNED.search("a page that was begun anew")
    assert not BANNED.search("There is no longer a leader; a restarted page")


if __name__ == "__main__":
    for folder in ("dateline", "pipelines", "sql", "tests"):
        left = findings(folder)
        print(f"{len(left):5} {folder}", *left[:5], sep="\n      ")
