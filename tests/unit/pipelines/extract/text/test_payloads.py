"""Articles that pages carry as data for their scripts. Long because it is one table of the packings of many frameworks."""

from __future__ import annotations

import datetime as dt
import html
import json
from base64 import b64encode
from urllib.parse import quote

import pytest

from dateline.types.article import Hints
from pipelines.extract.extract import extract_page
from pipelines.extract.text.payloads import markups_of, values_of

NOW = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)
TITLE = "Morrow votes to rebuild its ferry pier"
PARAGRAPHS = [
    "The council of Morrow voted on Monday evening to rebuild the ferry pier that a storm broke apart in March.",
    "Eleven members were in favour and four against. The work is to cost 6.2 million crowns, the county pays a third.",
    "“We do not want another winter without a boat,” said Ilsa Tarn, who chairs the harbour board of the island.",
    "Opponents had asked for a cheaper floating landing. Its cost was put at 2.8 million crowns by the engineers.",
]
OTHER = [
    "A bakery in Eastby has won the county's prize for rye bread for the third time, the jury said on Tuesday.",
    "The bakers use a leaven that has been kept since 1911, and flour from two mills on the river.",
] * 2
MARKUP = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
ROOT = "<div id=root></div>"
NUXT = [{"data": 1}, {"article": 2}, {"title": 3, "body": 4, "related": 9}, TITLE, [5, 6, 7, 8], *PARAGRAPHS]
NUXT += [[10], {"title": 11, "body": 12}, "Bread", [13], OTHER[0]]
NUXT_MARKUP = [["Reactive", 1], {"data": 2}, {"k": 3}, {"headline": 4, "content": 5}, TITLE, MARKUP]


def script(text: str, attributes: str = "") -> str:
    return f"<script {attributes}>{text}</script>"


def page(body: str, head: str = "") -> str:
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{TITLE} | Morrow Post</title>"
        f'<meta property=og:title content="{TITLE}"><meta property=og:type content=article>{head}</head>'
        f"<body>{body}</body></html>"
    )


def text_of(source: str) -> str:
    return extract_page(source.encode(), url="https://morrow.test/2026/11/28/pier", hints=Hints(), now=NOW).text


PAGES = {
    "next-html": page(
        "<div id=__next></div>"
        + script(
            json.dumps(
                {
                    "props": {
                        "pageProps": {
                            "article": {"title": TITLE, "body": MARKUP},
                            "related": [{"title": "Bread", "body": "".join(f"<p>{p}</p>" for p in OTHER * 3)}],
                        }
                    }
                }
            ),
            'id="__NEXT_DATA__" type="application/json"',
        )
    ),
    "next-blocks": page(
        "<div id=__next></div>"
        + script(
            json.dumps(
                {
                    "props": {
                        "pageProps": {
                            "story": {
                                "headline": TITLE,
                                "blocks": [{"type": "paragraph", "text": p} for p in PARAGRAPHS],
                            }
                        }
                    }
                }
            ),
            'id="__NEXT_DATA__" type="application/json"',
        )
    ),
    "next-app-flight": page(
        "<div id=__next></div>"
        + "".join(
            script("self.__next_f.push(" + json.dumps([1, chunk]) + ")")
            for chunk in [
                '1:["$","article",null,{"children":[["$","h1",null,{"children":' + json.dumps(TITLE) + "}],",
                '["$","div",null,{"children":['
                + ",".join('["$","p",null,{"children":' + json.dumps(p) + "}]" for p in PARAGRAPHS)
                + "]}]]}]\n",
            ]
        )
    ),
    "nuxt3-flat": page(
        "<div id=__nuxt></div>" + script(json.dumps(NUXT), 'type="application/json" id="__NUXT_DATA__"')
    ),
    "nuxt3-html": page(
        "<div id=__nuxt></div>" + script(json.dumps(NUXT_MARKUP), 'type="application/json" id="__NUXT_DATA__"')
    ),
    "nuxt2-fn": page(
        "<div id=__nuxt></div>"
        + script(
            "window.__NUXT__=(function(a,b){return {data:[{article:{title:a,body:b}}]}}("
            + json.dumps(TITLE)
            + ","
            + json.dumps(MARKUP)
            + "));"
        )
    ),
    "nuxt2-obj": page(
        "<div id=__nuxt></div>"
        + script(
            "window.__NUXT__={data:[{article:{title:"
            + json.dumps(TITLE)
            + ",body:"
            + json.dumps(MARKUP)
            + "}}],fetch:{}};"
        )
    ),
    "fusion": page(
        ROOT
        + script(
            "window.Fusion=window.Fusion||{};Fusion.globalContent="
            + json.dumps(
                {
                    "headlines": {"basic": TITLE},
                    "content_elements": [{"type": "text", "content": p} for p in PARAGRAPHS],
                }
            )
            + ';Fusion.globalContentConfig={"source":"x"};'
        )
    ),
    "initial-state": page(
        ROOT
        + script(
            "window.__INITIAL_STATE__="
            + json.dumps({"article": {"byId": {"7": {"title": TITLE, "paragraphs": PARAGRAPHS}}}})
            + ";(function(){})()"
        )
    ),
    "preloaded-string": page(
        ROOT
        + script(
            "window.__PRELOADED_STATE__ = JSON.parse("
            + json.dumps(json.dumps({"article": {"title": TITLE, "html": MARKUP}}))
            + ")"
        )
    ),
    "apollo": page(
        ROOT
        + script(
            "window.__APOLLO_STATE__="
            + json.dumps(
                {
                    "ROOT_QUERY": {},
                    "Article:7": {
                        "__typename": "Article",
                        "headline": TITLE,
                        "body": [{"__ref": f"Paragraph:{i}"} for i in range(4)],
                    },
                    **{f"Paragraph:{i}": {"__typename": "Paragraph", "text": PARAGRAPHS[i]} for i in range(4)},
                }
            )
            + ";"
        )
    ),
    "uri-encoded": page(
        ROOT
        + script(
            'window.__DATA__=JSON.parse(decodeURIComponent("'
            + quote(json.dumps({"page": {"title": TITLE, "text": MARKUP}}))
            + '"))'
        )
    ),
    "jsonld-body": page(
        ROOT,
        head=script(
            json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n\n".join(PARAGRAPHS)}),
            'type="application/ld+json"',
        ),
    ),
    "template-shadow": page(
        "<news-article><template shadowrootmode=open><h1>"
        + TITLE
        + "</h1><div>"
        + MARKUP
        + "</div></template></news-article>"
    ),
    "noscript": page("<div id=app></div><noscript><article><h1>" + TITLE + "</h1>" + MARKUP + "</article></noscript>"),
    "sveltekit": page(
        "<div id=svelte></div>"
        + script(
            '{const data=[null,{type:"data",data:{article:{title:'
            + json.dumps(TITLE)
            + ",body:"
            + json.dumps(MARKUP)
            + "}},uses:{}}];Promise.all([]).then(k=>k.start(app,{data}))}"
        )
    ),
    "sveltekit-fetched": page(
        "<div id=svelte></div>"
        + script(
            json.dumps(
                {"status": 200, "headers": {}, "body": json.dumps({"article": {"title": TITLE, "body": MARKUP}})}
            ),
            'type="application/json" data-sveltekit-fetched data-url="/api/7"',
        )
    ),
    "attr-props": page(
        f'<div data-component="Article" data-props="{html.escape(json.dumps({"title": TITLE, "body": MARKUP}))}"></div>'
    ),
    "astro-island": page(
        '<astro-island component-url="/a.js" props="'
        + html.escape(json.dumps({"article": [0, {"title": [0, TITLE], "body": [0, MARKUP]}]}))
        + '"></astro-island>'
    ),
    "html-comment-free": page(
        '<div id=app data-page="'
        + html.escape(json.dumps({"component": "Article", "props": {"article": {"title": TITLE, "content": MARKUP}}}))
        + '"></div>'
    ),
    "draftjs": page(
        ROOT
        + script(
            "window.__INITIAL_STATE__="
            + json.dumps(
                {
                    "post": {
                        "title": TITLE,
                        "body": {
                            "entityMap": {},
                            "blocks": [{"key": "a", "type": "unstyled", "text": p} for p in PARAGRAPHS],
                        },
                    }
                }
            )
        )
    ),
    "prosemirror": page(
        ROOT
        + script(
            json.dumps(
                {
                    "title": TITLE,
                    "doc": {
                        "type": "doc",
                        "content": [
                            {
                                "type": "paragraph",
                                "content": [
                                    {"type": "text", "text": p[:40]},
                                    {"type": "text", "marks": [{"type": "bold"}], "text": p[40:]},
                                ],
                            }
                            for p in PARAGRAPHS
                        ],
                    },
                }
            ),
            'type="application/json" id="state"',
        )
    ),
    "editorjs": page(
        ROOT
        + script(
            "var pageData = "
            + json.dumps(
                {
                    "title": TITLE,
                    "content": {"blocks": [{"type": "paragraph", "data": {"text": p}} for p in PARAGRAPHS]},
                }
            )
            + ";"
        )
    ),
    "markdown": page(
        ROOT
        + script(
            "window.__remixContext = "
            + json.dumps(
                {"state": {"loaderData": {"routes/a": {"post": {"title": TITLE, "markdown": "\n\n".join(PARAGRAPHS)}}}}}
            )
            + ";"
        )
    ),
    "slate-lexical": page(
        ROOT
        + script(
            "window.__d="
            + json.dumps(
                {
                    "a": {
                        "title": TITLE,
                        "body": {
                            "root": {
                                "children": [
                                    {"type": "paragraph", "children": [{"text": p, "type": "text"}]} for p in PARAGRAPHS
                                ]
                            }
                        },
                    }
                }
            )
        )
    ),
    "preview-then-state": page(
        f"<article><h1>{TITLE}</h1><p>{PARAGRAPHS[0]}</p><button>Read more</button></article>"
        + script("window.__s=" + json.dumps({"title": TITLE, "body": MARKUP}))
    ),
}


ARTICLE = json.dumps({"a": {"title": TITLE, "body": MARKUP}})
ESCAPED = ARTICLE.replace("\\", "\\\\").replace("'", "\\'")
IN_STRINGS = {
    "single-quotes": f"JSON.parse('{ESCAPED}')",
    "no-call": f"'{ESCAPED}'",
    "template-literal": f"JSON.parse(`{ESCAPED}`)",
    "hexadecimal": "JSON.parse('" + ESCAPED.replace('"', "\\x22").replace("{", "\\x7b") + "')",
    "unicode": 'JSON.parse("' + "".join(c if c.isalnum() else f"\\u{ord(c):04X}" for c in ARTICLE) + '")',
    "base64": f'JSON.parse(atob("{b64encode(ARTICLE.encode()).decode()}"))',
}
OBJECTS = {
    "headline-under-any-key": {"hed": TITLE, "dek": "In a line.", "parts": [{"kind": "p", "value": p} for p in PARAGRAPHS]},
    "words-under-any-key": {"title": TITLE, "rows": [{"id": n, "richText": p} for n, p in enumerate(PARAGRAPHS)]},
    "sections-of-paragraphs": {
        "title": TITLE,
        "sections": [{"content": [{"text": p} for p in half]} for half in (PARAGRAPHS[:2], PARAGRAPHS[2:])],
    },
    "words-twice": {
        "headline": TITLE,
        "model": {"blocks": [{"model": {"text": p, "blocks": [{"model": {"text": p}}]}} for p in PARAGRAPHS]},
    },
    "keys-that-count": {"title": TITLE, "body": {str(n): {"text": p} for n, p in enumerate(PARAGRAPHS)}},
    "own-line-breaks": {
        "title": TITLE,
        "ops": [piece for p in PARAGRAPHS for piece in ({"insert": p[:9]}, {"insert": p[9:12]}, {"insert": f"{p[12:]}\n"})],
    },
    "links-in-sentences": {
        "title": TITLE,
        "root": {
            "children": [
                {"children": [{"text": p[:9]}, {"type": "link", "children": [{"text": p[9:20]}]}, {"text": p[20:]}]}
                for p in PARAGRAPHS
            ]
            + [{"type": "link", "children": [{"text": OTHER[0]}]}]
        },
    },
    "key-named-as-the-type": {
        "title": TITLE,
        "blocks": [
            {"type": "paragraph", "paragraph": {"rich_text": [{"text": {"content": p}, "plain_text": p}]}}
            for p in PARAGRAPHS
        ],
    },
    "markdown": {
        "title": TITLE,
        "content": "\n\n".join([f"**{PARAGRAPHS[0][:8]}**{PARAGRAPHS[0][8:]}", f"> {PARAGRAPHS[1]}", *PARAGRAPHS[2:]])
        .replace(PARAGRAPHS[2][-12:], f"[{PARAGRAPHS[2][-12:]}](https://morrow.test/x_(y))"),
    },
}  # fmt: skip
ANGULAR = ARTICLE.replace("&", "&a;").replace('"', "&q;").replace("'", "&s;").replace("<", "&l;").replace(">", "&g;")
QWIK = json.dumps({"refs": {}, "objs": [{"title": "1", "body": "2!"}, TITLE, MARKUP]})
BOX = "<nav><p>Home</p></nav><style>p { margin: 0 }</style>{{#if locked}}<p>{{wall}}</p>{{/if}}"
IN_BODY = {
    "text-template": script(f"<article><h1>{TITLE}</h1>{MARKUP}</article>", "type=text/template"),
    "handlebars": script(f"{BOX}<h1 class=t>{TITLE.upper()}</h1>{MARKUP}{{{{> share}}}}", "type=text/x-handlebars"),
    "template-without-headline": script(MARKUP, "type=text/html"),
    "attribute-with-markup": f"<div data-html='{html.escape(MARKUP)}'></div>",
    "attribute-with-base64": f"<div data-html='{b64encode(MARKUP.encode()).decode()}'></div>",
    "comment-around-data": script(f"<!--{ARTICLE}-->", "type=application/json"),
    "cdata-around-data": script(f"//<![CDATA[\n{ARTICLE}\n//]]>", "type=application/json"),
    "attribute-with-data-in-base64": f"<div data-state='{b64encode(ARTICLE.encode()).decode()}'></div>",
    "data-in-a-comment": f"<div id=app><!-- {ARTICLE} --></div>",
    "markup-in-a-comment": f"<code hidden><!--<article><h1>{TITLE}</h1>{MARKUP}</article>--></code>",
    "places-of-their-own": script(
        f"_$HY.r[0]=($R=>$R[0]={{story:$R[1]={{title:{json.dumps(TITLE)},body:$R[2]={json.dumps(PARAGRAPHS)}}}}})($R.x)"
    ),
    "lines-in-backticks": script(
        f"const story = {{title: `{TITLE}`, body: `{MARKUP.replace('</p>', '</p>' + chr(10))}`}};"
    ),
    "angular-escapes": script(ANGULAR, "type=application/json"),
    "qwik": script(QWIK, "type=qwik/json"),
    "json-ld-escaped-twice": script(
        json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": html.escape(html.escape(MARKUP))}),
        "type=application/ld+json",
    ),
}
PAGES |= {name: page(ROOT + text) for name, text in IN_BODY.items()}
PAGES |= {name: page(ROOT + script(f"window.S = {text};")) for name, text in IN_STRINGS.items()}
OBJECTS |= {
    "headline-in-blocks": {
        "data": {"title": [{"type": "heading1", "text": TITLE}], "slices": [{"in": {"text": p}} for p in PARAGRAPHS]}
    },
    "headline-among-blocks": {
        "blocks": [{"type": "headline", "model": {"text": TITLE}}, *({"model": {"text": p}} for p in PARAGRAPHS)]
    },
    "headline-with-references": {"post": {"title": {"rendered": TITLE.replace("its", "&#105;ts")}, "body": MARKUP}},
}
PAGES |= {name: page(ROOT + script(f"window.S = {json.dumps(given)};")) for name, given in OBJECTS.items()}


@pytest.mark.parametrize("packing", PAGES)
def test_the_article_is_read_and_nothing_else(packing: str) -> None:
    assert text_of(PAGES[packing]).split("\n\n") == PARAGRAPHS


def test_codes_are_no_text() -> None:
    given = json.dumps(
        {"name": TITLE, "variants": [{"value": f"A-E-A-175C58-MTPS-{n:02}P-MULTI-XL"} for n in range(20)]}
    )
    assert text_of(page(ROOT + script(f"window.S = {given};"))) == ""


def test_a_short_sentence_between_paragraphs_is_kept() -> None:
    said = [*PARAGRAPHS[:2], "“No,” she said.", *PARAGRAPHS[2:]]
    given = json.dumps({"title": TITLE, "body": [{"text": text} for text in said]})
    assert text_of(page(ROOT + script(f"window.S = {given};"))).split("\n\n") == said


@pytest.mark.parametrize(
    "heading", [{"type": "header", "text": "What it costs"}, {"style": "h2", "text": "What it costs"}]
)
def test_a_heading_between_paragraphs_is_kept(heading: dict[str, str]) -> None:
    own = [{"type": "text", "text": text} for text in PARAGRAPHS]
    given = json.dumps({"title": TITLE, "body": [*own[:2], heading, {"type": "byline", "text": "By Ilsa"}, *own[2:]]})
    said = [*PARAGRAPHS[:2], "What it costs", *PARAGRAPHS[2:]]
    assert text_of(page(ROOT + script(f"window.S = {given};"))).split("\n\n") == said


def test_a_text_without_blanks_may_be_shorter() -> None:
    said = ["港湾委員会は月曜日の会合で、嵐で壊れた桟橋の修理を秋まで延期すると発表した。費用は見積もりを上回る。"] * 4
    given = json.dumps(
        {"title": TITLE, "body": "".join(f"<p>{n}{each}</p>" for n, each in enumerate(said))}, ensure_ascii=False
    )
    assert said[-1] in text_of(page(ROOT + script(f"window.S = {given}; // {'x' * 99}")))


def test_a_template_of_something_else_is_not_the_articles_text() -> None:
    consent = "".join(f"<p>{text} We and our partners store cookies on your device.</p>" for text in OTHER * 3)
    for template in (consent, f"<h2>Your privacy</h2>{consent}{MARKUP}"):
        assert text_of(page(ROOT + script(template, "type=text/template"))) == ""


def test_another_storys_data_is_not_read_under_this_headline() -> None:
    assert (
        text_of(
            page(
                ROOT
                + script(
                    "window.__STATE__="
                    + json.dumps(
                        {"article": {"title": "Bread prize", "body": "".join(f"<p>{p}</p>" for p in OTHER * 3)}}
                    )
                    + ";"
                )
            )
        )
        == ""
    )


@pytest.mark.parametrize(
    "others",
    [
        {"teasers": [{"heading": "Bread prize", "text": " ".join(OTHER * 9)}]},
        {"more": [{"label": "Bread prize", "paragraphs": OTHER * 9}]},
        {"comments": [{"user": "Tom", "text": text} for text in OTHER * 9]},
        {"config": {"privacyNotice": "".join(f"<p>{text}</p>" for text in OTHER * 9)}},
        {"i18n": {"terms.long": " ".join(OTHER * 9)}},
        {"box": [{"heading": "Bread prize for the old mill", "href": "/bread", "text": " ".join(OTHER * 9)}]},
        {"box": {"first": {"heading": "Bread prize for the old mill", "slug": "bread", "parts": OTHER * 9}}},
    ],
)
def test_what_is_beside_the_headline_is_not_the_articles_text(others: dict[str, object]) -> None:
    own = {"article": {"heading": TITLE, "body": [{"text": text} for text in PARAGRAPHS]}}
    assert text_of(page(ROOT + script(f"window.S = {json.dumps(own | others)};"))).split("\n\n") == PARAGRAPHS
    assert text_of(page(ROOT + script(f"window.S = {json.dumps({'seo': {'pageTitle': TITLE}} | others)};"))) == ""


@pytest.mark.parametrize(
    "key", ["/news/popular-mayor-leaves", "popular-mayor-leaves", 'article:{"slug":"comments-heated"}']
)
def test_an_address_that_is_a_key_may_have_any_words(key: str) -> None:
    given = {"cache": {key: {"title": TITLE, "body": [{"text": text} for text in PARAGRAPHS]}}}
    assert text_of(page(ROOT + script(f"window.S = {json.dumps(given)};"))).split("\n\n") == PARAGRAPHS


def test_a_text_of_the_object_with_the_headline_goes_before_a_longer_one_beside_it() -> None:
    asked = [{"question": f"What of {n}?", "answer": text} for n, text in enumerate(OTHER * 2)]
    given = {"article": {"title": TITLE, "body": MARKUP}, "faq": asked}
    assert text_of(page(ROOT + script(f"window.S = {json.dumps(given)};"))).split("\n\n") == PARAGRAPHS


def test_what_lies_behind_the_wall_of_a_page_is_not_taken_from_its_data() -> None:
    beginning = (
        f"<article><h1>{TITLE}</h1><p>{PARAGRAPHS[0]}</p><div class=paywall>Subscribe to read on.</div></article>"
    )
    wall = script(
        json.dumps({"@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": False}),
        "type=application/ld+json",
    )
    data = script(f"window.S = {json.dumps({'title': TITLE, 'body': MARKUP})};")
    assert text_of(page(beginning + data, wall)) == PARAGRAPHS[0]
    assert text_of(page(ROOT + data, wall)).split("\n\n") == PARAGRAPHS


def test_the_outlets_name_alone_is_no_text() -> None:
    assert text_of(page("<header><a href=/>Morrow Post</a></header><div id=app></div>")) == ""


def test_data_that_refers_to_itself_ends() -> None:
    loops = [[1, 1], [0, 0], *PARAGRAPHS]
    cache = {"a": {"__typename": "A", "next": {"__ref": "a"}, "text": "x" * 300}}
    for data in (json.dumps(loops), "window.x=" + json.dumps(cache)):
        assert list(values_of([data]))


def test_many_comments_before_what_is_no_markup_are_read_once() -> None:
    """Taken together in all ways, 40 comments would take hours."""
    assert list(markups_of(["<!-- x -->" * 40 + "words</p>"])) == []


def test_what_a_template_has_beside_its_words_goes() -> None:
    template = "<!-- a --><!-- b --><div><nav>Home</nav><h1>The pier</h1><p>It opened{{ when }}.{% if a %}</p>{{{ raw }}}</div>"
    assert [(said, " ".join(text.split())) for said, text in markups_of([template])] == [
        ("The pier", "<div><p>It opened.</p></div>")
    ]
