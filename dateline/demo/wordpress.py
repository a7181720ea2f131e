"""WordPress' REST interface of an outlet: its posts, all those of past years too."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import parse_qs

from dateline.demo.stories import FictionalStory

POSTS = "/wp-json/wp/v2/posts"


def posts(stories: Iterable[FictionalStory], query: str, round: int) -> bytes:
    """The list that a query asks for, newest first: `after` and `before` by the outlet's own clock, `per_page` and `page`."""
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    size, page = int(asked.get("per_page", "10")), int(asked.get("page", "1"))
    after, before = asked.get("after", "0001"), asked.get("before", "9999")
    found = sorted((story for story in stories if after < _clock(story.published_at) < before), key=_newest_first)
    return json.dumps([_post(story, round) for story in found[(page - 1) * size : page * size]]).encode()


def _newest_first(story: FictionalStory) -> float:
    return -story.published_at.timestamp()


def _post(story: FictionalStory, round: int) -> dict[str, Any]:
    version = story.version(round)
    times = {"date": story.published_at, "modified": version.modified_at}
    return {
        "id": story.number,
        **{name: _clock(at) for name, at in times.items()},
        **{f"{name}_gmt": _clock(at.astimezone(dt.UTC)) for name, at in times.items()},
        "guid": {"rendered": f"{story.outlet.home}?p={story.number}"},
        "link": story.url,
        "status": "publish",
        "title": {"rendered": escape(version.title)},
        "content": {"rendered": "".join(f"<p>{escape(one)}</p>\n" for one in version.paragraphs), "protected": False},
        "excerpt": {"rendered": f"<p>{escape(version.summary)}</p>", "protected": False},
        "_embedded": {
            "author": [{"name": name} for name in story.authors],
            "wp:term": [[{"name": story.section}], [{"name": tag} for tag in story.tags]],
        },
    }


def _clock(at: dt.datetime) -> str:
    return at.replace(tzinfo=None, microsecond=0).isoformat()
