"""What readers wrote under a story: recognised by names, a heading, links to reply, or the field to write in.

It gets the class by which trafilatura knows comments and leaves them out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.markup import elements_of_class
from pipelines.extract.scope import SUBHEADINGS, is_headed_comments, says_comments
from pipelines.extract.text.parts.controls import HAS_HEADLINE, NO_BOXES, PARAGRAPHS, Tree
from pipelines.extract.text.prose import running_text

_WORDS_TEXT = """
    kommentar kommentare kommentarer kommentarbereich kommentarliste kommentarspalte leserkommentare comentarios comentários
    commentaires commenti reacties komentarze komentari komentare yorumlar diskussion discussion discusion diskuse diskusia
    dyskusja keskustelu talkback talkbacks forum
"""
_WORDS = tuple(_WORDS_TEXT.split())
_COMMENTS = re.compile(rf"(?:^|[-_\s])(?:{'|'.join(_WORDS)})(?:$|[-_\s])", re.IGNORECASE)
_BOXES = ("div", "section", "ol", "ul", "aside")
_LONGEST_NAMES = 80
_MOST_FIELDS, _FIELD_LEVELS, _MOST_WRITTEN = 20, 4, 0.4
_FEWEST_REPLIES, _MOST_IN_THREAD = 2, 0.5


def mark_comments(tree: Tree) -> bool:
    """Readers' comments get the class by which trafilatura knows them, whatever language their own class is in."""
    marked = [each for each in (*_headed(tree), *_named(tree)) if each.find(".//h1") is None]
    marked += [*_beside_fields(tree.root), *_thread(tree)]
    for element in marked:
        element.set("class", "comments")
    return bool(marked)


def _headed(tree: Tree) -> Iterator[HtmlElement]:
    """The boxes that begin with a heading of comments, and what follows a heading with their number ("3 Comments")."""
    first_numbered: dict[HtmlElement | None, HtmlElement] = {}
    for heading in tree.elements(*SUBHEADINGS):
        parent = heading.getparent()
        if heading.getprevious() is None and parent.tag in _BOXES and is_headed_comments(parent):
            yield parent
        if says_comments(heading) and any(map(str.isdigit, heading.text_content())):
            first_numbered.setdefault(parent, heading)
    for heading in first_numbered.values():
        yield from heading.itersiblings()
        heading.drop_tree()


def _named(tree: Tree) -> Iterator[HtmlElement]:
    by_class = elements_of_class(tree.root, tree.markup, _WORDS, _COMMENTS)
    by_id = (each for each in tree.markup.elements.of(having=["id"]) if _COMMENTS.search(each.get("id") or ""))
    for each in (*by_class, *by_id):
        if each.tag in _BOXES and len(f"{each.get('class') or ''} {each.get('id') or ''}") <= _LONGEST_NAMES:
            yield each


def _beside_fields(root: HtmlElement) -> Iterator[HtmlElement]:
    """What is in one box with a field to write in, unless it has the headline or much of the page's text."""
    fields = list(islice(root.iter("textarea"), _MOST_FIELDS))
    sizes = running_text(root) if fields else Counter[HtmlElement]()
    for field in fields:
        for box in islice(field.iterancestors("form", "div", "section", "aside"), _FIELD_LEVELS):
            if box.find(".//h1") is not None or sizes[box] > _MOST_WRITTEN * sizes[root]:
                break
            yield box


def _thread(tree: Tree) -> Iterator[HtmlElement]:
    """What holds posts with a link to reply to each, unless it is most of the page or has its headline."""
    replies = [each.element for each in tree.controls(lambda each: each.is_reply)]
    if len(replies) < _FEWEST_REPLIES:
        return
    first = {*replies[0].iterancestors()}
    thread = next((each for each in replies[-1].iterancestors() if each in first), None)
    if thread is None or thread.tag in NO_BOXES or HAS_HEADLINE(thread):
        return
    if sum(map(len, PARAGRAPHS(thread))) <= _MOST_IN_THREAD * sum(map(len, PARAGRAPHS(tree.root))):
        yield thread
