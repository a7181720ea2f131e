"""Which of a page's dates is that of publication, and which belongs to a comment, a teaser, an event or a change.

Long because it is mostly tables of pages.
"""

from __future__ import annotations

import datetime as dt
import time

import pytest

from dateline.html import parse_html
from dateline.types.article import Candidate, Hints
from pipelines.extract.dates import Dates
from pipelines.extract.metadata import read_metadata

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
TITLE = "Ferry pier to be rebuilt before autumn"
STORY = "".join(
    f"<p>Paragraph {n} tells of the harbour, the boats that lie there, and of all who waited through the winter for the"
    " council to decide what is to become of the old pier, which a storm broke apart in March.</p>"
    for n in range(6)
)
URL = "https://lanternpost.example/city/pier"


def dates(
    above: str = "",
    below: str = "",
    head: str = "",
    *,
    beside: str = "",
    before: str = "",
    lang: str = "en",
    url: str = URL,
    hints: Hints | None = None,
) -> Dates:
    page = (
        f"<html lang={lang}><head><meta charset=utf-8><title>{TITLE} | Lantern Post</title>{head}</head><body>{before}"
        f"<main><article><h1>{TITLE}</h1>{above}<div class=body>{STORY}</div>{below}</article></main>{beside}</body></html>"
    )
    return read_metadata(parse_html(page.encode()), url, hints or Hints(), NOW).dates


@pytest.mark.parametrize(
    ("lang", "markup", "iso"),
    [
        ("en", "<p class=meta>By Ada Quill | May 4, 2026</p>", "2026-05-04"),
        ("en", "<span>4 May 2026</span>", "2026-05-04"),
        ("en", "<p>MORROW, May 4, 2026 (MP) \u2014 The council voted to rebuild the pier.</p>", "2026-05-04"),
        (
            "en",
            "<div><a href=/x><time class='entry-date published' datetime=2026-05-04T18:30:00Z>May 4, 2026</time>"
            "<time class=updated datetime=2026-05-06>May 6, 2026</time></a></div>",
            "2026-05-04T18:30:00+00:00",
        ),
        ("en", "<p>Reviewed 6 May 2026</p><p>4 May 2026</p>", "2026-05-04"),
        ("en", "<p>4 May 2026 at 0630 GMT</p>", "2026-05-04T06:30:00+00:00"),
        ("ja", "<p>公開日時 2026/05/04 18:30 更新日時 2026/05/06 10:00</p>", "2026-05-04T18:30:00+00:00"),
        ("en", "<span class=ago title='2026-05-04T18:30:00+02:00'>weeks ago</span>", "2026-05-04T18:30:00+02:00"),
        ("en", "<b data-published-date='2026-05-04T18:30:00+02:00'>weeks ago</b>", "2026-05-04T18:30:00+02:00"),
        (
            "en",
            "<relative-time datetime='2026-05-04T18:30:00+02:00'>May 4</relative-time>",
            "2026-05-04T18:30:00+02:00",
        ),
        ("ja", "<p>2026年5月4日 18時30分 公開／2026年5月6日 8時00分 更新</p>", "2026-05-04T18:30"),
        ("th", "<span>4 พ.ค. 69</span>", "2026-05-04"),
        ("en", "<div class=posted-on>Posted on <b>May 4th, 2026</b> in News</div>", "2026-05-04"),
        ("en", "<div class=date><span>04</span> <span>May</span> <span>2026</span></div>", "2026-05-04"),
        ("en", "<time datetime='2026-05-04T18:30:00+02:00'>4 hours ago</time>", "2026-05-04T18:30:00+02:00"),
        ("en", "<time>May 4, 2026 at 6:30 p.m. ET</time>", "2026-05-04T18:30:00-04:00"),
        ("en", "<abbr class=published title='2026-05-04T03:55:00-07:00'>3:55 AM</abbr>", "2026-05-04T03:55:00-07:00"),
        (
            "en",
            "<span itemprop=datePublished content='2026-05-04T03:55:00Z'>Monday</span>",
            "2026-05-04T03:55:00+00:00",
        ),
        (
            "en",
            "<time class='entry-date published updated' datetime='2026-05-04T03:55:00Z'>x</time>",
            "2026-05-04T03:55",
        ),
        ("en", "<p>Published: 4 May 2026 | Updated: 6 May 2026</p>", "2026-05-04"),
        ("en", "<p>Updated: 6 May 2026. First published: 4 May 2026</p>", "2026-05-04"),
        (
            "en",
            "<p>Last updated <time datetime=2026-05-06>6 May</time></p><p>Published <time>4 May 2026</time></p>",
            "2026-05-04",
        ),
        ("es", "<span class=fecha>4 de mayo de 2026</span>", "2026-05-04"),
        (
            "es",
            "<time itemprop=dateModified datetime=2026-05-06>04/05/2026 01:57 | Actualizado a 06/05/2026 19:20</time>",
            "2026-05-04",
        ),
        ("fr", "<p>Publi\u00e9 le 4 mai 2026 \u00e0 18h30, mis \u00e0 jour le 6 mai 2026</p>", "2026-05-04T18:30"),
        ("de", "<p>Ver\u00f6ffentlicht am 04.05.2026, aktualisiert am 06.05.2026</p>", "2026-05-04"),
        ("it", "<p>Pubblicato il 4 maggio 2026 - Aggiornato il 6 maggio 2026</p>", "2026-05-04"),
        ("ru", "<div class=news-date>4 \u043c\u0430\u044f 2026, 18:30</div>", "2026-05-04T18:30"),
        (
            "fa",
            "<span class=date>\u06f1\u06f4 \u0627\u0631\u062f\u06cc\u0628\u0647\u0634\u062a \u06f1\u06f4\u06f0\u06f5</span>",
            "2026-05-04",
        ),
        ("th", "<span>4 \u0e1e.\u0e04. 2569</span>", "2026-05-04"),
        ("ko", "<span>\uc785\ub825 2026.05.04 18:30 | \uc218\uc815 2026.05.06 10:00</span>", "2026-05-04T18:30"),
        ("ja", "<p>2026\u5e745\u67084\u65e5 18\u664230\u5206</p>", "2026-05-04T18:30"),
        (
            "zh",
            "<p>\u53d1\u5e03\u65f6\u95f4\uff1a2026-05-04 18:30 \u66f4\u65b0\uff1a2026-05-06</p>",
            "2026-05-04T18:30",
        ),
    ],
)
def test_the_visible_date_by_the_headline_is_that_of_publication(lang: str, markup: str, iso: str) -> None:
    published = dates(markup, lang=lang).published
    assert published is not None and published.at.isoformat().startswith(iso)


OTHERS = [
    "<section class=comments><div><time datetime=2026-05-09T10:09:00Z>8 hours ago</time></div></section>",
    "<ol id=comment-list><li class=comment>Bo Lund, May 9, 2026 at 10:09</li></ol>",
    "<div class=side><a href=/island/77>When the pier was young</a><time datetime=2019-01-01>1 Jan 2019</time></div>",
    "<ul class=river><li><a href=/a/1>Seals counted off the cape</a> <span>May 9, 2026</span></li></ul>",
    "<div class=box><h3><a href=/a/2>Library opens a second room</a></h3><p>9 May 2026</p></div>",
    "<div class=related-articles><time datetime=2026-05-09>9 May 2026</time></div>",
    "<footer>\u00a9 2026 Lantern Post. Page made on May 9, 2026</footer>",
    "<aside class=event><time datetime=2026-06-09>9 June 2026</time></aside>",
    "<div itemscope itemtype=https://schema.org/Event><time datetime=2026-06-09>9 June 2026</time></div>",
    "<nav><span>May 9, 2026</span></nav>",
    "<div>Site last updated: 9 May 2026</div>",
    "<p>Page generated on 9 May 2026</p>",
    "<div id=clock><span>09.05.2026</span> 12 \u00b0C</div>",
    "<div class=next-post><b>Next</b><h4>Seals counted</h4><span>9 May 2026</span></div>",
    "<blockquote>Gone! Bo (@bo) <a href=/t/1>March 12, 2024</a></blockquote>",
    "<p>On 12 March 2024 the pier broke.</p>",
    "<h2>12 March 2024</h2>",
    "<ul><li>12 March 2024: the pier breaks</li></ul>",
    "<p class=note>The photo was taken on 9 May 2026</p>",
    "<p>The bridge was closed on 12 March 2024, and the council met about it for the first time.</p>",
]


@pytest.mark.parametrize("other", OTHERS)
def test_dates_of_something_else_are_not_the_articles(other: str) -> None:
    assert dates(beside=other).published is None
    own = dates("<p>4 May 2026</p>", beside=other).published
    assert own is not None and own.at.date() == dt.date(2026, 5, 4)


@pytest.mark.parametrize("other", OTHERS)
def test_nor_within_the_article(other: str) -> None:
    if "<footer" not in other and "<nav" not in other:
        assert dates(below=other).published is None


def test_the_sites_header_shows_today() -> None:
    assert (
        dates(before="<header class=site-header><span class=date>Wednesday, July 1, 2026</span></header>").published
        is None
    )


def test_a_date_that_ends_the_text_is_the_articles() -> None:
    published = dates(below="<p align=right><i>Morrow, 4 May 2026</i></p>").published
    assert published is not None and published.at.day == 4


def test_a_line_before_the_articles_own_place_is_the_sites() -> None:
    assert dates(before="<div>Wednesday, July 1, 2026</div>").published is None


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="event:start_time" content="2026-05-06T19:20:45+02:00">',
        '<script type="application/ld+json">{"@type":"VideoObject","name":"A storm","uploadDate":"2026-05-06"}</script>',
    ],
)
def test_an_event_or_a_video_within_dates_nothing(head: str) -> None:
    assert dates(head=head).published is None


@pytest.mark.parametrize(
    ("head", "above", "day"),
    [
        ('<meta name="published" content="May 4, 2026"><meta name="created" content="2026-05-02">', "", 4),
        ('<meta name="published-time" content="2026-06-09"><meta name="published-date" content="2026-05-04">', "", 4),
        (
            "",
            "<div vocab=https://schema.org/ typeof=NewsArticle><b property=datePublished content=2026-05-04>x</b></div>",
            4,
        ),
        ("", "<p>Mon<span property='dc:date dc:created' content='2026-05-04T18:30:00+02:00'></span></p>", 4),
        ('<meta property="article:published_time" content="2062-05-06T18:30:00Z">', "<p>4 May 2026</p>", 4),
        ('<meta property="og:regDate" content="20260504183000">', "", 4),
        ("""<meta name="parsely-page" content='{"pub_date": "2026-05-04T18:30:00Z"}'>""", "", 4),
        ('<meta name="displaydate" content="2026-05-04">', "", 4),
        ('<meta name="article: post_time" content="2026-05-04">', "", 4),
        ('<meta name="weibo: article:create_at" content="2026-05-04 18:30">', "", 4),
        ('<meta name="publishedAtDate" content="2026-05-04">', "", 4),
        ("", "<p><b aria-label='Published May 4, 2026 at 6:30 PM UTC'>May 4</b></p>", 4),
        ("", "<b data-original-title='4 May 2026 18:30'>weeks ago</b>", 4),
        (
            "",
            "<p>Publicerad <time datetime=2026-05-04>4 maj</time> Uppdaterad <time datetime=2026-05-05>5 maj</time></p>",
            4,
        ),
        ('<meta property="article:published_time" value="2026-05-04">', "", 4),
        ("", "<p><b>Stand: 05.05.2026</b> <i>Erstellt: 04.05.2026</i></p>", 4),
        ("", "<p>Stand: 06.05.2026, 10:00 Uhr<br>Erstmals veröffentlicht: 04.05.2026</p>", 4),
        ("", "<div><h3>Published</h3><p><time datetime=2026-05-04>4 May</time></p></div><p>6 May 2026</p>", 4),
        ("", "<span class=caption-large itemprop=datePublished><time>4 May 2026</time></span>", 4),
    ],
)
def test_the_publication_is_found_under_other_names(head: str, above: str, day: int) -> None:
    published = dates(above, head=head).published
    assert published is not None and published.at.day == day


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type":"NewsArticle","dateModified":"2026-05-06T19:20:45+02:00"}</script>',
        '<meta property="article:modified_time" content="2026-05-06T19:20:45+02:00">',
        '<meta property="og:updated_time" content="2026-05-06T19:20:45+02:00">',
        '<meta property="cms:last_published" content="2026-05-06T19:20:45+02:00">',
    ],
)
def test_a_declared_change_is_no_publication(head: str) -> None:
    found = dates("<p>Updated 6 May 2026</p>", head=head)
    assert found.published is None
    assert found.modified is not None and found.modified.at.day == 6


@pytest.mark.parametrize("line", ["4 Maggio 2026 - Aggiornato alle 19:30", "Published May 4, 2026, updated 7:30 p.m."])
def test_the_clock_of_a_change_is_not_that_of_publication(line: str) -> None:
    found = dates(f"<p>{line}</p>").published
    assert found and (found.at.date(), found.precision) == (dt.date(2026, 5, 4), "day")


def test_a_visible_change_alone_gives_its_day() -> None:
    found = dates("<p>Last updated: 6 May 2026, 18:30</p>")
    assert found.modified is not None and found.modified.at.day == 6
    assert found.published is not None and found.published.precision == "day"
    assert "published date is that of a visible update" in found.warnings


def test_an_element_that_is_marked_as_the_change_never_is_the_publication() -> None:
    found = dates("<time itemprop=dateModified datetime=2026-05-06T19:20:45Z>Updated 6 May 2026</time>")
    assert found.published is None
    assert found.modified is not None and found.modified.at.day == 6


CHANGED = '{"@type":"%s","headline":"Pier","datePublished":"2026-06-09","dateModified":"2026-06-09"}'


@pytest.mark.parametrize(
    ("kind", "above", "day"),
    [
        ("BlogPosting", "<p>4 May 2026</p>", "2026-05-04"),
        ("BlogPosting", "<p>Updated 4 May 2026</p>", "2026-06-09"),
        ("BlogPosting", "<p>8 June 2026</p>", "2026-06-09"),
        ("BlogPosting", "", "2026-06-09"),
    ],
)
def test_where_the_last_change_is_declared_as_the_publication_a_visible_day_before_it_counts(
    kind: str, above: str, day: str
) -> None:
    published = dates(above, head=f'<script type="application/ld+json">{CHANGED % kind}</script>').published
    assert published is not None and published.at.date().isoformat() == day


@pytest.mark.parametrize(
    ("above", "day"),
    [
        ("<p class=post-date>4 May 2026</p>", "2026-05-04"),
        ("<p>First published on 4 May 2026</p>", "2026-05-04"),
        ("<p class=post-date>Updated 4 May 2026</p>", "2026-06-09"),
        ("<p>Saturday, 2 May 2026, 19:00, town stadium</p>", "2026-06-09"),
        ("<dl><dt>When</dt><dd>2 May 2026</dd></dl>", "2026-06-09"),
        ("<p class=post-date>8 June 2026</p>", "2026-06-09"),
        ("<p class=post-date>12 June 2026</p>", "2026-06-09"),
    ],
)
def test_the_day_that_a_page_surely_shows_counts_before_a_later_one_that_its_system_declares(
    above: str, day: str
) -> None:
    """A move to another system often makes the day of the move that of publication."""
    published = dates(above, head='<meta property=article:published_time content="2026-06-09T08:00:00Z">').published
    assert published is not None and published.at.date().isoformat() == day


def test_an_unmarked_day_behind_the_story_is_not_believed_before_the_declared_one() -> None:
    head = '<meta property=article:published_time content="2026-06-09T08:00:00Z">'
    published = dates(below="<div class=bio><p>Ada Pell</p><p>12 April 2021</p></div>", head=head).published
    assert published is not None and published.at.date().isoformat() == "2026-06-09"


@pytest.mark.parametrize(
    "above",
    [
        "4 May 2026<br>",
        "<div>Report</div>4 May 2026<div>By Ada Quill</div>",
        "<button><p class=date>Published on May 4, 2026</p></button>",
        "<div><h3>Published</h3><p><time datetime=2026-05-04>4 May</time></p>"
        "<h3>Course</h3><p><a href=/c>The pier and the sea</a></p></div>",
    ],
)
def test_a_date_may_have_no_element_of_its_own_or_stand_in_a_control_or_a_list_of_facts(above: str) -> None:
    published = dates(above).published
    assert published is not None and published.at.day == 4


def test_a_short_headline_is_no_label_of_the_date_below_it() -> None:
    page = f"<article><h1>Pier shut until autumn</h1><time datetime=2026-05-04>4 May</time>{STORY}</article>"
    published = read_metadata(parse_html(page), "", Hints(), NOW).dates.published
    assert published is not None and published.at.day == 4


def test_an_instant_has_the_publishers_own_offset_where_the_page_shows_it() -> None:
    head = '<meta property="article:published_time" content="2026-05-05T02:30:00Z">'
    published = dates("<time datetime=2026-05-04T19:30:00-07:00>May 4</time>", head=head).published
    assert published is not None and published.at.isoformat() == "2026-05-04T19:30:00-07:00"


def test_the_address_tells_the_day_from_the_month() -> None:
    published = dates("<p>03/10/2025</p>", url="https://lanternpost.example/2025/october/03/pier").published
    assert published is not None and published.at.date() == dt.date(2025, 10, 3)


def test_so_does_a_date_for_programs() -> None:
    series = "<aside><time datetime=2026-04-05>April 05, 2026</time></aside>"
    assert dates("<p>05-04-2026</p>", beside=series).published.at.date().isoformat() == "2026-04-05"  # type: ignore[union-attr]
    assert dates("<p>05-04-2026</p>").published.at.date().isoformat() == "2026-05-04"  # type: ignore[union-attr]


def test_a_marked_change_counts_beside_a_declared_publication() -> None:
    head = '<meta property="article:published_time" content="2026-05-04T18:30:00Z">'
    found = dates("<time class=updated datetime=2026-05-06T19:20:45Z>6 May</time>", head=head)
    assert found.modified is not None and found.modified.at.day == 6


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2026/05/04/pier", "2026-05-04"),
        ("/2026/may/04/pier", "2026-05-04"),
        ("/news/20260504/pier", "2026-05-04"),
        ("/news/pier-2026-05-04.html", "2026-05-04"),
        ("/news/24052026-pier", "2026-05-24"),
        ("/news/05042026-pier", None),
        ("/2026/5/4/pier", "2026-05-04"),
        ("/04-05-2026/pier", "2026-05-04"),
        ("/4-may-2026-pier", "2026-05-04"),
        ("/10-best-2026", None),
        ("/2026/september/04/pier", None),
        ("/2026/march/04/pier", "2026-03-04"),
        ("/a/20269999/pier", None),
        ("/a/120260504123/pier", None),
        ("/news/20260504183000-pier", "2026-05-04"),
        ("/news/202605041830/pier", "2026-05-04"),
        ("/news/20260504999-pier", None),
        ("/web/20260504183000/http://pier.example/", None),
    ],
)
def test_the_address_may_have_the_day(path: str, day: str | None) -> None:
    published = dates(url=f"https://lanternpost.example{path}").published
    assert (published.at.date().isoformat() if published else None) == day


def test_a_bare_clock_is_of_the_sources_zone_if_that_is_set() -> None:
    head = '<meta name="date" content="2026-05-04 18:30">'
    unknown, known = dates(head=head).published, dates(head=head, hints=Hints(timezone="Europe/Berlin")).published
    assert unknown and (unknown.at.isoformat(), unknown.precision) == ("2026-05-04T18:30:00+00:00", "local")
    assert known and (known.at.isoformat(), known.precision) == ("2026-05-04T18:30:00+02:00", "minute")


def test_a_feeds_bare_clock_is_too() -> None:
    at = dt.datetime(2026, 5, 4, 18, 30, tzinfo=dt.UTC)
    candidate = Candidate(URL, "rss", published_at=at, published_precision="local")
    unknown = dates(hints=Hints(candidate=candidate)).published
    known = dates(hints=Hints(candidate=candidate, timezone="America/New_York")).published
    assert unknown and unknown.precision == "local"
    assert known and (known.at.isoformat(), known.precision) == ("2026-05-04T18:30:00-04:00", "minute")


@pytest.mark.parametrize(
    "state",
    [
        'window.state = {"story": {"publishedAt": "2026-05-04T18:30:00Z"}}',
        'window.state = {"story": {"publishedAt": 1777919400000}}',
        "dataLayer.push({'articlePublicationDate': '2026-05-04T18:30:00Z'})",
        'state = {"lastPublishedAt": "2026-05-09", "unpublishedAt": "2026-05-08", "datePublished": "2026-05-04T18:30:00Z"}',
    ],
)
def test_state_data_of_a_script_dates_a_page_whose_text_does_not(state: str) -> None:
    published = dates(below=f"<script>{state}</script>").published
    assert published is not None and published.at.isoformat() == "2026-05-04T18:30:00+00:00"


@pytest.mark.parametrize(
    "page",
    [
        "<title>a b c</title>" + "<div class=date>" * 3_000 + "4 May 2026 " + "x" * 100_000,
        "<title>t t t</title><h1>t t t</h1><div>" + "<p>By Ada Quill and 5" * 20_000 + "</div>",
        "<h1>t</h1><div class=tags>" + "<a href=/tag/x rel=tag>abc</a>" * 30_000,
        "<title>some words here</title>" + "<span>" * 20_000 + "word",
    ],
    ids=["nested dates", "bylines", "topic links", "nested spans"],
)
def test_a_pages_metadata_takes_time_in_proportion_to_its_length(page: str) -> None:
    root = parse_html(page)
    began = time.process_time()
    read_metadata(root, URL, Hints(), NOW)
    assert time.process_time() - began < 4


MODIFIED = '<meta property="article:modified_time" content="2026-02-11T08:00:00Z">'


@pytest.mark.parametrize(
    ("above", "head", "path", "day"),
    [
        ("<p class=date>Feb 9</p>", "", "/2026/02/pier", "2026-02-09"),
        ("<p class=date>2月9日 18時30分</p>", "", "/2026/02/pier", "2026-02-09"),
        ("<p class=date>Feb 9</p>", "", "/2026/03/pier", None),
        ("<p class=date>Feb 9</p>", "", "/pier", None),
        ("<p class=date>Monday, 9 February</p>", MODIFIED, "/pier", "2026-02-09"),
        ("<p class=date>Dec 30</p>", MODIFIED, "/pier", "2025-12-30"),
        ("<time class=updated>Feb 9</time>", MODIFIED, "/pier", None),
        ("<p>The boats stay in until Feb 9</p>", MODIFIED, "/pier", None),
        (
            "<p class=date>Received: 3 January 2026 / Accepted: 6 May 2026 / Published: 4 June 2026</p>",
            "",
            "/p",
            "2026-06-04",
        ),
    ],
)
def test_a_day_without_a_year_is_of_the_addresss_or_the_changes_year(
    above: str, head: str, path: str, day: str | None
) -> None:
    published = dates(above, head=head, url=f"https://lanternpost.example{path}").published
    assert (published.at.date().isoformat() if published else None) == day


def test_a_feeds_last_change_is_the_last_that_dates_a_page() -> None:
    last = dt.datetime(2026, 5, 12, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-4)))
    hints = Hints(candidate=Candidate(URL, "atom", modified_at=last))
    for above, iso in (("", "2026-05-12"), ("<p class=date>4 May 2026</p>", "2026-05-04")):
        found = dates(above, hints=hints).published
        assert found and (found.at.date().isoformat(), found.precision) == (iso, "day")
