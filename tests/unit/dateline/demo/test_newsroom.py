"""The demonstration newsroom: what it answers, and that what it expects of an archive follows from what it serves."""

from __future__ import annotations

import datetime as dt
import gzip
import html
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from urllib.parse import urlsplit

import brotli
import feedparser
import pytest
import trafilatura

from dateline.demo.newsroom import ROUNDS, Newsroom, PageAnswer
from dateline.demo.outlets import OUTLETS
from dateline.demo.stories import LATEST, FictionalStory
from tests.acceptance.support.expected import expected

BASE = dt.datetime(2031, 5, 14, 9, 30, tzinfo=dt.UTC)
LINK = re.compile(r"<link>(http[^<]+)</link>|<loc>([^<]+)</loc>|href=\"(http[^\"]+/[^\"]+)\"|\"url\": \"([^\"]+)\"")


@pytest.fixture(scope="module")
def newsroom() -> Newsroom:
    return Newsroom(base=BASE)


MEMBER = {"cookie": "; ".join(f"member={outlet.member_cookie}" for outlet in OUTLETS if outlet.member_cookie)}


def ask(
    newsroom: Newsroom, url: str, *, round: int = 1, hit: int = 1, headers: Mapping[str, str] | None = None
) -> PageAnswer:
    """The answer to a member of each outlet, or to a request with just these headers."""
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return newsroom.answer(
        host=parts.netloc, path=path, headers=MEMBER if headers is None else headers, round=round, hit=hit
    )


def story_of(newsroom: Newsroom, key: str) -> FictionalStory:
    return next(story for story in newsroom.edition.stories if story.key == key)


def listing_urls(newsroom: Newsroom) -> list[str]:
    return [f"http://{outlet.host}{listing.path}" for outlet in newsroom.outlets for listing in outlet.listings]


def served_stories(newsroom: Newsroom) -> Iterator[tuple[FictionalStory, int]]:
    for story in newsroom.edition.stories:
        rounds = (
            {story.since_round, min(len(story.versions), ROUNDS)} if len(story.versions) > 1 else {story.since_round}
        )
        yield from ((story, round) for round in sorted(rounds))


def test_it_is_a_newsroom_of_eleven_outlets_in_three_languages(newsroom: Newsroom) -> None:
    stories = newsroom.edition.stories
    assert len({outlet.host for outlet in newsroom.outlets}) == 11
    assert all(outlet.host.endswith(".test") for outlet in newsroom.outlets)
    assert {story.language for story in stories} == {"en", "de", "es"}
    assert 90 <= len(stories) <= 110
    assert len({story.url for story in stories}) == len(stories)


def test_articles_have_several_paragraphs_and_the_length_of_news(newsroom: Newsroom) -> None:
    whole = [s for s in newsroom.edition.stories if s.kind in {"article", "opinion"} and s.original is None]
    whole = [s for s in whole if not s.outlet.is_wordpress]  # notices
    for story in whole:
        for version in story.versions:
            assert 120 <= len(version.text.split()) <= 500, story.key
            assert len(version.paragraphs) >= 4, story.key


def test_nothing_is_dated_after_the_second_round(newsroom: Newsroom) -> None:
    for story in newsroom.edition.stories:
        for at in (story.published_at, *(version.modified_at for version in story.versions)):
            assert at <= BASE + LATEST
        first_round = story.published_at <= BASE
        assert first_round == (story.since_round == 1), story.key


def test_the_same_arguments_give_the_same_answer(newsroom: Newsroom) -> None:
    other = Newsroom(base=BASE)
    urls = [*listing_urls(newsroom), *(story.url for story in newsroom.edition.stories)]
    for url in urls:
        assert ask(newsroom, url, round=2) == ask(other, url, round=2)


def test_dates_follow_the_base() -> None:
    now = dt.datetime(2032, 1, 1, tzinfo=dt.UTC)
    fresh = Newsroom.fresh(now)
    latest = max(story.published_at for story in fresh.edition.stories)
    assert now - dt.timedelta(minutes=15) < latest <= now
    offsets = {story.published_at.utcoffset() for story in fresh.edition.stories}
    assert len(offsets) == len({outlet.offset_h for outlet in OUTLETS})


def test_an_unknown_host_and_an_unknown_path_are_refused(newsroom: Newsroom) -> None:
    assert ask(newsroom, "http://elsewhere.test/").status == 421
    assert ask(newsroom, "http://harbour-post.test/no/such/page").status == 404
    assert ask(newsroom, "http://harbour-post.test:8099/").status == 200


def test_every_listing_names_all_expected_pages_and_only_those(newsroom: Newsroom) -> None:
    for round in (1, 2):
        hoped = expected(newsroom, round, is_backfilled=False)
        named = set()
        for outlet in newsroom.outlets:
            for listing in outlet.listings:
                body = ask(newsroom, f"http://{outlet.host}{listing.path}", round=round).body
                text = gzip.decompress(body).decode() if listing.is_gzipped else body.decode(outlet.charset)
                text = re.sub(r'href="(/[^"]*)"', rf'href="http://{outlet.host}\1"', text)
                named |= {next(filter(None, match)).replace("&amp;", "&") for match in LINK.findall(text)}
        reached = {hoped.canonical(url) for url in named}
        assert set(hoped.articles) - hoped.gone <= reached
        assert {url.partition("?")[0] for url in named} >= set(hoped.rejected)
        assert hoped.hidden <= named


def test_every_spelling_leads_to_its_article(newsroom: Newsroom) -> None:
    for article in (one for one in expected(newsroom, 1).articles.values() if not one.is_of_feed):
        for spelling in article.spellings:
            answer = ask(newsroom, spelling)
            while answer.status == 301:
                answer = ask(newsroom, answer.header("location") or "")
            assert answer.status == 200, spelling
            assert article.title.encode("ascii", "ignore")[:8] in answer.body.decode("latin-1").encode(
                "ascii", "ignore"
            )


def test_traps_are_rejected_for_a_reason_that_their_answer_shows(newsroom: Newsroom) -> None:
    by_reason = {reason: ask(newsroom, url) for url, reason in expected(newsroom, 1).rejected.items()}
    assert set(by_reason) == {"robots", "redirected_away", "soft_404", "consent_wall", "http_404", "http_403", "login"}
    assert (by_reason["http_403"].status, by_reason["login"].status) == (403, 200)
    assert (by_reason["soft_404"].status, by_reason["consent_wall"].status) == (200, 200)
    assert b"Page not found" in by_reason["soft_404"].body
    assert by_reason["redirected_away"].header("location") == "http://harbour-post.test/"
    assert by_reason["http_404"].status == 404
    disallowed = next(url for url, reason in expected(newsroom, 1).rejected.items() if reason == "robots")
    robots = ask(newsroom, "http://harbour-post.test/robots.txt").body.decode()
    assert any(urlsplit(disallowed).path.startswith(path) for path in re.findall(r"Disallow: (\S+)", robots))


def test_a_page_for_members_is_a_login_page_to_others(newsroom: Newsroom) -> None:
    (story,) = (one for one in newsroom.edition.stories if one.is_for_members)
    assert b"Sign in" in ask(newsroom, story.url, headers={}).body
    assert b"Sign in" in ask(newsroom, story.url, headers={"cookie": "member=another"}).body
    assert story.version(1).paragraphs[0].encode() in ask(newsroom, story.url).body
    assert story.url not in expected(newsroom, 1, is_signed_in=False).articles


def test_the_second_round_brings_takes_and_changes(newsroom: Newsroom) -> None:
    first, second = expected(newsroom, 1), expected(newsroom, 2)
    new = set(second.articles) - set(first.articles)
    assert len(new) >= 5
    assert all(ask(newsroom, url, round=1).status == 404 and ask(newsroom, url, round=2).status == 200 for url in new)
    assert (len(first.gone), len(second.gone)) == (0, 1)
    assert all(ask(newsroom, url, round=2).status == 410 for url in second.gone)
    assert second.gone <= set(second.articles)
    assert not first.revisions
    assert len(second.revisions) == 2
    for revision in second.revisions:
        assert ask(newsroom, revision.url, round=1).body != ask(newsroom, revision.url, round=2).body
        assert first.articles[revision.url].title == revision.title_before != revision.title_after


def test_the_atom_feed_announces_a_change_and_a_removal(newsroom: Newsroom) -> None:
    feeds = [feedparser.parse(ask(newsroom, "http://nordlicht-kurier.test/atom.xml", round=r).body) for r in (1, 2)]
    before, after = ({entry.id: entry.updated for entry in feed.entries} for feed in feeds)
    second = expected(newsroom, 2)
    touched = {url for url in before if before[url] != after[url]}
    here = {url for url in {r.url for r in second.revisions} | second.gone if "nordlicht" in url}
    assert touched == here
    assert len(here) == 2


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("http://harbour-post.test/feed.xml", 20),
        ("http://harbour-post.test/feeds/sport.xml", 2),
        ("http://nordlicht-kurier.test/atom.xml", 15),
    ],
)
def test_feeds_are_well_formed(newsroom: Newsroom, url: str, count: int) -> None:
    feed = feedparser.parse(ask(newsroom, url).body)
    assert not feed.bozo
    assert len(feed.entries) == count
    published = [entry.published_parsed for entry in feed.entries]
    assert published == sorted(published, reverse=True)


def test_the_broken_feed_is_broken_and_its_links_are_whole(newsroom: Newsroom) -> None:
    body = ask(newsroom, "http://daily-lantern.test/rss").body
    feed = feedparser.parse(body)
    assert feed.bozo
    assert b"</rss>" not in body
    assert b"utm_source=lantern&ref=rss" in body
    linked = {link.partition("?")[0] for link in re.findall(r"<link>(http[^<]+)</link>", body.decode())}
    hoped = {a.url for a in expected(newsroom, 1).articles.values() if a.outlet == "daily-lantern"}
    assert hoped <= linked


def test_troubles_come_once(newsroom: Newsroom) -> None:
    troubled = [story for story in newsroom.edition.stories if story.trouble]
    assert {story.trouble for story in troubled} == {"rate_limited_once", "unavailable_once"}
    for story in troubled:
        first = ask(newsroom, story.url, hit=0)
        if story.trouble == "rate_limited_once":
            assert (first.status, first.header("retry-after")) == (429, "2")
        else:
            assert first.status == 503
        assert ask(newsroom, story.url, hit=1).status == 200


def test_an_unchanged_page_answers_304_to_its_validators(newsroom: Newsroom) -> None:
    url = "http://harbour-post.test/feed.xml"
    full = ask(newsroom, url)
    by_tag = ask(newsroom, url, headers={"if-none-match": full.header("etag") or ""})
    by_time = ask(newsroom, url, headers={"if-modified-since": full.header("last-modified") or ""})
    assert (by_tag.status, by_tag.body, by_time.status) == (304, b"", 304)
    other_tag = {"if-none-match": '"other"', "if-modified-since": full.header("last-modified") or ""}
    assert ask(newsroom, url, headers=other_tag).status == 200
    assert ask(newsroom, url, round=2, headers={"if-none-match": full.header("etag") or ""}).status == 200


def test_one_host_lies_about_its_changes(newsroom: Newsroom) -> None:
    url = "http://valle-diario.test/feed.json"
    first, again = ask(newsroom, url, hit=1), ask(newsroom, url, hit=2)
    assert first.body == again.body
    assert first.header("etag") != again.header("etag")
    assert first.header("last-modified") is None
    assert ask(newsroom, url, hit=2, headers={"if-none-match": first.header("etag") or ""}).status == 200


def test_content_codings_are_used_where_they_are_accepted(newsroom: Newsroom) -> None:
    url = "http://nordlicht-kurier.test/"
    plain = ask(newsroom, url)
    coded = ask(newsroom, url, headers={"accept-encoding": "gzip, deflate, br;q=0.9"})
    zipped = ask(newsroom, url, headers={"accept-encoding": "gzip"})
    assert (plain.header("content-encoding"), coded.header("content-encoding")) == (None, "br")
    assert brotli.decompress(coded.body) == plain.body == gzip.decompress(zipped.body)
    assert len({plain.header("etag"), coded.header("etag"), zipped.header("etag")}) == 3


def test_one_page_lies_about_its_charset(newsroom: Newsroom) -> None:
    story = story_of(newsroom, "nordlicht-kurier/leuchtturm-bekommt-neuen-anstrich")
    answer = ask(newsroom, story.url)
    assert answer.header("content-type") == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode("utf-8")
    assert story.versions[0].title in answer.body.decode("windows-1252")


def test_copies_are_cut_as_they_say(newsroom: Newsroom) -> None:
    copies = [story for story in newsroom.edition.stories if story.original]
    assert {story.cut for story in copies} == {"whole", "excerpt", "aggregated"}
    for story in copies:
        assert story.original is not None
        mine, theirs = (s.versions[0].text for s in (story, story.original))
        share = len(mine.split()) / len(theirs.split())
        assert (mine == theirs) == (story.cut == "whole"), story.key
        assert {"whole": 1, "excerpt": 0.5, "aggregated": 0.55}[story.cut or "whole"] <= share <= 1, story.key
        assert story.cut != "aggregated" or share <= 0.65
        assert story.published_at > story.original.published_at


def test_an_aggregators_copy_is_altered_credited_and_promoted(newsroom: Newsroom) -> None:
    story = story_of(newsroom, "daily-lantern/small-ports-losing-race-against-sand-meridian-wire")
    page = ask(newsroom, story.url).body.decode()
    assert "roughly twice as fast" in page
    assert "about twice as fast" not in page
    assert "CLICK HERE TO READ MORE FROM MERIDIAN WIRE" in page
    assert "survey finds – Meridian Wire</h1>" in page
    assert story.section == "Travel"
    assert expected(newsroom, 1).articles[story.url].title.endswith("survey finds")


def test_every_change_that_an_aggregator_makes_is_found_in_its_source(newsroom: Newsroom) -> None:
    articles = files("dateline.demo") / "articles" / "daily-lantern.toml"
    rows = [row for row in tomllib.loads(articles.read_text(encoding="utf-8"))["article"] if "changes" in row]
    assert len(rows) == 4
    for row in rows:
        before = story_of(newsroom, row["copy_of"]).versions[0].text
        after = story_of(newsroom, f"daily-lantern/{row['slug']}").versions[0].text
        for old, new in row["changes"]:
            assert old in before, (row["slug"], old)
            assert new in after, (row["slug"], new)


def test_filled_templates_share_sentences_and_are_no_copies(newsroom: Newsroom) -> None:
    hoped = expected(newsroom, 1)
    assert len(hoped.similar) == 3
    linked = {(copy.copy_url, copy.original_url) for copy in hoped.copies}
    assert not linked & hoped.similar
    for one, other in hoped.similar:
        assert hoped.articles[one].text != hoped.articles[other].text


def test_metadata_is_given_in_different_ways(newsroom: Newsroom) -> None:
    ways = {
        story.metadata: ask(newsroom, story.url).body for story in newsroom.edition.stories if story.since_round == 1
    }
    assert b"application/ld+json" in ways["json-ld"]
    assert b"article:published_time" in ways["opengraph"]
    assert b"application/ld+json" not in ways["opengraph"]
    assert b"og:" not in ways["none"].replace(b"prefix=", b"")


def test_kinds_are_all_there(newsroom: Newsroom) -> None:
    hoped = expected(newsroom, 2)
    for kind in ("live_blog", "video", "gallery", "paywalled_excerpt"):
        assert len(hoped.by_kind(kind)) == 1
    assert len(hoped.by_kind("opinion")) == 3
    assert sum(hoped.count_by_outlet().values()) == len(hoped.articles)


def test_stock_trafilatura_finds_every_paragraph_and_no_chrome(newsroom: Newsroom) -> None:
    for story, round in served_stories(newsroom):
        if story.outlet.draws_with or story.parts > 1:
            continue  # not in one page as HTML
        page = ask(newsroom, story.url, round=round).body.decode(story.charset)
        text = trafilatura.extract(page, include_comments=False) or ""
        for paragraph in story.version(round).paragraphs:
            assert paragraph in text, story.key
        for other in newsroom.related(story):
            assert other.versions[0].title not in text, story.key
        if story.kind in {"article", "opinion"}:
            assert not re.search(r"cookie|newsletter|Impressum|Aviso legal|All rights", text, re.IGNORECASE), story.key


def test_sources_are_ready_for_import(newsroom: Newsroom) -> None:
    sources = [outlet.source for outlet in newsroom.outlets]
    assert len({source.name for source in sources}) == 11
    kinds = {source.name: {page.kind for page in source.watched} for source in sources}
    assert kinds["meridian-wire"] == {"sitemap"}
    assert kinds["kuestenblick"] == {"home", "section"}
    assert kinds["harbour-post"] == {"feed"}
    for source in sources:
        for page in source.watched:
            assert ask(newsroom, page.url).status == 200, page.url


def test_a_shell_of_next_js_has_its_text_as_data_only(newsroom: Newsroom) -> None:
    story = story_of(newsroom, "millrace-digest/a-bakery-that-sells-by-the-hour")
    page = ask(newsroom, story.url).body.decode()
    head, _, data = page.partition('<script id="__NEXT_DATA__" type="application/json">')
    assert story.versions[0].paragraphs[0] not in head
    told = json.loads(data.partition("</script>")[0])["props"]["pageProps"]["article"]
    assert tuple(told["body"]) == story.versions[0].paragraphs


def test_what_a_script_draws_is_not_in_its_page(newsroom: Newsroom) -> None:
    story = story_of(newsroom, "tern-island-radio/the-mail-boat-learns-to-wait")
    assert story.versions[0].paragraphs[0] not in ask(newsroom, story.url).body.decode()
    told = json.loads(ask(newsroom, f"http://{story.outlet.host}/content{story.path}").body)
    assert tuple(told["body"]) == story.versions[0].paragraphs


def test_an_article_of_three_pages_has_each_paragraph_on_one_of_them(newsroom: Newsroom) -> None:
    story = story_of(newsroom, "lockside-journal/ninety-miles-behind-a-horse")
    paths = (story.path, *story.part_paths)
    bodies = [ask(newsroom, f"http://{story.outlet.host}{path}").body.decode() for path in paths]
    assert len(bodies) == 3
    for paragraph in story.versions[0].paragraphs:
        assert sum(html.escape(paragraph, quote=False) in body for body in bodies) == 1


def test_a_list_of_posts_is_limited_by_dates_size_and_page(newsroom: Newsroom) -> None:
    where = "http://lockside-journal.test/wp-json/wp/v2/posts"
    everything = json.loads(ask(newsroom, f"{where}?per_page=100").body)
    assert len(everything) == 14
    assert [post["date"] for post in everything] == sorted((post["date"] for post in everything), reverse=True)
    before = everything[4]["date"]
    some = json.loads(ask(newsroom, f"{where}?per_page=3&page=2&before={before}").body)
    assert some == everything[8:11]
    assert json.loads(ask(newsroom, f"{where}?per_page=100&page=2").body) == []
