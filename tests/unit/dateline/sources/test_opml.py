"""OPML as feed readers write it: nothing changes without a word, and every file comes back as it was."""

from __future__ import annotations

import time

import pytest

from dateline.errors import ConfigError
from dateline.sources.opml import Opml, merge_opml, read_opml, write_opml
from dateline.types.source import Source, WatchedPage


def read(*outlines: str, encoding: str = "utf-8", head: str = "") -> Opml:
    return read_opml(f"{head}<opml version='2.0'><body>{''.join(outlines)}</body></opml>".encode(encoding))


def outline(url: str, *, title: str = "The Paper", site: str = "", more: str = "") -> str:
    html_url = f' htmlUrl="{site}"' if site else ""
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"{html_url}{more}/>'


def feeds(found: Opml) -> list[str]:
    return [page.url for source in found.sources for page in source.watched]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://p.test/rss?feedname=1&lang=de&copy=2", "https://p.test/rss?feedname=1&lang=de&copy=2"),
        ("https://p.test/rss?feedname=1&lang", "https://p.test/rss?feedname=1&lang"),
        ("https://p.test/rss?a=1&amp;b=2", "https://p.test/rss?a=1&b=2"),
        ("feed://p.test/rss", "http://p.test/rss"),
        ("feed:https://p.test/rss", "https://p.test/rss"),
        ("FEED://P.test/rss", "http://P.test/rss"),
        ("p.test/rss", "https://p.test/rss"),
        ("www.p.test", "https://www.p.test"),
        ("//p.test/rss", "https://p.test/rss"),
        ("  https://p.test/rss\n", "https://p.test/rss"),
        ("https://p.test/all news.rss", "https://p.test/all%20news.rss"),
        ("https://p.test/rss?q=<a>", "https://p.test/rss?q=<a>"),
    ],
)
def test_an_address_is_read_as_it_was_meant(written: str, meant: str) -> None:
    found = read(outline(written))
    assert (feeds(found), found.left_out) == ([meant], [])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Caf&eacute; &amp; Tea", "Café & Tea"),
        ("Bread&nbsp;&mdash; daily", "Bread — daily"),
        ("Johnson & Sons < News", "Johnson & Sons < News"),
        ('The "Post" daily', 'The "Post" daily'),
        ("Tide &amp;amp; Tern &amp;#8217;s", "Tide & Tern ’s"),
    ],
)
def test_entities_and_marks_do_not_cut_titles(written: str, meant: str) -> None:
    found = read(outline("https://p.test/rss", title=written), outline("https://q.test/rss"))
    assert [source.title for source in found.sources] == [meant, "The Paper"]


@pytest.mark.parametrize(
    "written",
    [
        "<outline type=rss text=Paper xmlUrl=https://p.test/rss?a=1&b=2 htmlUrl=https://p.test/>",
        "<outline type=rss text='Paper' xmlUrl=https://p.test/rss?a=1&amp;b=2 htmlUrl = https://p.test ></outline>",
        '<outline type="rss" title="a=b c=d" text=Paper xmlUrl="https://p.test/rss?a=1&amp;b=2"/>',
    ],
)
def test_attributes_without_quotes_are_read(written: str) -> None:
    assert feeds(read(written)) == ["https://p.test/rss?a=1&b=2"]


def test_outlines_that_are_left_out_are_listed_without_passwords() -> None:
    found = read(
        outline("https://ada:s3cret@p.test/rss", title="Private"),
        outline("file:///etc/passwd", title="File"),
        outline("javascript:alert(1)", title="Script"),
        '<outline type="rss" text="Nothing" htmlUrl="https://n.test/"/>',
        "<outline text='a'>" * 25 + outline("https://deep.test/", title="Deep") + "</outline>" * 25,
        outline("https://p.test/rss"),
    )
    assert feeds(found) == ["https://p.test/rss"]
    assert [one.title for one in found.left_out] == ["Private", "File", "Script", "Nothing", "a"]
    assert "s3cret" not in repr(found.left_out)
    assert "credentials" in found.left_out[0].why


def test_publishers_on_one_feed_host_are_sources_of_their_own() -> None:
    shared = "https://feeds.shared.test"
    found = read(
        outline(f"{shared}/one", title="One"),
        outline(f"{shared}/two", title="Two"),
        outline(f"{shared}/1b", title="One"),
    )
    assert [(source.title, len(source.watched)) for source in found.sources] == [("One", 2), ("Two", 1)]
    assert len({source.home for source in found.sources}) == 2
    merged = merge_opml(found.sources, [], guessed=found.guessed)
    later = read(outline(f"{shared}/three", title="Three"))
    assert [one.title for one in merge_opml(later.sources, merged, guessed=later.guessed)] == ["Three"]
    assert merge_opml(found.sources, merged, guessed=found.guessed) == merged


def test_a_site_that_is_named_gathers_its_feeds_whatever_their_titles() -> None:
    site = "https://p.test/"
    found = read(outline("https://p.test/a", title="P: Sport", site=site))
    known = [Source("p", "P", "https://www.p.test", watched=(WatchedPage("https://p.test/rss", "feed"),))]
    (merged,) = merge_opml(found.sources, known, guessed=found.guessed)
    assert (merged.name, len(merged.watched)) == ("p", 2)


@pytest.mark.parametrize(
    "outlines",
    [
        (outline("https://thief.test/rss", site="https://p.test/"),),
        (outline("https://thief.test/rss", site="https://thief.test/"), outline("https://p.test/rss", site="https://thief.test/")),
    ],
)  # fmt: skip
def test_a_file_adds_no_feed_of_another_site_to_a_known_source(outlines: tuple[str, ...]) -> None:
    """What a source watches may speak for its site: a stranger's file could have its own feed date the pages of another."""
    known = [Source("p", "P", "https://p.test/", watched=(WatchedPage("https://p.test/rss", "feed"),))]
    found = read(*outlines)
    first, other = merge_opml(found.sources, known, guessed=found.guessed)
    assert first.watched == known[0].watched
    assert (other.home, [page.url for page in other.watched]) == ("https://thief.test/", ["https://thief.test/rss"])
    again = merge_opml(found.sources, [first, other], guessed=found.guessed)
    assert all(one in (first, other) for one in again)


def test_thousands_of_feeds_are_merged_in_time_that_grows_with_their_number() -> None:
    found = [
        Source(f"p{i}", f"Paper {i}", f"https://p{i}.test/", watched=(WatchedPage(f"https://p{i}.test/rss", "feed"),))
        for i in range(3_000)
    ]
    began = time.process_time()
    assert len(merge_opml(found, found[:1_500])) == 3_000
    assert time.process_time() - began < 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1"])
def test_any_encoding_is_read(encoding: str) -> None:
    declared = "" if encoding == "utf-16-le" else f"<?xml version='1.0' encoding='{encoding.removesuffix('-sig')}'?>"
    found = read(outline("https://p.test/rss", title="Zürcher Bote"), encoding=encoding, head=declared)
    assert [source.title for source in found.sources] == ["Zürcher Bote"]


def test_folders_and_names_come_back_as_they_were() -> None:
    first = read(
        '<outline text="Local, regional &amp; more"><outline text="A/B">'
        + outline("https://feeds.test/1", title="One")
        + "</outline>"
        + outline("https://feeds.test/2", title="Two")
        + "</outline>",
        outline("https://p.test/rss", title="One", site="https://p.test/"),
    )
    again = read_opml(write_opml(first.sources).encode())
    assert {one.name: one for one in again.sources} == {one.name: one for one in first.sources}
    assert first.sources[0].tags == ("Local, regional & more", "A/B")
    named = Source(
        "bbc", "BBC News", "https://b.test/", tags=("uk",), watched=(WatchedPage("https://b.test/f", "feed"),)
    )
    assert read_opml(write_opml([named]).encode()).sources == [named]


def test_a_file_that_was_cut_off_says_so_and_gives_no_piece_of_an_address() -> None:
    whole = f"<?xml version='1.0'?>\n<opml version='2.0'><body>{outline('https://a.test/feed')}{outline('https://b.test/feed')}</body></opml>"
    end = whole.index("</opml>")
    assert not read_opml(whole.encode()).left_out
    for cut in range(whole.index("/>") + 2, end + 1):
        found = read_opml(whole[:cut].encode())
        assert "cut off" in found.left_out[-1].why, whole[:cut]
        assert set(feeds(found)) <= {"https://a.test/feed", "https://b.test/feed"}
    with pytest.raises(ConfigError, match=r"no feed.*\n.*cut off"):
        read_opml(b"<opml><head><title>Mine</title></head><body><outline text='A'")


@pytest.mark.parametrize("root", ["OPML", "o:opml", "outlines"])
def test_a_file_that_ends_with_its_root_was_not_cut_off(root: str) -> None:
    declared = ' xmlns:o="urn:o"' if ":" in root else ""
    written = f"<{root}{declared}>{outline('https://a.test/feed')}</{root}>\n<!-- made today -->"
    assert not read_opml(written.encode("utf-16")).left_out
