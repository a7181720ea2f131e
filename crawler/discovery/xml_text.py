"""XML as sites send it, repaired to be well formed: without DOCTYPE and entities, and with every prefix declared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from dateline.xml_repair import only_xml, with_numeric_references

_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'
_KNOWN_ROOT = re.compile(r"<((?:\w+:)?(?:rss|rdf|feed|urlset|sitemapindex))[\s>/]", re.IGNORECASE)
_DOCUMENT_START = re.compile(r"<\?xml\b|</html\s*>", re.IGNORECASE)
_MOST_DOCUMENTS = 10
_HIDING = re.compile(r"<(?:!--|(?:script|style)\b)", re.IGNORECASE)
_END_OF_HIDING = {
    "<!--": re.compile("-->"),
    "<script": re.compile("</script", re.IGNORECASE),
    "<style": re.compile("</style", re.IGNORECASE),
}
_ANY_ROOT = re.compile(r"<([A-Za-z_][\w.-]{0,60}(?::[\w.-]{1,60})?)[\s>/]")
_CAPITAL_HEX = re.compile(r"&#X(?=[0-9A-Fa-f]{1,6};)")
_JUNK_BEFORE_ROOT = 65_536
_PREFIX = re.compile(r"[<\s]([A-Za-z_][\w.-]{0,30}):[A-Za-z_][\w.-]{0,60}[\s>/=]")
_DECLARED_PREFIX = re.compile(r"xmlns:([\w.-]{1,31})")
_MOST_PREFIXES = 50
_START_TAG = re.compile(r"<[A-Za-z][^<>]*>")
_ATTRIBUTE = re.compile(r"(\s[\w:.-]{1,60}=)(?:\"[^\"]*\"|'[^']*'|([^\s\"'<>]+))")
_FOREIGN_NAMESPACES = ("search.yahoo.com/mrss", "itunes.com", "google.com/schemas", "podcastindex.org")
_UNIT_ENDS = ("</item>", "</entry>", "</url>", "</sitemap>")
_LAST_ADDRESS = re.compile(r"\s*<((?:\w+:)?(?:url|sitemap))\b[^<>]*>\s*<(?:\w+:)?loc\b[^<>]*>[^<>]*</(?:\w+:)?loc\s*>")
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """A well-formed document: its markup (UTF-8, no DOCTYPE), its root, and warnings about the repairs."""

    markup: bytes
    root: etree._Element
    warnings: tuple[str, ...] = ()


def root_name(text: str) -> str | None:
    """The name of the root element ("rss", "rdf:RDF", "html" …), or None where there is none."""
    root = _find_root(text)
    return root[1] if root else None


def read_xml(text: str) -> XmlDocument | None:
    """The document as well-formed XML, repaired where needed; None where it has no element."""
    root = _find_root(text)
    if root is None:
        return None
    raw = text[root.start() :]
    body = _lower_hex(only_xml(raw))
    notes = (
        *(("text before the XML",) if _prolog_end(text) < root.start() else ()),
        *(("characters that XML forbids",) if len(body) < len(raw) else ()),
    )
    try:
        return _parsed(body, notes, recover=False)
    except etree.XMLSyntaxError as error:
        return _repaired(body, root[1], error.msg)


def xml_body(text: str) -> bytes | None:
    """The document from its root to its last whole unit, as UTF-8 and without DOCTYPE; it may be ill-formed.

    None where it has no element.
    """
    root = _find_root(text)
    if root is None:
        return None
    whole, _ = _without_ragged_end(_lower_hex(only_xml(text[root.start() :])), root[1])
    return _DECLARATION + with_numeric_references(whole).encode("utf-8", "replace")


def _lower_hex(text: str) -> str:
    """The text with `&#X41;` as XML wants it: `&#x41;`."""
    return _CAPITAL_HEX.sub("&#x", text) if "&#X" in text else text


def local_name(element: etree._Element) -> str:
    """The element's name in lower case without namespace or prefix; empty for comments and the like."""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def is_foreign(element: etree._Element) -> bool:
    """Whether the element is of a podcast's or picture's vocabulary, whose titles and texts are not the entry's."""
    namespace = str(element.tag).rpartition("}")[0].lower()
    return any(foreign in namespace for foreign in _FOREIGN_NAMESPACES)


def _find_root(text: str) -> re.Match[str] | None:
    """The start tag of the root; the prolog is skipped, so that a DOCTYPE's contents are never taken for it.

    Servers put warnings, blank lines, scripts and styles before the document: a known root is searched for behind them.
    Within an HTML page only one that follows an XML declaration or the page's end counts.
    """
    start = _prolog_end(text)
    first = _ANY_ROOT.match(text, start)
    if first and first[1].lower() == "html":
        return _root_behind_page(text, start) or first
    return _known_root(text, start) or first


def _root_behind_page(text: str, start: int) -> re.Match[str] | None:
    """The root of a feed or sitemap right behind an XML declaration or the page's end."""
    marks = islice(_DOCUMENT_START.finditer(text, start, start + _JUNK_BEFORE_ROOT), _MOST_DOCUMENTS)
    places = (_prolog_end(text, mark.end() if mark[0].startswith("</") else mark.start()) for mark in marks)
    return next((root for place in places if (root := _KNOWN_ROOT.match(text, place))), None)


def _known_root(text: str, start: int) -> re.Match[str] | None:
    """The first start tag of a feed or sitemap that is not in a comment, script or style."""
    end = start + _JUNK_BEFORE_ROOT
    known = _KNOWN_ROOT.search(text, start, end)
    while known and (hiding := _HIDING.search(text, start, known.start())):
        ending = _END_OF_HIDING[hiding[0].lower()].search(text, hiding.end())
        if ending is None:
            return None
        start = ending.end()
        if start > known.start():
            known = _KNOWN_ROOT.search(text, start, end)
    return known


def _prolog_end(text: str, start: int = 0) -> int:
    position = _after_blanks(text, start)
    while (opening := text[position : position + 2]) in {"<?", "<!"}:
        if opening == "<?":
            end = _end_of(text, "?>", position)
        elif text.startswith("<!--", position):
            end = _end_of(text, "-->", position)
        else:
            end = _doctype_end(text, position)
        position = _after_blanks(text, end)
    return position


def _end_of(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _doctype_end(text: str, start: int) -> int:
    end, subset = text.find(">", start), text.find("[", start)
    if 0 <= subset < end:
        end = text.find(">", max(text.find("]", subset), subset))
    return len(text) if end < 0 else end + 1


def _after_blanks(text: str, start: int) -> int:
    while start < len(text) and (text[start].isspace() or text[start] == "\ufeff"):
        start += 1
    return start


def _repaired(body: str, name: str, complaint: str) -> XmlDocument | None:
    whole, is_cut = _without_ragged_end(body, name)
    tidy = _with_prefixes(_quoted(with_numeric_references(whole)))
    warning = "the document is cut off" if is_cut else "ill-formed XML"
    try:
        return _parsed(tidy, (f"{warning}: {complaint[:200]}",), recover=True)
    except etree.XMLSyntaxError:  # even in recovery mode
        return None


def _quoted(body: str) -> str:
    """The body with its attributes' values in quotes: libxml2 drops all of an element that has one without."""
    return _START_TAG.sub(lambda tag: _ATTRIBUTE.sub(_in_quotes, tag[0]), body)


def _in_quotes(attribute: re.Match[str]) -> str:
    return f'{attribute[1]}"{attribute[2]}"' if attribute[2] else attribute[0]


def _without_ragged_end(body: str, name: str) -> tuple[str, bool]:
    """Drop everything after the root's end tag; if that is missing, drop the last unit, which may hold half a link.

    The last unit of a sitemap whose address is whole keeps that.
    """
    closing = f"</{name}>"
    end = body.rfind(closing)
    if end >= 0:
        return body[: end + len(closing)], False
    last = max(body.rfind(mark) + len(mark) if mark in body else 0 for mark in _UNIT_ENDS)
    if last and (address := _LAST_ADDRESS.match(body, last)):
        return f"{body[: address.end()]}</{address[1]}>", True
    return (body[:last] if last else body), True


def _with_prefixes(body: str) -> str:
    """The body with each undeclared prefix declared at the root."""
    known = set(_DECLARED_PREFIX.findall(body))
    used = dict.fromkeys(match[1] for match in _PREFIX.finditer(body))
    missing = [prefix for prefix in used if prefix not in known and not prefix.lower().startswith("xml")]
    declared = "".join(
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, "urn:undeclared:" + prefix)}"'
        for prefix in missing[:_MOST_PREFIXES]
    )
    name = _ANY_ROOT.match(body)
    return body[: name.end(1)] + declared + body[name.end(1) :] if name and declared else body


def _parsed(body: str, warnings: tuple[str, ...], *, recover: bool) -> XmlDocument | None:
    """The parsed document. huge_tree stays off: feeds are not 256 levels deep, and this limit stops bombs."""
    parser = etree.XMLParser(
        recover=recover, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    markup = _DECLARATION + body.encode("utf-8", "replace")
    root = etree.fromstring(markup, parser)
    if root is None:
        return None
    return XmlDocument(etree.tostring(root, encoding="utf-8") if recover else markup, root, warnings)
