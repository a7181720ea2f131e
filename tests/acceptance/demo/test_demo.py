"""The demonstration's archive and report, compared with what the newsroom says must come of it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter

import orjson
import pytest

from crawler.render.chromium import why_no_browser
from dateline.cli.service.demo import write_report
from dateline.demo.report import OutletFacts, plain_report
from dateline.urls import url_key
from tests.acceptance.support.played import Played

CHROME = (
    "newsletter",
    "cookie",
    "impressum",
    "aviso legal",
    "all rights",
    "reserved",
    "sign up",
    "most read",
    "click here",
)


# What is stored ----------------------------------------------------------------------------------------------------------


def test_every_article_is_stored_exactly_once_and_nothing_else(played: Played) -> None:
    assert set(played.stored) == set(played.wanted.articles)
    assert len(played.articles) == len(played.wanted.articles)


def test_each_outlet_has_as_many_as_it_published(played: Played) -> None:
    assert Counter(row["source"] for row in played.articles) == played.wanted.count_by_outlet()


def test_kinds(played: Played) -> None:
    assert {a.url: row["kind"] for a, row in played.pairs} == {a.url: a.kind for a in played.wanted.articles.values()}


def test_languages(played: Played) -> None:
    assert {a.url: row["language"] for a, row in played.pairs} == {
        a.url: a.language for a in played.wanted.articles.values()
    }


def test_headlines(played: Played) -> None:
    """An aggregator's may still carry the name of the outlet that it took the text from."""
    for article, row in played.pairs:
        title = row["title"].removesuffix(f" – {article.credited_to}") if article.credited_to else row["title"]
        assert title == article.title, article.url


def test_instants_of_publication_keep_the_publishers_offset(played: Played) -> None:
    told = [(article, row) for article, row in played.pairs if article.has_metadata]
    assert len(told) > 70
    for article, row in told:
        offset = article.published_at.utcoffset() or dt.timedelta()
        assert row["published_at"] == article.published_at, article.url
        assert row["published_precision"] == "minute", article.url
        assert row["published_offset_s"] == offset.total_seconds(), article.url
    assert {row["published_offset_s"] // 3600 for _, row in told} == {
        outlet.offset_h for outlet in played.newsroom.outlets
    }


def test_a_page_without_metadata_gets_the_day_of_its_publication(played: Played) -> None:
    untold = [(article, row) for article, row in played.pairs if not article.has_metadata]
    assert len(untold) == 3
    for article, row in untold:
        if row["published_precision"] == "minute":
            assert row["published_at"] == article.published_at, article.url
        else:
            assert row["published_at"].date() == article.published_at.date(), article.url


def test_instants_of_change(played: Played) -> None:
    for article, row in played.pairs:
        if article.has_metadata:
            is_listed = article.is_of_feed or article.is_history  # a list that gives one instant twice gives no change
            assert row["modified_at"] == (None if is_listed else article.modified_at), article.url


def test_authors(played: Played) -> None:
    for article, row in played.pairs:
        if article.has_metadata:
            assert tuple(row["authors"]) == article.authors, article.url


def test_every_paragraph_is_there(played: Played) -> None:
    for article, row in played.pairs:
        missing = [paragraph for paragraph in article.text.split("\n") if paragraph not in row["text"]]
        assert not missing, article.url


def test_the_text_of_an_article_holds_nothing_else(played: Played) -> None:
    for article, row in played.pairs:
        if article.kind in ("article", "opinion"):
            assert list(filter(None, row["text"].split("\n"))) == article.text.split("\n"), article.url


def test_no_text_holds_the_pages_furniture(played: Played) -> None:
    """But the gallery's, whose page has less text than furniture."""
    sections = {name for outlet in played.newsroom.outlets for name in outlet.sections}
    for row in played.articles:
        if row["kind"] != "gallery":
            assert not [word for word in CHROME if word in row["text"].lower()], row["url"]
            assert not sections & set(row["text"].split("\n")), row["url"]


def test_the_live_blog_holds_its_entries(played: Played) -> None:
    [url] = played.wanted.by_kind("live_blog")
    story = next(story for story in played.newsroom.edition.stories if story.url == url)
    assert len(story.entries) >= 3
    assert all(entry.text in played.stored[url]["text"] for entry in story.entries)


def test_the_paywalled_one_is_known_as_such(played: Played) -> None:
    [url] = played.wanted.by_kind("paywalled_excerpt")
    assert played.stored[url]["is_accessible_for_free"] is False


# What is not ---------------------------------------------------------------------------------------------------------------


def test_traps_end_in_the_ledger_for_their_reasons(played: Played) -> None:
    assert {url: (played.ledger[url]["state"], played.ledger[url]["reason"]) for url in played.wanted.rejected} == {
        url: ("ended", reason) for url, reason in played.wanted.rejected.items()
    }


def test_the_ledger_has_a_final_state_for_everything(played: Played) -> None:
    assert not [row["url"] for row in played.ledger.values() if row["state"] in ("pending", "failed")]
    ended = {url for url, row in played.ledger.items() if row["state"] == "ended"}
    assert ended == set(played.wanted.rejected) | played.wanted.gone


def test_pages_of_an_outdated_sitemap_are_not_fetched(played: Played) -> None:
    fetched = {f"http://{request.host}{request.path.partition('?')[0]}" for request in played.requests}
    assert played.wanted.hidden
    assert not played.wanted.hidden & (fetched | set(played.ledger))


def test_one_taken_down_is_kept_and_marked(played: Played) -> None:
    assert {url for url, row in played.stored.items() if row["removed_at"]} == played.wanted.gone
    assert all(played.stored[url]["text"] for url in played.wanted.gone)


# The same, again and elsewhere ---------------------------------------------------------------------------------------------


def test_every_spelling_leads_to_its_article(played: Played) -> None:
    """Those that were fetched are rows; the others have the identity of one that was. Headlines lead to themselves."""
    ids = {row["article_id"]: url for url, row in played.stored.items()}
    known = {key: ids[article_id] for key, article_id in played.leads_to.items() if article_id in ids}
    fetched = {f"http://{request.host}{request.path}" for request in played.requests}
    for alias, canonical in played.wanted.aliases.items():
        if alias in fetched or url_key(alias) == url_key(canonical):
            assert known[url_key(alias)] == canonical, alias
    assert len(played.facts.aliases) == 2


def test_whole_copies_lead_to_their_originals(played: Played) -> None:
    wanted = played.wanted.whole_copies
    linked = {
        (played.wanted.canonical(copy.copy_url), played.wanted.canonical(copy.original_url))
        for copy in played.facts.copies
        if copy.kind == "whole"
    }
    assert len(wanted) >= 3
    assert linked == {(copy.copy_url, copy.original_url) for copy in wanted}


def test_every_copy_leads_to_its_original_and_is_called_rightly(played: Played) -> None:
    """Shortened and altered ones too, and no text is called a copy that is none."""
    told = {
        (played.wanted.canonical(copy.copy_url), played.wanted.canonical(copy.original_url)): copy.kind
        for copy in played.facts.copies
    }
    meant = {(copy.copy_url, copy.original_url): copy.kinds for copy in played.wanted.copies}
    assert set(told) == set(meant)
    assert all(kind in meant[pair] for pair, kind in told.items())


def test_filled_templates_are_not_copies(played: Played) -> None:
    assert len(played.wanted.similar) == 3
    for url in set(itertools.chain.from_iterable(played.wanted.similar)):
        assert played.stored[url]["copy_of"] is None, url


def test_revisions_keep_the_headline_before(played: Played) -> None:
    told = {(played.wanted.canonical(one.url), one.title_before, one.title_after) for one in played.facts.revisions}
    assert told == {(one.url, one.title_before, one.title_after) for one in played.wanted.revisions}
    assert len(played.facts.revisions) == len(told)


def test_nothing_else_was_revised(played: Played) -> None:
    assert {url for url, row in played.stored.items() if row["revision"] != 1} == {
        one.url for one in played.wanted.revisions
    }


def test_an_event_that_several_outlets_report_is_one_story_and_nothing_else_is_in_it(played: Played) -> None:
    """Two articles of different events that aren't copies of each other are not one story."""
    by_story: dict[int, set[str]] = {}
    for url, row in played.stored.items():
        by_story.setdefault(row["story_id"], set()).add(url)
    together = {frozenset(urls) for urls in by_story.values() if len(urls) > 1}
    families: dict[str, set[str]] = {}
    for copy in played.wanted.copies:
        families.setdefault(copy.original_url, {copy.original_url}).add(copy.copy_url)
    assert together == {frozenset(urls) for urls in (*families.values(), *played.wanted.events.values())}
    [told] = [one for one in played.facts.stories if one.articles > 1]
    assert (told.articles, told.articles_with_copies, told.outlets) == (3, 3, 3)
    assert len(played.facts.stories) == len(families) + 1


# The report ---------------------------------------------------------------------------------------------------------------------


def test_the_facts_are_what_the_newsroom_expects(played: Played) -> None:
    facts, wanted = played.facts, played.wanted
    assert sum(outlet.stored for outlet in facts.outlets) == sum(facts.kinds.values()) == len(wanted.articles)
    assert facts.kinds == Counter(article.kind for article in wanted.articles.values())
    assert facts.languages == Counter(article.language for article in wanted.articles.values())
    not_articles = Counter(reason for url, reason in wanted.rejected.items() if url not in wanted.articles)
    assert {one.reason: one.count for one in facts.rejections} == not_articles
    words = {(one.text_origin, one.because): one.count for one in facts.feed_words}
    assert words.pop(("feed", "http_403")) == sum(article.is_of_feed for article in wanted.articles.values()) == 2
    assert words == {("none", reason): count for reason, count in not_articles.items()}
    assert {wanted.canonical(url) for url in facts.removed} == wanted.gone
    assert [one.number for one in facts.rounds] == [1, 2]
    assert facts.backfill is not None
    assert facts.backfill.articles == sum(article.is_history for article in wanted.articles.values()) == 12
    assert sum(one.new_articles for one in facts.rounds) + facts.backfill.articles == len(wanted.articles)
    assert sum(one.requests for one in facts.rounds) <= len(played.requests)
    assert any("daily-lantern.test/rss" in line for line in facts.warnings)


def test_an_outlet_with_a_login_is_opened_by_its_cookies(played: Played) -> None:
    """One page opens for members; the two that stay closed are headlines, and the report counts both kinds as what they are."""
    host = "signal-hill-review.test"
    (article,) = [row for row in played.articles if row["site"] == host]
    assert (article["kind"], article["text_origin"]) == ("article", "page")
    assert "bronze from the inside" in article["text"]
    facts = _outlet(played, "Signal Hill Review")
    assert (facts.found, facts.stored, facts.rejected) == (3, 1, 2)
    words = {(one.text_origin, one.because): one.count for one in played.facts.feed_words}
    assert words["none", "login"] == 2
    assert not [
        request for request in played.requests if "member" in request.headers.get("cookie", "") and request.host != host
    ]


def test_the_text_of_a_next_js_shell_is_read_from_its_data(played: Played) -> None:
    facts = _outlet(played, "Millrace Digest")
    assert (facts.pages, facts.found, facts.stored, facts.rejected) == ("data of Next.js", 2, 2, 0)


def test_three_years_of_a_wordpress_site_are_filled_in_and_its_post_of_three_pages_is_one_article(
    played: Played,
) -> None:
    facts = _outlet(played, "Lockside Journal")
    assert (facts.pages, facts.stored, facts.backfilled, facts.rejected) == ("WordPress", 14, 12, 0)
    past = [row for row in played.articles if row["is_backfilled"]]
    assert len(past) == 12
    ages = [played.newsroom.base - row["published_at"] for row in past]
    assert max(ages) > dt.timedelta(days=3 * 365 - 1)
    texts = played.facts.texts
    assert texts is not None
    assert (texts.backfilled, texts.of_feeds, texts.joined, texts.further_pages) == (12, 2, 1, 2)


def test_what_a_script_draws_is_an_article_where_there_is_a_browser_and_else_the_report_says_why_not(
    played: Played,
) -> None:
    facts, why = _outlet(played, "Tern Island Radio"), why_no_browser()
    assert (facts.pages, facts.found, facts.stored, facts.rejected) == (
        "drawn by a script",
        1,
        int(not why),
        int(bool(why)),
    )
    assert played.facts.texts is not None
    assert played.facts.texts.drawn == int(not why)
    said = [line for line in played.facts.warnings if "needs a browser" in line]
    assert said == (
        [f"tern-island-radio.test: its pages are drawn by a script, which needs a browser. {why}"] if why else []
    )


def _outlet(played: Played, name: str) -> OutletFacts:
    return next(one for one in played.facts.outlets if one.name == name)


def test_the_report_has_its_sections(played: Played) -> None:
    report = plain_report(played.facts)
    for heading in (
        "What Dateline did",
        "Articles by outlet",
        "Copies on other sites",
        "Stories covered by several outlets",
        "Other URLs of the same article",
        "Changed by the publisher",
        "Taken down by the publisher, kept in the archive",
        "URLs not stored, by reason",
        "Warnings",
        *(f"Question {n}:" for n in range(1, 6)),
        "Next steps with real sources",
    ):
        assert heading in report, heading
    assert f"{len(played.wanted.articles)} articles stored" in report


def test_the_five_questions_have_answers(played: Played) -> None:
    assert len(played.facts.queries) == 5
    assert all(answered.rows for answered in played.facts.queries)


def test_the_command_prints_report_or_facts(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    write_report(played.facts, as_json=False)
    assert capsys.readouterr().out == plain_report(played.facts) + "\n"
    write_report(played.facts, as_json=True)
    assert orjson.loads(capsys.readouterr().out)["kinds"] == played.facts.kinds


def test_it_shows_its_progress(played: Played) -> None:
    assert played.said[0].startswith("Round 1")
    assert [line for line in played.said if line.startswith("Round 2")]
    assert any("articles stored" in line for line in played.said)
