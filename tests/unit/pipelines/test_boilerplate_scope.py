"""The scope of an address: a section, an author's pages, or the host; never one article's folder."""

from __future__ import annotations

import pytest

from pipelines.boilerplate.scope import scope_of

SAME = [
    ("https://post.test/pier", "https://www.post.test/school"),
    ("https://post.test/2026/05/12/pier", "https://post.test/2026/11/school"),
    ("https://post.test/2026-05-12/pier", "https://post.test/20261112/school"),
    ("https://post.test/world/2026/nov/29/pier", "https://post.test/world/school"),
    ("https://post.test/sport/a-long-name-of-one-article/12345", "https://post.test/sport/another"),
    ("https://post.test/sport/1234567/pier", "https://post.test/sport/7654321/school"),
    ("https://post.test/en/sport/pier", "https://post.test/sport/school"),
    ("https://forum.test/@bob/pier", "https://forum.test/@Bob"),
    ("https://forum.test/%40bob/pier", "https://forum.test/@bob/2026/school"),
]
APART = [
    ("https://post.test/sport/pier", "https://post.test/politics/school"),
    ("https://forum.test/@bob/pier", "https://forum.test/@mallory/school"),
    ("https://forum.test/p/@bob/pier", "https://forum.test/p/@mallory/school"),
    ("https://forum.test/~bob/pier", "https://forum.test/~mallory/school"),
    ("https://forum.test/bob/pier", "https://forum.test/mallory/school"),
    ("https://forum.test/users/bob/posts/1", "https://forum.test/users/mallory/posts/1"),
    ("https://forum.test/users/123456/posts/1", "https://forum.test/users/654321/posts/1"),
    ("https://forum.test/en/blogs/bob/pier", "https://forum.test/en/blogs/mallory/pier"),
    ("https://forum.test/author/bob", "https://forum.test/author/mallory"),
    ("https://forum.test/read?id=1&author=bob", "https://forum.test/read?id=2&author=mallory"),
    ("https://bob.forum.test/pier", "https://mallory.forum.test/pier"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_section_or_author_is_one_scope(one: str, other: str) -> None:
    assert scope_of(one) == scope_of(other) != ""


@pytest.mark.parametrize(("one", "other"), APART)
def test_sections_and_authors_are_apart(one: str, other: str) -> None:
    assert scope_of(one) != scope_of(other)


@pytest.mark.parametrize("url", ["", "http://[::x/a", "not an address", "mailto:a@b.test"])
def test_any_text_has_a_scope(url: str) -> None:
    assert isinstance(scope_of(url), str)


def test_a_scope_fits_an_index() -> None:
    assert len(scope_of(f"https://{'a' * 300}.test/{'b' * 9000}/{'c' * 9000}/d")) < 600
