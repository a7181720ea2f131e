"""The authors of a page, chosen between what it declares, what it shows, and what belongs to other articles."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from dateline.html import parse_html
from dateline.types.article import Hints
from pipelines.extract.metadata import read_metadata

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
STORY = (
    "<p>The council voted on Monday to rebuild the pier that a storm broke apart in March, after hours of debate.</p>"
    * 4
)


def authors(above: str = "", below: str = "", head: str = "", *, beside: str = "") -> tuple[str, ...]:
    page = (
        "<html><head><meta charset=utf-8><title>Pier to be rebuilt</title><meta property=og:site_name content='Lantern Post'>"
        f"{head}</head><body><main><article><h1>Pier to be rebuilt</h1>{above}<div>{STORY}</div>{below}</article></main>"
        f"{beside}</body></html>"
    )
    return read_metadata(parse_html(page.encode()), "https://lanternpost.example/city/pier", Hints(), NOW).authors


def json_ld(author: Any, *others: Any) -> str:
    nodes = [{"@type": "NewsArticle", "headline": "Pier to be rebuilt", "author": author}, *others]
    return f'<script type="application/ld+json">{json.dumps({"@graph": nodes})}</script>'


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<meta name=authors content='Erin Bain'>", ("Erin Bain",)),
        ("<meta name=article.author content='Erin Bain'>", ("Erin Bain",)),
        ("<meta property=lp:author content='Erin Bain; Bo Lund'>", ("Erin Bain", "Bo Lund")),
        ("<meta name='twitter:misc:written by' content='Erin Bain'>", ("Erin Bain",)),
        (
            "<meta name=twitter:label1 content='Written by'><meta name=twitter:data1 content='Erin Bain'>",
            ("Erin Bain",),
        ),
        (
            "<meta name=twitter:label1 content='Verfasst von'><meta name=twitter:data1 content='Erin Bain'>",
            ("Erin Bain",),
        ),
        ("<meta name=twitter:label1 content='Est. reading time'><meta name=twitter:data1 content='4 minutes'>", ()),
        ("<meta name=twitter:label1 content=Filed><meta name=twitter:data1 content='Harbour News'>", ()),
        (
            json_ld(
                [{"@id": "#a"}, {"@id": "#b"}],
                {"@type": "Person", "@id": "#a", "name": "Ada Quill"},
                {"@type": "Person", "@id": "#b", "name": "Bo Lund"},
            ),
            ("Ada Quill", "Bo Lund"),
        ),
        (
            json_ld([{"@type": "Person", "name": "Ada Quill"}, {"@type": "Organization", "name": "Lantern Post"}]),
            ("Ada Quill",),
        ),
        (json_ld({"@type": "Organization", "name": "Lantern Post"}), ("Lantern Post",)),
    ],
)
def test_declared_authors(head: str, expected: tuple[str, ...]) -> None:
    assert authors(head=head) == expected


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("<p>By Ada Quill</p>", ("Ada Quill",)),
        ("<p>By <a href=/people/1>Ada Quill</a> and <a href=/people/2>Bo Lund</a></p>", ("Ada Quill", "Bo Lund")),
        ("<p><b>Author:</b> Ada Quill</p>", ("Ada Quill",)),
        ("<dl><dt>Written by</dt><dd>Ada Quill</dd></dl>", ("Ada Quill",)),
        ("<p>Von Ada Quill, 4. Mai 2026</p>", ("Ada Quill",)),
        ("<p class=author>Ada Quill<br>4 August 2010</p>", ("Ada Quill",)),
        ("<p>Ada Quill</p><p>May 4, 2026 - 5 min read</p>", ("Ada Quill",)),
        (
            "<div><span class=author-card__name>Ada Quill</span><span class='author-card__job author'>Senior Reporter"
            "</span></div>",
            ("Ada Quill",),
        ),
        ("<h3>Author</h3><p>Ada Quill</p>", ("Ada Quill",)),
        ("<div class=byline><p>Ada Quill</p><p>Bo Lund</p></div>", ("Ada Quill", "Bo Lund")),
        ("<p class=byline>Ada Quill<br>Correspondent in Brussels</p>", ("Ada Quill",)),
        ("<p class=byline>Anna Quill, dpa</p>", ("Anna Quill",)),
        ("<p class=byline>By Bo Lund/AP</p>", ("Bo Lund",)),
        ("<p class=byline>By AP</p>", ("AP",)),
        ("<p vocab=https://schema.org/><b property=author>Ada Quill</b></p>", ("Ada Quill",)),
        ("<p class=byline>By Siobhán O’Dwyer and Seán Mac an tSaoi</p>", ("Siobhán O’Dwyer", "Seán Mac an tSaoi")),
        (
            "<p itemprop=author><b itemprop=name>Ada Quill</b><i itemprop=jobTitle>Harbour reporter</i></p>",
            ("Ada Quill",),
        ),
        ("<p class=byline>Ada Quill<span>Harbour correspondent</span></p>", ("Ada Quill",)),
        ("<p class=byline>Ada Quill <span>and Bo Lund</span></p>", ("Ada Quill", "Bo Lund")),
        ("<p class=byline>By Sukarno</p>", ("Sukarno",)),
        ("<p class=byline>Sukarno</p>", ()),
        ("<p class=byline>Ngũgĩ wa Thiong’o</p>", ("Ngũgĩ wa Thiong’o",)),
        ("<p class=byline>Kocsis Réka, MTI</p>", ("Kocsis Réka",)),
        ("<div class=footer><p class=byline>By Ada Quill</p></div>", ("Ada Quill",)),
        ("<div>By Ada Quill<br>Monday, May 4, 2026 at 6:30 PM</div>", ("Ada Quill",)),
        ("<p class=byline>Medically reviewed by Bo Lund, MD — By Ada Quill</p>", ("Ada Quill",)),
        ("<p class=byline>by ada quill</p>", ("ada quill",)),
        ("<p class=byline>by using this site you agree</p>", ()),
        ("<p>Rédigé par Luc Moreau et publié le 4 mai 2026</p>", ("Luc Moreau",)),
        ("<p>Lantern Post</p><p>4 May 2026</p>", ()),
        ("<p class=byline>Guest column by Ada Quill</p>", ("Ada Quill",)),
        ("<p class=firma>Lucía Ferrán y Pablo Cruz</p>", ("Lucía Ferrán", "Pablo Cruz")),
        ("<p class=firmament>Lucía Ferrán</p>", ()),
        ("<p>New Delhi</p>", ()),
        ("<h2>Key Points</h2>", ()),
        ("<p>Harbour News</p><p>It will be closed.</p>", ()),
        ("<figure><img><figcaption>By Bo Lund</figcaption></figure>", ()),
        ("<p>By the end of May</p>", ()),
        ("<h4>Interview: Bo Lund</h4>", ()),
        ("<div class=author-box><h4>About Ada Quill</h4></div>", ("Ada Quill",)),
        ("<div class=byline><a href=/by/ada>Ada Quill</a><span>Published 2026-05-04</span></div>", ("Ada Quill",)),
        ("<p class=by>Ada Quill</p>", ("Ada Quill",)),
        ("<span>홍길동 기자</span><span>입력 2026. 5. 4.</span>", ("홍길동",)),
        ("<div>홍길동 기자 승인 2026.05.04 18:30</div>", ("홍길동",)),
        ("<p>(Reporting by Ada Quill; Editing by Bo Lund)</p>", ("Ada Quill",)),
        ("<p>（文＝山田太郎、写真＝鈴木花子）</p>", ("山田太郎",)),
        ("<p>Jón Jónsson skrifar</p>", ("Jón Jónsson",)),
        ("<p>Rédigé le 4 mai 2026 par Luc Moreau</p>", ("Luc Moreau",)),
        ("<p>04.05.2026 | 3 Min. | Von Anna Schmidt</p>", ("Anna Schmidt",)),
        ("<h3>Von der Befreiung zum Vertrag</h3>", ()),
        ("<p>Source: U.S. Census</p>", ()),
        ("<a href=/@ada>Ada Quill</a><i>·</i><button>Follow</button><i>5 min read</i>", ("Ada Quill",)),
        ("<div><h6>Siti Rahma, </h6><h6>Bo Lund</h6></div><p>4 May 2026</p>", ("Siti Rahma", "Bo Lund")),
        (
            "<p class=byline__name>By <a rel=author href=/p/1>Ada Quill</a></p><p class=byline__name>Bo Lund</p>",
            ("Ada Quill", "Bo Lund"),
        ),
        ("<dl><dt>Autorin</dt><dd>Anke Brandt</dd><dt>Thema</dt><dd>Verkehr</dd></dl>", ("Anke Brandt",)),
    ],
)
def test_visible_bylines(above: str, expected: tuple[str, ...]) -> None:
    assert authors(above) == expected


OUTLET = '<meta name="author" content="Lantern Post">'


def test_a_name_that_signs_the_story_is_its_author_where_only_the_outlet_is_declared() -> None:
    assert authors(below="<p style='text-align:right'>Lê Phương</p>", head=OUTLET) == ("Lê Phương",)
    assert authors("<p><strong>Mary Quill</strong></p>", head=OUTLET) == ("Mary Quill",)
    assert authors("<p><b>Mary Quill/Bo Lund</b></p>", head=OUTLET) == ("Mary Quill", "Bo Lund")
    assert authors("<p><strong>Hours Debate</strong></p>", head=OUTLET) == ("Lantern Post",)


def test_of_bylines_alike_those_above_the_story_count() -> None:
    above, below = "<b class=byline>Ada Quill</b>", "<div>2 hours ago <b class=byline>Bo Lund</b></div>"
    assert authors(above, below=below) == ("Ada Quill",)
    assert authors(above + "<b class=byline>Bo Lund</b>") == ("Ada Quill", "Bo Lund")
    assert authors(below=below) == ("Bo Lund",)


@pytest.mark.parametrize(
    "other",
    [
        "<ul class=river><li><b class=byline>5 min ago <a href=/author/bo rel=author>Bo Lund</a></b> <a href=/a/1>Seals</a></ul>",
        "<div class=related><span class=author>Bo Lund</span></div>",
        "<div class=card><h3><a href=/a/2>Library opens a second reading room</a></h3><span class=author>Bo Lund</span></div>",
        "<section id=comments><span class=comment-author>Bo Lund</span><p>Well done.</p></section>",
        "<footer><span class=author>Bo Lund</span></footer>",
    ],
)
def test_others_bylines_are_not_the_articles(other: str) -> None:
    assert authors(beside=other) == ()
    assert authors("<div class=byline>By <a rel=author href=/author/ada>Ada Quill</a></div>", beside=other) == (
        "Ada Quill",
    )


@pytest.mark.parametrize(
    "byline",
    [
        "<p class=byline>Ada Quill | Updated: Feb 13, 2020, 13:10 IST</p>",
        "<div class=author><span class=hidden>Author</span><a href=/q>Ada Quill</a> <a href=/f>Follow</a></div>",
        "<div class=author-name><a href=/q>Ada Quill</a><a href=/q>View all posts by Ada Quill</a></div>",
        "<p class=byline>Written by Ada Quill</p><p class=byline>Medically reviewed by Bo Lund</p>"
        "<p class=byline>Edited by Una Ray</p>",
    ],
)
def test_what_stands_beside_a_name_is_no_author(byline: str) -> None:
    assert authors(byline) == ("Ada Quill",)


def test_who_edited_counts_where_nobody_else_is_named() -> None:
    assert authors("<p class=byline>Edited by Una Ray</p>") == ("Una Ray",)


def test_a_byline_by_the_headline_comes_before_marked_links_below_the_text() -> None:
    columnists = (
        "<div><h4>Our columnists</h4><a rel=author href=/a/x>Ugo Best</a> <a rel=author href=/a/y>Lea Moon</a></div>"
    )
    assert authors("<p class=byline>By Ada Quill</p>", columnists) == ("Ada Quill",)


@pytest.mark.parametrize("written", ["%author%", "${author.name}"])
def test_a_templates_gap_is_not_a_name(written: str) -> None:
    assert authors(head=f'<meta name="author" content="{written}">') == ()


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("<div class=authors>Jan Novák, Morovský deník</div>", ("Jan Novák",)),
        ("<p class=signature>Marie Dupont et Luc Petit, à Morreau</p>", ("Marie Dupont", "Luc Petit")),
        ("<div class=byline><b>Ada Quill</b> <i>ada@quay.example</i> <b>Bo Lund</b></div>", ("Ada Quill", "Bo Lund")),
        ("<p class=author>Ada Quill @adaquill 12.3K followers</p>", ("Ada Quill",)),
        ("<div>2026-05-04 08:15 来源：莫罗日报 作者：张晓明 责编：李文</div>", ("张晓明",)),
        ("<div>4 May 2026 | Author: Ada Quill</div>", ("Ada Quill",)),
    ],
)
def test_names_end_where_an_address_a_paper_or_a_place_begins(byline: str, names: tuple[str, ...]) -> None:
    assert authors(byline) == names


def test_a_login_counts_where_no_name_is_shown() -> None:
    head = '<meta name="author" content="quill_ada">'
    assert authors(head=head) == ("quill_ada",)
    assert authors("<p class=byline>By Ada Quill</p>", head=head) == ("Ada Quill",)


def test_a_name_at_the_right_behind_the_story_signs_it() -> None:
    assert authors(below='<p style="text-align:right"><b>Trần Văn Nam</b></p>') == ("Trần Văn Nam",)
    assert authors(below="<p><b>Stay Connected</b></p>") == ()
    assert authors(below="<p>市議会は九対五で退けた。【山田太郎】</p>") == ("山田太郎",)
    assert authors(below="<p>【関連記事】</p>") == ()


def test_a_note_behind_the_story_names_its_writer() -> None:
    assert authors(below="<p><em>Ada Quill is a freelance writer in Tarn.</em></p>") == ("Ada Quill",)
    assert authors(below="<p>Ada Quill is the head of the harbour office.</p>") == ()
    assert authors("<p>Ada Quill spoke.</p>", below="<p>Ada Quill is a writer in Tarn.</p>") == ()


def test_a_linked_reviewer_is_no_author() -> None:
    byline = (
        "<p>Written by <a href=/authors/a>Ada Quill</a> · Medically reviewed by <a href=/authors/b>Ben Rook</a></p>"
    )
    assert authors(byline) == ("Ada Quill",)


def test_the_pages_own_node_names_people_where_nothing_else_names_anybody() -> None:
    head = '<script type="application/ld+json">{"@type":"WebPage","author":{"@type":"Person","name":"%s"}}</script>'
    assert authors(head=head % "Ada Quill") == ("Ada Quill",)
    assert authors("<p class=byline>By Ben Rook</p>", head=head % "Ada Quill") == ("Ben Rook",)
    assert authors(head=head % "aquill") == ()


def test_a_line_of_outlet_reporter_and_town_names_the_reporter() -> None:
    assert authors("<p>2026-05-04 18:30 港都報 記者林美玉／台北報導</p>") == ("林美玉",)


def test_a_rail_that_holds_the_story_holds_its_byline() -> None:
    byline = "<span class=byline>By Ada Quill</span>"
    page = (
        f"<div><h1>Pier to be rebuilt</h1></div><div>{'<hr>' * 2}</div><section class=right-rail>{byline}%s</section>"
    )
    for story, expected in ((STORY, ("Ada Quill",)), ("<p>See also</p>", ())):
        tree = parse_html((page % story + f"<div>{STORY}</div>" * (not expected)).encode())
        assert read_metadata(tree, "https://lanternpost.example/pier", Hints(), NOW).authors == expected


def test_links_to_authors_beside_the_headlines_own_article_are_of_others() -> None:
    columnists = "<ul><li><a href=/author/bo>Bo Lund</a></li><li><a href=/author/cy>Cy Marsh</a></li></ul>"
    page = f"<main><article><h1>Pier to be rebuilt</h1>{STORY}</article><aside>{columnists}</aside></main>"
    assert read_metadata(parse_html(page.encode()), "https://lanternpost.example/pier", Hints(), NOW).authors == ()


def test_a_company_counts_only_where_nobody_is_named_and_a_desk_only_alone() -> None:
    head = '<meta name="author" content="Quay Press Company Limited">'
    assert authors(head=head) == ("Quay Press Company Limited",)
    assert authors("<div class=writer>writer: Ada Quill</div>", head=head) == ("Ada Quill",)
    staff = "<p class=byline>Ada Quill</p><p class=byline>Gazette Staff</p>"
    assert authors(staff) == ("Ada Quill",)
    assert authors("<p class=byline>Gazette Staff</p>") == ("Gazette Staff",)
    assert authors(head='<meta name="author" content="Quay Press weather desk">') == ("Quay Press weather desk",)
