"""A story's metadata as the head of its page carries it: schema.org JSON-LD and OpenGraph."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from dateline.demo.stories import FictionalStory, Version

TYPES = {
    "opinion": "OpinionNewsArticle",
    "live_blog": "LiveBlogPosting",
    "gallery": "ImageGallery",
    "video": "VideoObject",
}
"""schema.org types of the kinds; all others are NewsArticle."""


def json_ld(story: FictionalStory, version: Version) -> str:
    """The story as a JSON-LD script; the Kurier wraps it in a graph, the agency gives the whole body."""
    thing = {"@type": TYPES.get(story.kind, "NewsArticle"), **_common(story, version), **_of_kind(story, version)}
    if story.outlet.name == "nordlicht-kurier":
        crumbs = {
            "@type": "BreadcrumbList",
            "itemListElement": [{"@type": "ListItem", "position": 1, "name": story.section}],
        }
        document: dict[str, Any] = {"@context": "https://schema.org", "@graph": [crumbs, thing]}
    else:
        document = {"@context": "https://schema.org", **thing}
    text = json.dumps(document, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def _common(story: FictionalStory, version: Version) -> dict[str, Any]:
    outlet = story.outlet
    said = {
        "headline": version.title,
        "description": version.summary,
        "datePublished": story.published_at.isoformat(),
        "dateModified": version.modified_at.isoformat(),
        "author": [{"@type": "Person", "name": name} for name in story.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.title, "url": outlet.home},
        "mainEntityOfPage": {"@type": "WebPage", "@id": story.url},
        "articleSection": story.section,
        "keywords": list(story.tags),
        "inLanguage": story.language,
        "image": [f"http://{outlet.host}/media/{story.slug}.jpg"],
    }
    return {key: value for key, value in said.items() if value}


def _of_kind(story: FictionalStory, version: Version) -> dict[str, Any]:
    match story.kind:
        case "live_blog":
            return _live(story)
        case "gallery":
            return {"name": version.title, "image": [_picture(caption) for caption in story.pictures]}
        case "video":
            length = f"PT{(story.video_s or 0) // 60}M{(story.video_s or 0) % 60}S"
            return {"name": version.title, "uploadDate": story.published_at.isoformat(), "duration": length}
        case "paywalled_excerpt":
            wall = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
            return {"isAccessibleForFree": False, "hasPart": wall}
        case _:
            return {"articleBody": version.text} if story.outlet.name == "meridian-wire" else {}


def _picture(caption: str) -> dict[str, str]:
    return {"@type": "ImageObject", "caption": caption}


def _live(story: FictionalStory) -> dict[str, Any]:
    return {
        "coverageStartTime": story.published_at.isoformat(),
        "liveBlogUpdate": [
            {
                "@type": "BlogPosting",
                "headline": entry.title,
                "articleBody": entry.text,
                "datePublished": entry.published_at.isoformat(),
            }
            for entry in story.entries
        ],
    }


def open_graph(story: FictionalStory, version: Version) -> str:
    """The story as OpenGraph tags; with the article's own properties where the outlet has no JSON-LD."""
    said = [
        ("og:type", "video.other" if story.kind == "video" else "article"),
        ("og:site_name", story.outlet.title),
        ("og:title", version.title),
        ("og:description", version.summary),
        ("og:url", story.url),
    ]
    if story.metadata == "opengraph":
        said += [
            ("article:published_time", story.published_at.isoformat()),
            ("article:modified_time", version.modified_at.isoformat()),
            ("article:section", story.section),
            *(("article:author", name) for name in story.authors),
            *(("article:tag", tag) for tag in story.tags),
        ]
    return "\n".join(f'<meta property="{key}" content="{escape(value)}">' for key, value in said)
