"""Feeds of every dialect, and the ways in which they are ill-formed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crawler.discovery.discover import discover
from crawler.discovery.limits import DiscoveryLimits
from dateline.instants import is_plausible, read_instant
from dateline.types.article import Candidate
from dateline.types.source import Discovery
from dateline.urls import url_key

PAGES = Path(__file__).parent / "pages"
NOW = dt.datetime(2026, 5, 12, 12, tzinfo=dt.UTC)
CEST = dt.timezone(dt.timedelta(hours=2))


def read(body: bytes | str, *, limits: DiscoveryLimits | None = None, content_type: str | None = None) -> Discovery:
    raw = body.encode() if isinstance(body, str) else body
    return discover(
        raw,
        url="https://harbour.example/rss",
        content_type=content_type,
        kind="feed",
        now=NOW,
        limits=limits or DiscoveryLimits(),
    )


def items(*inner: str, head: str = "") -> str:
    return f"<rss version='2.0'><channel>{head}{''.join(f'<item>{item}</item>' for item in inner)}</channel></rss>"


def only(found: Discovery) -> Candidate:
    (candidate,) = found.candidates
    return candidate


def test_rss_gives_links_titles_dates_people_and_tags() -> None:
    found = read((PAGES / "rss20.xml").read_bytes())
    assert found.candidates[0] == Candidate(
        url="https://harbour.example/news/2026/05/12/old-bridge-opens?utm_source=rss",
        via="rss",
        title="Old bridge opens & trams return",
        published_at=dt.datetime(2026, 5, 12, 8, 30, tzinfo=CEST),
        summary="The bridge over the inner harbour opened at dawn. It rained.",
        guid="hc-1001",
        authors=("Ada Pell", "Tom Reyes"),
        tags=("Port", "City"),
    )
    assert found.candidates[0].published_at.utcoffset() == dt.timedelta(hours=2)


def test_rss_links_are_the_original_or_a_permalink_and_never_an_enclosure() -> None:
    found = read((PAGES / "rss20.xml").read_bytes())
    assert [page.url.rpartition("/")[2] for page in found.candidates[1:]] == ["ferry-strike-ends", "only-a-permalink"]
    assert found.candidates[1].authors == ("Ines Vogt",)
    assert found.candidates[2].published_at is None
    assert set(found.warnings) == {
        "1 entry with an implausible date",
        "1 entry without a link to an article",
        "1 entry with the link of another",
    }


def test_rss_gives_its_polling_interval_and_its_hub() -> None:
    found = read((PAGES / "rss20.xml").read_bytes())
    assert (found.found_kind, found.title, found.language) == ("feed", "Harbour Courier", "en-GB")
    assert (found.polling_hints.interval, found.hub_url) == (dt.timedelta(minutes=15), "https://hub.example/")
    assert found.self_url == "https://harbour.example/rss"


@pytest.mark.parametrize(
    ("name", "via", "url", "published_at"),
    [
        ("rss091.xml", "rss", "http://quay.example/crane.html", None),
        ("rss10.rdf", "rdf", "https://minato.example/articles/hashi.html", "2026-05-12T08:30:00+09:00"),
        ("atom10.xml", "atom", "https://puerto.example/noticias/puente-viejo.html", "2026-05-12T08:30:00-03:00"),
        ("feed.json", "json_feed", "https://harbour.example/articles/vieux-pont", "2026-05-12T08:30:00+02:00"),
    ],
)
def test_every_dialect_gives_its_first_entry(name: str, via: str, url: str, published_at: str | None) -> None:
    first = read((PAGES / name).read_bytes()).candidates[0]
    at = first.published_at.isoformat() if first.published_at else None
    assert (first.via, first.url, at) == (via, url, published_at)
    assert first.title


def test_atom_gives_the_article_link_and_a_separate_modification_date() -> None:
    found = read((PAGES / "atom10.xml").read_bytes())
    first, second = found.candidates
    assert (first.title, first.authors, first.tags) == ("Reabre el puente viejo", ("Lucía Prado",), ("Ciudad",))
    assert first.modified_at == first.published_at + dt.timedelta(minutes=30)
    assert (second.url, second.published_at) == ("https://puerto.example/noticias/ferry.html", None)
    assert second.modified_at == dt.datetime(2026, 5, 11, 10, tzinfo=dt.UTC)
    assert (found.title, found.language) == ("El Puerto", "es-ES")


def test_json_feed_tolerates_wrong_types() -> None:
    found = read((PAGES / "feed.json").read_bytes())
    first, second = found.candidates
    assert (first.guid, first.tags, first.authors) == ("12", ("Ville",), ("Léa Morin",))
    assert (second.summary, second.authors) == ("Les ferries repartent.", ("Jean Ruel",))
    assert second.title is None
    assert found.hub_url == "https://hub.example/quai"


def test_update_period_over_frequency_is_the_interval() -> None:
    assert read((PAGES / "rss10.rdf").read_bytes()).polling_hints.interval == dt.timedelta(hours=6)
    assert read(items(head="<ttl>999999</ttl>")).polling_hints.interval == dt.timedelta(days=7)
    assert read(items(head="<ttl>soon</ttl>")).polling_hints.interval is None


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        pytest.param(("&amp;amp;", "& &nbsp;"), 3, id="bare ampersand, HTML entity"),
        pytest.param(('xmlns:dc="http://purl.org/dc/elements/1.1/"', ""), 3, id="undeclared prefix"),
        pytest.param(("<ttl>15</ttl>", "<ttl>15</tt>"), 3, id="wrong end tag"),
        pytest.param(("Ferry strike ends (", "\x00\x0bFerry strike ends ("), 3, id="control characters"),
        pytest.param((' version="2.0"', " version=2.0"), 3, id="a value without quotes"),
        pytest.param(("</rss>", "</rss><script>count()</script>"), 3, id="junk behind"),
        pytest.param(("<?xml version", "Warning: line 3 of feed.php <br>\n<?xml version"), 3, id="junk before"),
        pytest.param(("ferry-strike-ends</link>", "ferry-str"), 4, id="an end tag missing"),
    ],
)
def test_ill_formed_feeds_give_their_readable_entries_and_a_warning(damage: tuple[str, str], expected: int) -> None:
    whole = (PAGES / "rss20.xml").read_text(encoding="utf-8").strip()
    assert damage[0] in whole
    found = read(whole.replace(*damage))
    assert len(found.candidates) == expected
    assert not any("<string>" in warning for warning in found.warnings), found.warnings
    assert any("ill-formed" in warning or "XML" in warning for warning in found.warnings)
    assert found.candidates[0].title.startswith("Old bridge opens")


@pytest.mark.parametrize(
    "junk",
    [
        "<br />\n<b>Warning</b>: Undefined index in <b>/srv/feed.php</b> on line <b>3</b><br />\n",
        "<script type='text/javascript'>document.write('<rss>' + \"<feed>\")</script>",
        "<style>rss > item { color: red }</style>\n\n",
        "<div class='notice'>Deprecated: <!-- <rss> --> strftime()</div>",
        "<!DOCTYPE html><html><head><title>x</title></head><body>hello <rss></body></html>\n",
        "<html><body><p>Notice</p>",
        "\ufeff\n\ufeff<pre>",
    ],
)
def test_junk_before_the_root_is_skipped_with_a_warning(junk: str) -> None:
    whole = (PAGES / "rss20.xml").read_text(encoding="utf-8").strip()
    found = read(junk + whole, content_type="text/html")
    assert (found.found_kind, len(found.candidates)) == ("feed", 3)
    assert "text before the XML" in found.warnings


def test_junk_before_a_sitemap_and_a_json_feed_is_skipped() -> None:
    sitemap = read("<br><b>Notice</b>: x" + (PAGES / "news_sitemap.xml").read_text(encoding="utf-8"))
    assert sitemap.found_kind == "news_sitemap" and sitemap.candidates
    json = read("<br />\n<b>Warning</b>: x {y} in <b>f</b><br />\n" + (PAGES / "feed.json").read_text(encoding="utf-8"))
    assert json.found_kind == "feed" and json.candidates


def test_a_feed_that_is_cut_off_gives_its_whole_entries_and_no_half_link() -> None:
    whole = (PAGES / "rss20.xml").read_text(encoding="utf-8").strip()
    found = read(whole[: whole.index("ferry-strike-ends") + 5])
    assert only(found).guid == "hc-1001"
    assert any("cut off" in warning for warning in found.warnings)


def test_repeated_attributes_and_items_outside_a_channel_cost_nothing() -> None:
    broken = (
        "<rss a='1' a='2'><item b='1' b='2'><title>Bridge</title><link>/b?x=1&y=2</link><pubDate>12 May 2026</pubDate>"
    )
    found = only(read(f"{broken}</item></rss>"))
    assert (found.url, found.title) == ("https://harbour.example/b?x=1&y=2", "Bridge")
    assert found.published_at == dt.datetime(2026, 5, 12, tzinfo=dt.UTC)


def test_entities_survive_a_fault_elsewhere() -> None:
    """libxml2's recovery dropped every "&amp;" behind the first fault: "?x=1y=2"."""
    link = "<link>/b?x=1&amp;y=2</link><title>A &lt; B &eacute; &unknown; <![CDATA[&amp; C]]></title>"
    found = only(read(f"<rss><channel a='1' a='2'><item>{link}</item></channel></rss>"))
    assert (found.url, found.title) == ("https://harbour.example/b?x=1&y=2", "A < B é &unknown; & C")


def test_entries_with_unclosed_tags_become_separate_entries() -> None:
    found = read(
        "<rss><channel><item><title>One<item><link>/2</link></item></title><link>/1</link></item></channel></rss>"
    )
    assert {page.url.rpartition("/")[2] for page in found.candidates} == {"1", "2"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251", "koi8-r"])
@pytest.mark.parametrize("header", [None, "application/rss+xml", "text/xml; charset=iso-8859-1"])
def test_the_charset_is_the_one_that_fits(encoding: str, header: str | None) -> None:
    if encoding in {"windows-1251", "koi8-r"} and header and "charset" in header:
        header = f"text/xml; charset={encoding}"
    feed = f"<?xml version='1.0' encoding='{encoding}'?>" + items("<link>/a</link><title>Мост открыли утром</title>")
    assert only(read(feed.encode(encoding), content_type=header)).title == "Мост открыли утром"


def test_items_of_one_page_and_items_without_a_link_are_articles_of_their_own() -> None:
    bulletins = [
        f"<title>Bulletin {n}</title><link>/bulletins#b{n}</link><description>Wind {n}</description>" for n in range(3)
    ]
    found = read(
        items(*bulletins, "<title>Notice</title><description>The pier is closed.</description><guid>n-1</guid>")
    )
    assert [(page.title, page.summary, page.is_item) for page in found.candidates] == [
        ("Bulletin 0", "Wind 0", True),
        ("Bulletin 1", "Wind 1", True),
        ("Bulletin 2", "Wind 2", True),
        ("Notice", "The pier is closed.", True),
    ]
    urls = [page.url for page in found.candidates]
    assert urls[0] == "https://harbour.example/bulletins#!b0" and urls[3].startswith(
        "https://harbour.example/rss#!item-"
    )
    assert len({url_key(url) for url in urls}) == 4
    assert read(items(*bulletins)).candidates == found.candidates[:3]


@pytest.mark.parametrize(
    "links",
    [
        ("/a#comments", "/a"),
        ("/a#xtor=RSS-1", "/b#xtor=RSS-1"),
        ("/a", "/a"),
    ],
)
def test_one_article_that_is_named_twice_is_no_item(links: tuple[str, str]) -> None:
    found = read(items(*(f"<title>The pier opens</title><link>{link}</link>" for link in links)))
    assert not any(page.is_item for page in found.candidates)


def test_an_entry_that_shares_a_link_is_counted() -> None:
    found = read(items("<title>One</title><link>/a</link>", "<title>Two</title><link>/a</link>"))
    assert (only(found).title, found.warnings) == ("One", ("1 entry with the link of another",))


def paths(found: Discovery) -> set[str]:
    return {page.url.rpartition("/")[2] for page in found.candidates}


def day(number: int) -> str:
    return f"<link>/{number}</link><pubDate>{dt.date(2026, 4, 1) + dt.timedelta(days=number)}</pubDate>"


FIVE = DiscoveryLimits(max_entries=5)


@pytest.mark.parametrize("order", [range(30), range(29, -1, -1), [*range(15, 30), *range(15)]])
def test_of_more_entries_than_the_cap_the_newest_are_read(order: list[int]) -> None:
    found = read(items(*map(day, order)), limits=FIVE)
    assert paths(found) == {"25", "26", "27", "28", "29"}
    assert found.warnings == ("25 entries beyond 5",)


def test_of_undated_entries_beyond_the_cap_both_ends_are_read() -> None:
    found = read(items(*(f"<link>/{number}</link>" for number in range(30))), limits=FIVE)
    assert paths(found) == {"0", "1", "2", "28", "29"}


def test_an_entry_from_the_future_does_not_displace_a_new_one() -> None:
    pinned = "<link>/pinned</link><pubDate>Tue, 12 May 2099 08:00:00 GMT</pubDate>"
    assert paths(read(items(pinned, *map(day, range(30))), limits=FIVE)) == {"25", "26", "27", "28", "29"}


def test_of_a_long_json_feed_the_newest_are_read() -> None:
    entries = ",".join(f'{{"url": "/{n}", "date_published": "2026-04-{n + 1:02}T08:00:00Z"}}' for n in range(30))
    assert paths(read(f'{{"items": [{entries}]}}', limits=FIVE)) == {"25", "26", "27", "28", "29"}


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("AT&amp;amp;T &amp;#8217;s", "AT&T ’s"),
        ("&lt;b&gt;Bold&lt;/b&gt;ly", "Boldly"),
        ("2 &lt; 3 &amp;amp; 4 &gt; 3", "2 < 3 & 4 > 3"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two", "One Two"),
        ("  a\n\n b  ", "a b"),
        ("<![CDATA[&quot;Quoted&quot;]]>", '"Quoted"'),
    ],
)
def test_titles_are_text(raw: str, title: str) -> None:
    assert only(read(items(f"<link>/a</link><title>{raw}</title>"))).title == title


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/hostname", "http://", "https://[", "mailto:a@b.example", "", "#x"]
)
def test_links_that_can_not_be_fetched_give_no_candidate(link: str) -> None:
    found = read(items(f"<title>x</title><link>{link}</link>"))
    assert found.candidates == ()
    assert found.warnings == ("1 entry without a link to an article",)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-05-12T08:30:00+02:00", "2026-05-12T08:30:00+02:00"),
        ("2026-05-12T08:30Z", "2026-05-12T08:30:00+00:00"),
        ("2026-05-12 08:30:00 +0200", "2026-05-12T08:30:00+02:00"),
        ("2026-05-12T08:30:00+02", "2026-05-12T08:30:00+02:00"),
        ("2026-05-12", "2026-05-12T00:00:00+00:00"),
        ("Tue, 12 May 2026 08:30:00 -0300", "2026-05-12T08:30:00-03:00"),
        ("Tue, 12 May 2026 08:30 CEST", "2026-05-12T08:30:00+02:00"),
        ("12 May 26 08:30:00 EST", "2026-05-12T08:30:00-05:00"),
        ("Tue, 12 May 2026 8:30:00 PM +0200", "2026-05-12T20:30:00+02:00"),
        ("Tue, 12 May 2026 12:05:00 AM GMT", "2026-05-12T00:05:00+00:00"),
        ("Tue, 12 May 2026", "2026-05-12T00:00:00+00:00"),
        ("2026/05/12 8:30", "2026-05-12T08:30:00+00:00"),
        ("12.05.2026 08:30", "2026-05-12T08:30:00+00:00"),
        ("May 12, 2026 8:30 AM", "2026-05-12T08:30:00+00:00"),
        ("Tue May 12 08:30:00 2026", "2026-05-12T08:30:00+00:00"),
        ("Tue, 32 May 2026 08:30:00 GMT", None),
        ("0000-00-00 00:00:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_keep_the_publishers_offset(raw: str, expected: str | None) -> None:
    found = read_instant(raw)
    assert (found.at.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("1989-12-31T23:00:00+00:00", False),
        ("1990-01-01T00:00:00+00:00", True),
        ("2026-05-13T12:00:00+00:00", True),
        ("2026-05-13T12:00:01+00:00", False),
        ("9999-12-31T23:59:59-23:00", False),
        ("0001-01-01T00:00:00+23:00", False),
    ],
)
def test_plausible_is_after_1990_and_a_day_ahead_at_most(at: str, expected: bool) -> None:
    assert is_plausible(dt.datetime.fromisoformat(at), NOW) is expected


ENTRY = "<entry><title>Notice {n}</title><id>tag:harbour.example:{n}</id><updated>2026-05-12T0{n}:00:00Z</updated>{text}</entry>"
XHTML = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Gale {n}.</p><p>Stay &amp; wait.</p></div></content>'


@pytest.mark.parametrize(
    "text",
    [
        XHTML,
        '<content type="html">&lt;p>Gale {n}.&lt;/p>&lt;p>Stay &amp;amp; wait.&lt;/p></content>',
        "<summary/><content>&lt;div>Gale {n}.&lt;/div>Stay &amp;amp; wait.</content>",
    ],
)
def test_an_item_without_a_summary_has_the_text_of_its_content(text: str) -> None:
    entries = "".join(ENTRY.replace("{text}", text).replace("{n}", str(n)) for n in (1, 2))
    found = read(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title>{entries}</feed>")
    assert [(one.summary, one.is_item) for one in found.candidates] == [
        ("Gale 1.\n\nStay & wait.", True),
        ("Gale 2.\n\nStay & wait.", True),
    ]


def test_an_rss_item_without_a_description_has_the_text_of_its_content() -> None:
    head = "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
    item = "<item><title>Gale</title><content:encoded><![CDATA[<p>Gale.</p><ul><li>Stay.</li></ul>]]></content:encoded></item>"
    assert only(read(f"{head}{item}</channel></rss>")).summary == "Gale.\n\nStay."


def test_links_into_a_page_that_scripts_draw_are_items() -> None:
    """No server ever sees what follows the #!: it would answer each of them with the same empty page."""
    bulletins = [
        f"<title>Bulletin {n}</title><link>/app#!/n/{n}</link><description>Wind {n}</description>" for n in (1, 2)
    ]
    assert [(one.summary, one.is_item) for one in read(items(*bulletins)).candidates] == [
        ("Wind 1", True),
        ("Wind 2", True),
    ]
    assert not only(read(items(bulletins[0]))).is_item


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("harbour.example/a", "https://harbour.example/a"),
        (" www.harbour.example/a", "https://www.harbour.example/a"),
        ("other.example/a", "https://harbour.example/other.example/a"),
        ("story.html", "https://harbour.example/story.html"),
        ("2026.05/a", "https://harbour.example/2026.05/a"),
    ],
)
def test_a_link_that_begins_with_the_feeds_own_site_lacks_only_its_scheme(link: str, url: str) -> None:
    assert only(read(items(f"<title>x</title><link>{link}</link>"))).url == url
