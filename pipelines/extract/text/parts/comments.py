"""What readers wrote under a story: told by names, a heading, links to reply, or the field to write in.

It gets the class by which trafilatura knows comments and leaves them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.scope import SUBHEADINGS, is_headed_comments, says_comments
from pipelines.extract.text.parts.boxes import HAS_HEADLINE, NO_BOXES, PARAGRAPHS, short
from pipelines.extract.text.phrases import REPLY_CONTROL
from pipelines.extract.text.prose import story_size

_COMMENTS = re.compile(
    r"(?:^|[-_\s])(?:kommentar(?:e|er|bereich|liste?|spalte)?|leserkommentare|comentarios|comentários|commentaires|commenti|reacties"
    r"|komentar(?:ze|i|e)|kommentarer|yorumlar|dis[ck]ussion|discusion|diskuse|diskusia|dyskusja|keskustelu|talkbacks?|forum)(?:$|[-_\s])",
    re.IGNORECASE,
)
_BOXES = ("div", "section", "ol", "ul", "aside")
_LONGEST_NAMES = 80
_MOST_FIELDS, _FIELD_LEVELS, _MOST_WRITTEN = 20, 4, 0.4
_FEWEST_REPLIES, _MOST_IN_THREAD = 2, 0.5


def mark_comments(root: HtmlElement, *_: object) -> bool:
    """Readers' comments get the class by which trafilatura knows them, whatever language their own class is in."""
    found = _mark_beside_fields(root)
    for element in [*_headed(root), *_named(root)]:
        if element.find(".//h1") is None:
            element.set("class", "comments")
            found = True
    return found


def _headed(root: HtmlElement) -> Iterator[HtmlElement]:
    """The boxes that begin with a heading of comments, and what follows a heading with their number ("3 Comments")."""
    first_numbered: dict[HtmlElement | None, HtmlElement] = {}
    for heading in root.iter(*SUBHEADINGS):
        parent = heading.getparent()
        if heading.getprevious() is None and parent.tag in _BOXES and is_headed_comments(parent):
            yield parent
        if says_comments(heading) and any(map(str.isdigit, heading.text_content())):
            first_numbered.setdefault(parent, heading)
    for heading in first_numbered.values():
        yield from heading.itersiblings()
        heading.drop_tree()


def _named(root: HtmlElement) -> Iterator[HtmlElement]:
    for element in root.iter(*_BOXES):
        name, id = element.get("class"), element.get("id")
        if (name or id) and _is_comments_name(f"{name or ''} {id or ''}"):
            yield element


def _mark_beside_fields(root: HtmlElement) -> bool:
    """What is in one box with a field to write in is comments, unless it has the headline or much of the page's text."""
    found = False
    for field in islice(root.iter("textarea"), _MOST_FIELDS):
        for box in islice(field.iterancestors("form", "div", "section", "aside"), _FIELD_LEVELS):
            if box.find(".//h1") is not None or story_size(box) > _MOST_WRITTEN * story_size(root):
                break
            box.set("class", "comments")
            found = True
    return found


@lru_cache(maxsize=8_192)
def _is_comments_name(name: str) -> bool:
    return len(name) <= _LONGEST_NAMES and bool(_COMMENTS.search(name))


@lru_cache(maxsize=8_192)
def _is_reply(text: str) -> bool:
    return bool(REPLY_CONTROL.fullmatch(text))


def mark_threads(root: HtmlElement, *_: object) -> bool:
    """Posts with a link to reply to each become comments, unless they are most of the page or have its headline."""
    replies = [each for each in root.iter("a", "button", "span") if (text := short(each)) and _is_reply(text)]
    if len(replies) < _FEWEST_REPLIES:
        return False
    first = {*replies[0].iterancestors()}
    thread = next((each for each in replies[-1].iterancestors() if each in first), None)
    if thread is None or thread.tag in NO_BOXES or HAS_HEADLINE(thread):
        return False
    if _size(PARAGRAPHS(thread)) > _MOST_IN_THREAD * _size(PARAGRAPHS(root)):
        return False
    thread.set("class", "comments")
    return True


def _size(texts: list[str]) -> int:
    return sum(map(len, texts))
