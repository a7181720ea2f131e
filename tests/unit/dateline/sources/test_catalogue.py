"""The shipped catalogue holds its form."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from dateline.sources.catalogue import load_catalogue
from dateline.sources.toml_files import matching, read_sources_toml, write_sources_toml
from dateline.urls import site_of
from scheduler.cadence.calendar import parse_schedule


def test_the_catalogue_has_the_promised_size() -> None:
    sources = load_catalogue()
    assert len(sources) >= 150
    assert len({source.country for source in sources}) >= 25
    assert len({language for source in sources for language in source.languages}) >= 15


def test_names_homes_and_watched_pages_are_unique() -> None:
    sources = load_catalogue()
    assert len({source.name for source in sources}) == len(sources)
    assert len({source.home.rstrip("/") for source in sources}) == len(sources)
    pages = [page.url for source in sources for page in source.watched]
    assert len(set(pages)) == len(pages)


def test_each_outlet_has_country_languages_and_watched_pages() -> None:
    for source in load_catalogue():
        assert source.country
        assert source.languages
        assert source.watched, source.name
        assert site_of(source.home), source.name
        assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", tag) for tag in source.tags)
        assert not source.is_paused


def test_files_are_named_by_country_sorted_and_written_as_the_project_writes_them() -> None:
    for path in files("dateline.sources.catalogue").iterdir():
        if path.name.endswith(".toml"):
            text = path.read_text(encoding="utf-8")
            sources = read_sources_toml(text, file=path.name, check_schedule=parse_schedule)
            assert {source.country for source in sources} == {path.name.removesuffix(".toml")}
            assert [source.name for source in sources] == sorted(source.name for source in sources)
            assert write_sources_toml(sources) == text


@pytest.mark.parametrize(
    ("criteria", "some"),
    [
        ({"country": "US", "language": "en"}, "techcrunch"),
        ({"language": "ja"}, "yomiuri-shimbun"),
        ({"tag": "agency"}, "reuters"),
        ({"country": "at", "tag": "regional"}, "kleine-zeitung"),
    ],
)
def test_the_catalogue_is_filtered_by_country_language_and_tag(criteria: dict[str, str], some: str) -> None:
    catalogue = load_catalogue()
    chosen = matching(catalogue, **criteria)
    assert some in {source.name for source in chosen}
    assert 0 < len(chosen) < len(catalogue)
    assert matching(catalogue, **criteria | {"tag": "no-such-tag"}) == []
