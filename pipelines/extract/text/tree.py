"""The page's tree made ready for the text step: what is not text is removed, and nothing that holds the story is removed with it.

Tags and classes are only names: an element is what its text makes it. Each rule changes the tree in its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from dateline.html import parse_html
from dateline.text import storable_line
from pipelines.extract.markup import Markup, elements_of_class, short_text, text_before
from pipelines.extract.scope import SUBHEADINGS
from pipelines.extract.text.matchers import BODY, LEFT_OUT
from pipelines.extract.text.parts.boxes import (
    drop_asking_boxes,
    drop_channel_lines,
    drop_jumps,
    drop_named_boxes,
    drop_writers,
)
from pipelines.extract.text.parts.comments import mark_comments
from pipelines.extract.text.parts.controls import Tree
from pipelines.extract.text.parts.figures import drop_captions, open_figures
from pipelines.extract.text.parts.linked import keep_linked_lists, keep_linked_prose
from pipelines.extract.text.parts.other_articles import drop_other_articles
from pipelines.extract.text.prose import (
    LONG,
    LONG_WIDE,
    SENTENCE_ENDS,
    SHORTEST_STORY,
    has_signs_of_box,
    is_long,
    long_texts,
    running_text,
    story_size,
)

_SCRIPTS = (
    *("script", "style", "svg", "iframe", "link", "canvas", "select", "object", "embed", "head"),
    *("video", "audio", "map", "datalist", "source", "track", "noindex"),
)
"""What holds no prose whatever the page looks like; trafilatura drops it too, but copies and searches it first."""
_BESIDE = ("nav", "footer", "aside", "menu", "button", "noscript", "template", "textarea", "dialog", "picture")
"""What is beside the text on most pages; where a tag is left open, or a template misuses it, the text is inside."""
_INLINE = ("time", "button", "output", "label", "abbr", "meter", "progress")
"""Dropped by trafilatura wherever they are; in the middle of a sentence they are words of it."""
_ARTICLES = frozenset({"article", "main"})
_ENTRIES = frozenset({"li", "dd", "dt", "td", "th"})
_RUBY = ("ruby", "rb", "rp", "rt")
"""Readings beside a word: trafilatura leaves out the text of `rt`, and its brackets in `rp`."""
_EMPHASIS = frozenset({"i", "em", "b", "strong", "font", "span"})
_IN_LINE = _EMPHASIS | {"br", "a", "sup", "sub", "u"}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MOST, _MOST_UNCLOSED = 0.75, 0.5
_LONGEST_INLINE, _MOST_PIECES = 80, 40
_NAMES = ("class", "id", "style", "hidden", "aria-hidden", "role")
_AS_BLOCK = re.compile(r"display:\s*(?:block|flex|grid)", re.IGNORECASE)
_NOTE_ON_LINK = re.compile(r"\s*(?:,\s*[a-zà-ÿ]|\(.*\)\s*$)", re.DOTALL)
_NOTE_MARKS = ("span", "small")
_EMBEDDED_POSTS = re.compile(r"twitter-tweet|instagram-media|tiktok-embed|bluesky-embed|fb-post")
_EMBED_LEVELS = 3
_OFF_SCREEN = re.compile(
    r"(?:^|[;\s])(?:(?:left|top|right|bottom|text-indent)\s*:\s*-\d{3,}|(?:width|height)\s*:\s*1px"
    r"|clip\s*:\s*rect\((?:[\s,]*[01](?:px)?){4}|clip-path\s*:\s*inset\(\s*(?:50|100)%)",
    re.IGNORECASE,
)
_CELL_LISTS = etree.XPath("//td//li | //th//li | //td//dd | //td//dt")
_NOTE_NAMES = re.compile(
    r"corr?ec|clarif|rectif|berichtig|korr?ekt|korrig|note|\bnota\b|updat|errat|translat|edit|disclos|footer$|(?:fact|info|data|glossary)[-_]{0,2}(?:box|file|s\b|$)"
    r"|background|explainer|timeline|hintergrund|faktenbox|encadre|encadré|recuadro|despiece",
    re.IGNORECASE,
)
_NOTE_TEXT = re.compile(
    r"(?:correction|clarification|editor.s note|erratum|korrektur|anmerkung der redaktion|rectificati\w+|corrección)\b"
    r"|(?:this|an earlier version of this|a previous version of this) (?:article|story|report|post) (?:was|has been|gave|said)\b",
    re.IGNORECASE,
)
_FOOTNOTES = ("footnote", "endnote")
_FOOTNOTE_TAGS = frozenset({"div", "section", "ol", "aside"})
_SHORTEST_NOTE, _LONGEST_NOTE = 40, 1_000
_MOST_FRAMES, _LARGEST_FRAME = 20, 1_000_000


def prepare(root: HtmlElement, markup: Markup, titles: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ready the tree; returns the page's long running texts, among which is the story, and the rules that changed something."""
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction, *_RUBY)
    _drop_players(root)
    etree.strip_elements(root, *_SCRIPTS, with_tail=False)
    _clear_controls(root)
    tree = Tree(root, markup, titles)
    fired = [name for name, rule in TREE_RULES.items() if rule(tree)]
    etree.strip_elements(root, *_BESIDE, "input", with_tail=False)
    return [text for text, _ in long_texts(root)], fired


def open_frames(root: HtmlElement) -> None:
    """A document within the page becomes part of it, if it has more running text than the page itself."""
    for frame in list(islice(root.iter("iframe", "noframes"), _MOST_FRAMES)):
        is_noframes = frame.tag == "noframes"
        held = (frame.text if is_noframes else frame.get("srcdoc")) or ""
        if SHORTEST_STORY <= len(held) <= _LARGEST_FRAME:
            inner = parse_html(held.encode(), "text/html; charset=utf-8")
            if is_noframes or story_size(inner) > story_size(root):
                frame.tag, frame.text = "div", None
                frame.attrib.clear()
                frame[:] = next(iter(inner.iter("body")))


def _drop_players(root: HtmlElement) -> None:
    """The words of a player (its buttons, what it says to old browsers) go with it."""
    for player in list(root.iter("video", "audio")):
        holder = None
        for each in player.iterancestors("div", "figure", "section"):
            if len(each.text_content().strip()) >= LONG_WIDE * 3 or is_long(each.text_content().strip()):
                break
            holder = each
        if holder is not None and holder.getparent() is not None:
            holder.drop_tree()


def _clear_controls(root: HtmlElement) -> None:
    """Control characters, which entities bring in, become blanks: lxml refuses to set a text that has one."""
    if not _CONTROLS.search(root.text_content()):
        return
    for element in root.iter("*"):
        if element.text and _CONTROLS.search(element.text):
            element.text = _CONTROLS.sub(" ", element.text)
        if element.tail and _CONTROLS.search(element.tail):
            element.tail = _CONTROLS.sub(" ", element.tail)


def _keep_what_holds_the_story(tree: Tree) -> bool:
    """What is beside the text elsewhere becomes a plain container if it has most of the page's running text.

    So does what has most of the running text round the headline, whatever else the page has.
    """
    lengths = running_text(tree.root)
    rows = _rows_of(lengths)
    holding = {each for frame in _frames(tree, lengths) for each in _most_of(frame, lengths, rows)}
    named = [each for each in holding if not _is_beside(each)]
    # what trafilatura would take out piece by piece is more than it takes out: it undoes that by itself
    pieces = [each for each in lengths if each not in holding and _is_left_out(each)] if named else []
    held = holding.difference(named) | set(named).difference(*(each.iterancestors() for each in pieces))
    for element in held:
        if _is_beside(element):
            element.tag = "div"
        for name in _NAMES:
            element.attrib.pop(name, None)
    return bool(held)


def _frames(tree: Tree, lengths: Counter[HtmlElement]) -> set[HtmlElement]:
    """The page, and the smallest element that holds the headline and some running text."""
    headline = tree.headline
    above = headline.iterancestors() if headline is not None else ()
    return {tree.root, next((each for each in above if lengths[each] >= LONG), tree.root)}


def _rows_of(lengths: Counter[HtmlElement]) -> dict[HtmlElement, int]:
    """Each element's running text with that of its siblings of the same tag and class: some editors put each paragraph in one."""
    keys = {element: (element.getparent(), element.tag, element.get("class")) for element in lengths}
    sizes = Counter[object]()
    for element, length in lengths.items():
        sizes[keys[element]] += length
    return {element: sizes[key] for element, key in keys.items()}


def _most_of(frame: HtmlElement, lengths: Counter[HtmlElement], rows: dict[HtmlElement, int]) -> Iterator[HtmlElement]:
    """The elements that trafilatura leaves out for their tag or names although they, or their row, have most of the text."""
    whole = lengths[frame]
    for element in [element for element, size in rows.items() if size > _MOST_UNCLOSED * whole]:
        most = (_MOST_UNCLOSED if _is_left_open(element, lengths) else _MOST) * whole
        is_within = frame.getparent() is None or frame in {element, *element.iterancestors()}
        if not is_within or rows[element] <= most:
            continue
        if _is_beside(element) or (lengths[element] > most and _is_left_out(element)):
            yield element


def _is_left_open(element: HtmlElement, lengths: Counter[HtmlElement]) -> bool:
    """Whether an element of a tag beside the text may never have been closed: it ends what holds running text before it."""
    return (
        element.tag in _BESIDE
        and element.getnext() is None
        and any(map(lengths.get, element.itersiblings(preceding=True)))
    )


def _is_beside(element: HtmlElement) -> bool:
    """Whether the tag is one of those beside the text; a figure is, but that with a picture is left alone."""
    return element.tag in _BESIDE or (element.tag == "figure" and not has_signs_of_box(element))


def _is_left_out(element: HtmlElement) -> bool:
    """Whether trafilatura leaves out an element of such names, whatever is in it."""
    names = [storable_line(element.get(name) or "") for name in ("class", "id", "style")]
    return element.tag not in ("html", "body") and any(names) and _are_left_out(*names)


@lru_cache(maxsize=4_096)
def _are_left_out(classes: str, identity: str, style: str) -> bool:
    body = etree.Element("body")
    etree.SubElement(body, "div", {"class": classes, "id": identity, "style": style})
    return any(find(body) for find in LEFT_OUT) and not any(list(find(body)) for find in BODY)


def _drop_words_on_tabs(tree: Tree) -> bool:
    """Notes at the end of links and what is off the screen go; a span that is shown as a block gets a blank behind it."""
    found = False
    for element in tree.elements(having=["style"]):
        style = element.get("style") or ""
        if "absolute" in style and element.tag not in ("html", "body") and _OFF_SCREEN.search(style):
            element.drop_tree()
            found = True
        elif element.tag == "span" and _AS_BLOCK.search(style):
            element.tail = f" {element.tail or ''}"
    for note in [link[-1] for link in tree.root.iter("a") if len(link) and _is_note_on_link(link[-1])]:
        note.drop_tree()
        found = True
    return found


def _is_note_on_link(element: HtmlElement) -> bool:
    """Whether words set apart at the end of a link are in brackets or behind a comma: that it opens in a new tab, its size."""
    if element.tag not in _NOTE_MARKS or (element.tail or "").strip():
        return False
    has_words_before = element.getprevious() is not None or bool(text_before(element).strip())
    return has_words_before and bool(_NOTE_ON_LINK.match(short_text(element, _LONGEST_INLINE) or ""))


def _keep_inline(tree: Tree) -> bool:
    """Words in mid-sentence stay, whatever element they are in."""
    kept = 0
    for element in tree.elements(*_INLINE):
        before = text_before(element)
        after = (element.tail or "").lstrip()
        is_in_sentence = (
            before.strip()
            or (element.getparent().tag == "p" and _text_beside(element) >= LONG_WIDE)
            or (after[:1].islower() and len(after) >= LONG_WIDE)
            or (after and element.getparent().tag in _ENTRIES)
        )
        if is_in_sentence and len(element.text_content()) < _LONGEST_INLINE:
            element.tag = "span"
            element.attrib.clear()
            kept += 1
    return kept > 0


def _keep_openers(tree: Tree) -> bool:
    """A control that opens the running text below it, such as the question above an answer, becomes a heading."""
    kept = 0
    for element in tree.elements(having=["aria-expanded", "data-toggle"]):
        heading = next(element.iterancestors(*SUBHEADINGS), None)
        below = (element if heading is None else heading).getnext()
        is_told = below is not None and below.find(".//nav") is None and next(long_texts(below), None) is not None
        if is_told and " " in element.text_content().strip():
            element.tag = "h4" if heading is None else "span"
            element.attrib.clear()
            kept += 1
    return kept > 0


def _text_beside(element: HtmlElement) -> int:
    """The characters that the element's paragraph has without it."""
    paragraph = element.getparent()
    return len("".join(islice(paragraph.itertext(), _MOST_PIECES)).strip()) - len(element.text_content())


def _keep_verses(tree: Tree) -> bool:
    """Lines that breaks part, beside a paragraph of the story, become a paragraph: trafilatura loses the first of them."""
    kept = 0
    for line in {each.getparent() for each in tree.elements("br")}:
        holder = line
        while holder.tag in _EMPHASIS and len(above := holder.getparent()) == 1 and not (above.text or "").strip():
            holder = above
        beside = [each for each in (holder.getprevious(), holder.getnext()) if each is not None and each.tag == "p"]
        if (
            holder.tag in ("div", "center")
            and (line.text or "").strip()
            and all(each.tag in _IN_LINE for each in holder.iterdescendants())
            and any(is_long(each.text_content().strip()) for each in beside)
        ):
            holder.tag = "p"
            kept += 1
    return kept > 0


def _keep_lists_in_cells(tree: Tree) -> bool:
    """Lists in cells as words of the cell: trafilatura loses them."""
    found: Any = _CELL_LISTS(tree.root) if next(tree.elements("td", "th"), None) is not None else []
    for item in found:
        parent = item.getparent()
        if parent.tag in ("ul", "ol", "dl"):
            parent.tag = "div"
        item.tag = "p"
        item.tail = f" {item.tail or ''}"
    return bool(found)


def _keep_notes(tree: Tree) -> bool:
    """Corrections, translators' notes and footnotes become part of the text above them."""
    beside = list(tree.elements("aside", "footer"))
    headline = tree.headline if beside else None
    round_story = {*headline.iterancestors("div", "section")} if headline is not None else set()
    found = [each for each in beside if any(one.tag in _ARTICLES or one in round_story for one in each.iterancestors())]
    footnotes = [each for each in elements_of_class(tree.root, tree.markup, _FOOTNOTES) if each.tag in _FOOTNOTE_TAGS]
    notes = [each for each in found if _is_note(each)] + [each for each in footnotes if _has_story_above(each)]
    for note in notes:
        note.tag = "ol" if note.tag == "ol" else "div"
        note.attrib.clear()
        _drop_back_links(note)
        if (before := note.getprevious()) is not None and before.tag in ("div", "section"):
            before.append(note)
    return bool(notes)


def _drop_back_links(note: HtmlElement) -> None:
    """Without its arrows back to the text, which are short links: trafilatura drops a list for them."""
    for link in list(note.iter("a")):
        if not any(map(str.isalnum, link.text_content())):
            link.drop_tree()


def _is_note(element: HtmlElement) -> bool:
    """Whether an aside or footer of the article has sentences, and no signs of a box or the words of a correction."""
    text, name = element.text_content().strip(), element.get("class") or ""
    if not (_SHORTEST_NOTE <= len(text) <= _LONGEST_NOTE and text.endswith(SENTENCE_ENDS)):
        return False
    is_named = not name or bool(_NOTE_NAMES.search(name))
    return bool(_NOTE_TEXT.match(text)) or (is_named and not has_signs_of_box(element, but_headings=bool(name)))


def _has_story_above(element: HtmlElement) -> bool:
    return sum(map(story_size, element.itersiblings(preceding=True))) >= SHORTEST_STORY


def _keep_embedded_posts(tree: Tree) -> bool:
    """Make embedded posts plain quotes: trafilatura drops whatever has "embed" in its class."""
    kept = 0
    for quote in tree.elements("blockquote"):
        if not _EMBEDDED_POSTS.search(quote.get("class") or ""):
            continue
        kept += 1
        if _is_all_links(quote):
            quote.drop_tree()
        else:
            del quote.attrib["class"]
            for _level, ancestor in zip(
                range(_EMBED_LEVELS), quote.iterancestors("div", "figure", "section"), strict=False
            ):
                if "embed" in (ancestor.get("class") or ""):
                    del ancestor.attrib["class"]
                if ancestor.tag == "figure":
                    ancestor.tag = "div"
    return kept > 0


def _is_all_links(quote: HtmlElement) -> bool:
    """Whether an embedded post shows only a link to itself until a script has run."""
    linked = sum(len(link.text_content().strip()) for link in quote.iter("a"))
    return linked >= _MOST * len(quote.text_content().strip())


TREE_RULES: dict[str, Callable[[Tree], bool]] = {
    "comments": mark_comments,
    "asking-boxes": drop_asking_boxes,
    "channel-lines": drop_channel_lines,
    "jumps": drop_jumps,
    "writers": drop_writers,
    "words-on-tabs": _drop_words_on_tabs,
    "figures": open_figures,
    "captions": drop_captions,
    "other-articles": drop_other_articles,
    "inline-words": _keep_inline,
    "openers": _keep_openers,
    "verses": _keep_verses,
    "linked-prose": keep_linked_prose,
    "linked-lists": keep_linked_lists,
    "lists-in-cells": _keep_lists_in_cells,
    "notes": _keep_notes,
    "story-guard": _keep_what_holds_the_story,
    "embedded-posts": _keep_embedded_posts,
    "boxes": drop_named_boxes,
}
