"""Files that people wrote: whatever the editor put around them, no line is lost."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from dateline.config import load
from dateline.files import decode_text
from dateline.unicode_text import utf8_lines
from scheduler.commands.crawl import read_targets

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
TEXT = "https://a.test/Łódź\nhttps://b.test/東京\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_is_read_in_any_encoding(encoding: str, end: str) -> None:
    content = TEXT.replace("\n", end).encode(encoding)
    assert decode_text(content) == TEXT
    assert b"".join(utf8_lines(io.BytesIO(content))).decode().replace("\r\n", "\n") == TEXT


def test_a_legacy_charset_is_detected() -> None:
    assert decode_text("Zürich, Genève und Neuchâtel für alle\n".encode("cp1252")).startswith("Zürich, Genève")


def test_lines_of_utf16_are_not_split_within_a_character() -> None:
    chance = random.Random(7)
    text = "".join(chance.choice("a\u0a0a\n\u0d0a𝄞Ċ") for _ in range(3_000))
    assert b"".join(utf8_lines(io.BytesIO(text.encode("utf-16")))).decode() == text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_list_of_urls_loses_no_line(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert [target.name for target in read_targets([str(path)])] == TEXT.split()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_configuration_is_read_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "dateline.toml"
    path.write_bytes("delay_s = 2.5\r\n".encode(encoding))
    assert load({}, data_dir=tmp_path).delay_s == 2.5
