"""Sources as TOML and OPML: what is written is read back, and every mistake is named with its place and cure."""

from __future__ import annotations

import string
from dataclasses import replace
from operator import attrgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.errors import ConfigError, DatelineError
from dateline.log import without_credentials
from dateline.sources.access_fields import proxy_address
from dateline.sources.fields import Problem, slugify, unique_slug
from dateline.sources.opml import read_opml, write_opml
from dateline.sources.toml_files import WATCHED_FIELDS, read_sources_toml, watched_pages, write_sources_toml
from dateline.text import storable_line
from dateline.types.source import ExtractionOverrides, Politeness, Source, WatchedPage

names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,30}", fullmatch=True)
lines = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(
    lambda text: text == storable_line(text)
)
hosts = st.from_regex(r"[a-z]{1,12}(\.[a-z]{1,8}){1,2}", fullmatch=True)
paths = st.text(string.ascii_letters + string.digits + "/-_.~%&=?+:@!$,;'()*äñ漢", max_size=30)
addresses = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https"]), hosts, paths)
two_letters = st.from_regex(r"[a-z]{2}", fullmatch=True)


def tuples(of: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(of, max_size=4, unique=True).map(tuple)


sources = st.builds(
    Source,
    name=names,
    title=lines,
    home=addresses,
    country=st.none() | two_letters,
    languages=tuples(two_letters),
    tags=tuples(lines),
    watched=st.dictionaries(st.sampled_from(list(WATCHED_FIELDS)), tuples(addresses)).map(watched_pages),
    schedule=st.sampled_from(["adaptive", "every 15m", "*/5 6-22 * * mon-fri"]),
    timezone=st.sampled_from(["UTC", "Europe/Zurich"]),
    politeness=st.builds(
        Politeness,
        delay_s=st.none() | st.floats(0, 1e6),
        concurrency=st.none() | st.integers(1, 64),
        obey_robots=st.booleans(),
        max_pages_a_day=st.none() | st.integers(1, 10**6),
        max_visits_a_day=st.none() | st.integers(1, 10**6),
    ),
    extraction=st.builds(ExtractionOverrides, language=st.none() | two_letters, site_names=tuples(lines)),
    is_paused=st.booleans(),
)
files = st.lists(sources, max_size=4, unique_by=lambda source: source.name)


@settings(deadline=None, max_examples=50)
@given(files)
def test_sources_written_as_toml_are_read_back(written: list[Source]) -> None:
    assert read_sources_toml(write_sources_toml(written)) == written


@settings(deadline=None, max_examples=50)
@given(files, files)
def test_writing_over_a_file_replaces_its_sources(before: list[Source], now: list[Source]) -> None:
    text = write_sources_toml(now, base=write_sources_toml(before))
    assert sorted(read_sources_toml(text), key=attrgetter("name")) == sorted(now, key=attrgetter("name"))


BASE = """\
# my sources

[[source]]
name = "obersee-bote"   # the local paper
title = "Obersee Bote"
home = "https://obersee-bote.test/"
feeds = [
    "https://obersee-bote.test/rss", # all of it
]

# asked us to come slowly
[[source]]
name = "nordkurier"
home = "https://nordkurier.test/"

[source.politeness]
delay_s = 5.0 # letter of May
"""


def test_comments_and_layout_stay_where_nothing_changed() -> None:
    read = read_sources_toml(BASE)
    assert write_sources_toml(read, base=BASE) == BASE
    assert [source.title for source in read] == ["Obersee Bote", "nordkurier"]
    paused = replace(read[0], is_paused=True)
    written = write_sources_toml([paused, read[1]], base=BASE)
    assert written.replace("paused = true\n", "") == BASE
    assert read_sources_toml(written) == [paused, read[1]]


def refuse_every(schedule: str, timezone: str) -> None:
    if schedule.startswith("evry"):
        raise ConfigError(f"schedule {schedule!r} is neither")
    if timezone == "Mars/Base":
        raise ConfigError(f"{timezone!r} is not a time zone")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            'country = "Germany"',
            "s.toml:4: source \"a\", country: 'Germany' is not a country code; use two lower-case letters",
        ),
        ('country = "DE"', "write 'de'"),
        ('languages = ["eng"]', "languages: 'eng' is not a language code"),
        ('languages = "de"', 'languages: must be a list, such as ["…"]'),
        ('feeds = ["www.a.test/rss"]', "such as 'https://www.a.test/rss'"),
        ('feeds = ["ftp://a.test/rss"]', "must be a whole http or https address"),
        ('feeds = ["https://a test/rss"]', "must be a whole http or https address"),
        ('feds = ["https://a.test/rss"]', "feds: is an unknown field; did you mean 'feeds'?"),
        ('title = ""', "title: '' must be one non-empty line"),
        ("title = 3", 'title: must be text in quotes, such as "…", not 3'),
        ('title = "a\\u0000b"', "must be one non-empty line"),
        ('paused = "no"', "paused: must be true or false, not 'no'"),
        ('schedule = "evry 5m"', "schedule: schedule 'evry 5m' is neither"),
        ('timezone = "Mars/Base"', "timezone: 'Mars/Base' is not a time zone"),
        ("politeness = 3", "politeness: must be a table; write it as [source.politeness]"),
        (
            "[source.politeness]\ndelay_s = -1",
            's.toml:5: source "a", delay_s: must be a number, 0 or more, not -1',
        ),
        ("[source.politeness]\ndelay_s = nan", "must be a number, 0 or more"),
        ("[source.politeness]\nconcurrency = 0", "concurrency: must be a whole number, 1 or more, not 0"),
        ("[source.politeness]\ndelays = 1", "did you mean 'delay_s'?"),
        ('[source.extraction]\nlanguage = "german"', "language: 'german' is not a language code"),
        ('[[source]]\nname = "a"\nhome = "https://b.test/"', 's.toml:5: source "a", name: occurs twice'),
        ('[[source]]\nname = "b"', 's.toml:4: source "b", home: is missing'),
    ],
)
def test_a_mistake_is_reported_with_file_line_field_and_cure(line: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_sources_toml(
            f'[[source]]\nname = "a"\nhome = "https://a.test/"\n{line}\n', file="s.toml", check_schedule=refuse_every
        )
    assert says in str(caught.value)


def test_a_line_that_is_no_toml_hides_no_other_mistake() -> None:
    text = """[[source]]
name = "a"
home = "https://a.test/"
country =
schedule = "evry 5m"
timezone = "Mars/Base"
feeds = ["www.a.test", "https://a.test/rss", "ftp://b.test"]
[source.politeness]
delay_s = -1e9
"""
    with pytest.raises(ConfigError) as caught:
        read_sources_toml(text, file="s.toml", check_schedule=refuse_every)
    lines = str(caught.value).splitlines()
    assert [line.partition(" ")[0] for line in lines] == [f"s.toml:{number}:" for number in (4, 5, 6, 7, 9)]
    assert "www.a.test" in lines[3]
    assert "ftp://b.test" in lines[3]


def test_an_invalid_name_is_reported_with_a_valid_one() -> None:
    with pytest.raises(ConfigError, match="such as 'obersee-bote'"):
        read_sources_toml('[[source]]\nname = "Obersee Bote"\nhome = "https://a.test/"')


def test_all_mistakes_are_reported_at_once() -> None:
    text = '[[source]]\nname = "A"\n[[source]]\nname = "b"\nhome = "b.test"\ncountry = "xxx"\n'
    with pytest.raises(ConfigError) as caught:
        read_sources_toml(text, file="s.toml")
    assert [line.partition(" ")[0] for line in str(caught.value).splitlines()] == [
        "s.toml:1:", "s.toml:2:", "s.toml:5:", "s.toml:6:"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[source]\n", r"s.toml:1: is not valid TOML: "),
        ('name = "a"', "found name outside of a"),
        ('[source]\nname = "a"', "found source outside"),
    ],
)
def test_a_file_of_another_shape_is_reported(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_sources_toml(text, file="s.toml")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Obersee Bote", "obersee-bote"),
        ("Süddeutsche Straße", "suddeutsche-strasse"),
        ("Ærø & Łódź – 24.7", "aero-lodz-24-7"),
        ("朝日新聞", ""),
        ("x" * 200, "x" * 100),
    ],
)
def test_a_title_becomes_a_slug(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_a_taken_slug_gets_a_number() -> None:
    assert unique_slug("Bote", {"bote", "bote-2"}) == "bote-3"
    assert unique_slug("新聞", set(), fallback="asahi") == "asahi"
    assert len(unique_slug("x" * 200, {"x" * 100})) <= 100


OPML = b"""<?xml version="1.0"?>
<opml version="1.0"><head><title>mine</title></head><body>
  <outline text="Regional"><outline text="Alps">
    <outline text="Obersee Bote" type="rss" xmlUrl="https://obersee-bote.test/rss" htmlUrl="https://obersee-bote.test/"
             category="/news/local,daily" language="de-ch"/>
    <outline title="Obersee Bote: Sport" xmlUrl="https://obersee-bote.test/sport.rss" htmlUrl="https://obersee-bote.test/"/>
  </outline></outline>
  <outline TEXT="&#26481;&#20140;" XMLURL="https://tokyo.test/feed?a=1&amp;b=2"/>
  <outline text="gone" xmlUrl="feed://nowhere"/>
</body></opml>"""


def test_opml_becomes_one_source_per_site_with_folders_as_tags() -> None:
    assert read_opml(OPML).sources == [
        Source(
            name="obersee-bote",
            title="Obersee Bote",
            home="https://obersee-bote.test/",
            languages=("de",),
            tags=("Regional", "Alps", "news", "local", "daily"),
            watched=(
                WatchedPage("https://obersee-bote.test/rss", "feed"),
                WatchedPage("https://obersee-bote.test/sport.rss", "feed"),
            ),
        ),
        Source(
            name="tokyo-test",
            title="東京",
            home="https://tokyo.test/",
            watched=(WatchedPage("https://tokyo.test/feed?a=1&b=2", "feed"),),
        ),
        Source(name="gone", title="gone", home="http://nowhere/", watched=(WatchedPage("http://nowhere", "feed"),)),
    ]


def test_opml_that_is_written_is_read_back() -> None:
    first, second, third = read_opml(OPML).sources
    without_feed = Source("x", "X", "https://x.test/", watched=(WatchedPage("https://x.test/map", "sitemap"),))
    written = write_opml([first, without_feed, second, third]).encode()
    assert sorted(read_opml(written).sources, key=lambda one: one.name) == sorted(
        [first, second, third], key=lambda one: one.name
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not OPML"),
        (b"\x00\x01", "is not OPML|contains no feed"),
        (b"<html><body><p>no</p></body></html>", "contains no feed"),
        (b"<opml><body><outline text='a'/></body></opml>", "contains no feed"),
    ],
)
def test_a_file_that_is_not_opml_is_reported(content: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_opml(content)


def test_ill_formed_opml_gives_its_readable_feeds() -> None:
    assert len(read_opml(OPML[: OPML.index(b"<outline TEXT")]).sources) == 1


def test_entities_of_opml_are_not_resolved(tmp_path: object) -> None:
    bomb = (
        b'<!DOCTYPE opml [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in b"bcdefghij")
        + b"]><opml><body><outline text='&j;' title='T' xmlUrl='https://a.test/&f;'/>"
        b"<outline text='B' xmlUrl='https://b.test/rss'/><x>&f;&j;</x></body></opml>"
    )
    try:
        found = read_opml(bomb).sources
    except ConfigError:
        return
    assert sum(len(repr(source)) for source in found) < 10_000
    assert "root:" not in repr(found)


def test_deeply_nested_opml_ends() -> None:
    nested = b"<outline text='a'>" * 200 + b"<outline xmlUrl='https://a.test/'/>" + b"</outline>" * 200
    with pytest.raises(ConfigError, match="contains no feed"):
        read_opml(b"<opml><body>" + nested + b"</body></opml>")


def test_credentials_in_an_address_are_refused_and_not_repeated() -> None:
    """They were stored with the source, and so written by every export."""
    text = '[[source]]\nname = "a"\ntitle = "A"\nhome = "https://u:c4n4ry@a.test/"\nfeeds = ["https://a.test/f"]\n'
    with pytest.raises(DatelineError) as refused:
        read_sources_toml(text, file="sources.toml")
    assert "c4n4ry" not in str(refused.value)


def test_the_cure_for_a_login_in_a_proxy_can_be_read_where_passwords_are_hidden() -> None:
    with pytest.raises(Problem) as found:
        proxy_address("http://desk:hunter2@10.0.0.5:3128")
    said = without_credentials(str(found.value))
    assert said.endswith("write it as http://${PROXY_USER}:${PROXY_PASSWORD}@10.0.0.5:3128")
    for text in (
        "http://${USER}:hunter2@x.test/",
        "http://ada:${KEY}@x.test/",
        "http://${USER}x@x.test/",
        "http://${USER}@b@x.test/",
        "http://ada:p@ss@x.test/",
    ):
        assert without_credentials(text) == "http://***@x.test/"
