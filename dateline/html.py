"""Parses foreign bytes: finds a page's real charset, and makes an lxml tree of any bytes.

The order is BOM, HTTP header, meta, detection (WHATWG HTML, section 13.2.3.2). Unlike browsers, a declared charset is used
only if the bytes fit it, because headers are often wrong.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator

import charset_normalizer
import lxml.html
from lxml import etree
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)

_EMPTY_DOCUMENT = b"<html><head></head><body></body></html>"


class _PageElement(lxml.html.HtmlElement):  # type: ignore[misc]
    """An element whose text comes without XPath, in half the time: the same text."""

    def text_content(self) -> str:
        if not len(self):
            return self.text or ""
        return etree.tostring(self, method="text", encoding="unicode", with_tail=False)


_PLAIN_ELEMENTS = etree.ElementDefaultClassLookup(element=_PageElement, comment=lxml.html.HtmlComment)
"""lxml.html's own lookup, which also has classes for forms, makes a Python call per element: 6 % of an extraction."""
_TAG = re.compile(rb"<[^<>]{0,2000}>")
_ENDS = re.compile(rb"</(?:body|html)(?:\s[^<>]{0,200})?>", re.IGNORECASE)
"""They end nothing (WHATWG HTML, 13.2.6.4.19): what follows is in the body, and libxml2 would drop it."""
_BLANKS = bytes.maketrans(b"\x0b\x0c", b"  ")
_CONTROLS_OF_ASCII = bytes({*range(32)} - {*b"\t\n\x0b\x0c\r"})
_UNWRITABLE = re.compile(
    rb"&#(?:0*(?:[1-8]|1[124-9]|2[0-9]|3[01]|6553[45])|[xX]0*(?:[1-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[efEF]))(?:;|(?![0-9a-fA-F]))"
)
"""References to characters that XML has not (XML 1.0, 2.2): a tree holds them, and refuses them when its text is set again."""
_NON_ASCII = re.compile(rb"[\x80-\xff]")
_LONG_TAG_BYTES = 32_768
_LONG_TAG = re.compile(rb"<([a-zA-Z][^\s<>/]{0,40})([^<>]{%d,})" % (_LONG_TAG_BYTES - 50))
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_MOST_ATTRIBUTES = 1_000
_DETECTION_WINDOW = 16_384
_BELIEVABLE_DAMAGE = 0.1
_BELIEVABLE_LOSS = 0.5
_LATEST_META = 100_000
_LABEL = re.compile(
    rb"(?:<meta[^>]{0,200}?[\s;,]|^[^<>]{0,200};\s*)charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE
)
_LABELS = {
    **dict.fromkeys(("mac-cyrillic", "mac-ukrainian"), "mac-cyrillic"),
    **dict.fromkeys(("mac-roman", "mac", "csmacintosh"), "mac-roman"),
    **dict.fromkeys(("iso-8859-8-i", "logical", "visual"), "iso8859-8"),
    **dict.fromkeys(("unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf8mb4"), "utf-8"),
    **dict.fromkeys(("gb_2312", "csgb2312"), "gb18030"),
    **dict.fromkeys(("ks_c_5601-1989", "ksc_5601", "cseuckr", "iso-ir-149"), "cp949"),
    "koi8-ru": "koi8-u",
    "koi8": "koi8-r",
    "koi": "koi8-r",
    "dos-874": "cp874",
    "cn-big5": "big5hkscs",
}
"""Labels of the WHATWG Encoding Standard that w3lib does not know, without "x-"."""
_LANGUAGE = re.compile(rb"<html[^>]{0,300}?\slang\s*=\s*[\"']?([a-zA-Z]{2,3}(?:-[a-zA-Z]{2,4})?)", re.IGNORECASE)
_CONTINUED = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_TWICE = re.compile(f"[\xc2-\xdf][{_CONTINUED}]|[\xe0-\xef][{_CONTINUED}]{{2}}|[\xf0-\xf4][{_CONTINUED}]{{3}}")
"""A character of UTF-8 whose bytes were taken for characters of windows-1252 or Latin-1."""
_MAYBE_TWICE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]|[\xc5\xc6\xcb\xe2])")
_FEWEST_TWICE, _SHARE_TWICE = 5, 0.9
_LATIN = ("cp1252", "cp1250", "iso8859-2", "cp1254", "cp1257", "cp1258")
_ALPHABETS = {
    "en": "éèêëïç",
    "nl": "éèëïöüóá",
    "fr": "éèàêçâîôûùïëœæüÿ",
    "de": "äöüß",
    "es": "áéíñóúü",
    "pt": "ãáâàçéêíóôõúü",
    "it": "àèéìòù",
    "ca": "àçéèíïóòúü",
    **dict.fromkeys(("sv", "fi"), "åäöé"),
    **dict.fromkeys(("da", "no", "nb", "nn"), "æøåéó"),
    "is": "áðéíóúýþæö",
    "et": "äõöüšž",
    "hu": "áéíóöőúüű",
    "pl": "ąćęłńóśźż",
    **dict.fromkeys(("cs", "sk"), "áäčďéěíĺľňóôŕřšťúůýž"),
    **dict.fromkeys(("hr", "sl", "bs", "sr"), "čćđšž"),
    "ro": "ăâîşţ",
    "sq": "ëç",
    **dict.fromkeys(("tr", "az", "ku"), "çğıöşüâîêİ"),
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "vi": "ăâđêôơưáàéèíóùú\u0300\u0301\u0303\u0309\u0323",
}
"""The letters beyond ASCII of the languages that were written in legacy code pages of Latin letters."""
_OTHER_SCRIPTS = frozenset(
    {"ru", "uk", "be", "bg", "mk", "kk", "el", "he", "iw", "ar", "fa", "ur", "th", "ja", "zh", "ko", "hi", "ka"}
)
_SHARE_OF_SCRIPT = 0.05
_FEWEST_OWN, _MARGIN = 0.75, 0.05
_ONLY_SIGNS = 0.8
"""A text without any letters beyond ASCII fits nearly as well as one with all letters of a language."""
_BESIDE_WORDS = frozenset("½¼¾²×±\xa0©®™°§€£·•…–—-‘’‚“”„«»‹›¿¡´¨\xad")
"""Signs that texts of all languages have, and that count for none of these code pages."""
_CHARACTERS_BEYOND_ACCIDENT = 10
_WEB_ENCODINGS = [
    *("utf_8", "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859_2", "iso8859_5", "iso8859_6", "cp866", "koi8_r", "koi8_u"),
    *("gb18030", "big5", "cp932", "euc_jp", "cp949"),
]
"""The legacy encodings of the WHATWG Encoding Standard that pages still use; detection chooses only among these."""


def parse_html(body: bytes | str, content_type: str | None = None) -> lxml.html.HtmlElement:
    """The page's tree, whose root is always an `html` element. Never raises, whatever the bytes.

    huge_tree is on, because libxml2 otherwise silently drops text below depth 256. An XML declaration is harmless.
    """
    markup = _as_utf8(body, content_type).translate(_BLANKS, _CONTROLS_OF_ASCII)
    markup = _UNWRITABLE.sub(b"", markup.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b""))
    markup = _ENDS.sub(b"", _without_attribute_bombs(markup))
    return _tree(markup) if markup.strip() else _tree(_EMPTY_DOCUMENT)


def _as_utf8(body: bytes | str, content_type: str | None) -> bytes:
    """Returns the page in UTF-8; most pages are in it and stay unchanged."""
    if isinstance(body, bytes) and not read_bom(body)[0] and not _wide_encoding(body):
        utf8 = _strict_utf8(body)
        if utf8 and _is_surely_utf8(utf8[0], body, content_type) and not _may_be_twice(body):
            return body[: utf8[1]]
    text = body if isinstance(body, str) else _decode(body, content_type)
    return text.encode("utf-8", "replace")


def decode_html(body: bytes, content_type: str | None = None) -> str:
    """The page's text in its real charset, without BOM and NULs; bytes that fit no charset become U+FFFD.

    `content_type` is the HTTP header as received ("text/html; charset=gbk").
    """
    return _decode(body, content_type).replace("\0", "")


def _decode(body: bytes, content_type: str | None) -> str:
    bom_encoding, bom = read_bom(body)
    if bom_encoding and bom:
        return to_unicode(body[len(bom) :], bom_encoding)
    if wide := _wide_encoding(body):
        return to_unicode(body, wide)
    if (utf8 := _strict_utf8(body)) is not None and _is_surely_utf8(utf8[0], body, content_type):
        return _once(utf8[0]) if _may_be_twice(body) else utf8[0]
    if _is_damaged_utf8(body):
        return body.decode("utf-8", "replace")
    readings = (to_unicode(body, encoding) for encoding in _encodings(body, content_type))
    return next((text for text in readings if _damage(text) <= _BELIEVABLE_DAMAGE), to_unicode(body, "utf-8"))


def _encodings(body: bytes, content_type: str | None) -> Iterator[str]:
    """The encodings to try, best first; the expensive detection runs only when all declared ones have failed."""
    yield from _declared(body, content_type)
    yield "utf-8"
    yield _detected(body)
    yield "cp1252"


def _declared(body: bytes, content_type: str | None) -> Iterator[str]:
    """The header's charset, then the meta tag's. UTF-16 is left out: `_wide_encoding` would have found it."""
    for claim in _claims(body, content_type):
        is_wide = claim is not None and claim.startswith(("utf-16", "utf-32"))
        if claim and not is_wide and not (claim == "cp1252" and _is_of_other_script(body)):
            yield _latin(body, body) if claim == "cp1252" else claim


def _claims(body: bytes, content_type: str | None) -> Iterator[str | None]:
    header = (content_type or "").encode("ascii", "ignore")
    yield http_content_type_encoding(content_type) or _first_label(header)
    yield html_body_declared_encoding(body)
    yield _first_label(body)


def _is_of_other_script(body: bytes) -> bool:
    """Whether the page's language is written in another script than Latin, and its bytes are: Latin-1 is a server's default."""
    language = _LANGUAGE.search(body, 0, _DETECTION_WINDOW)
    is_other = language is not None and language[1].decode("ascii").lower()[:2] in _OTHER_SCRIPTS
    return is_other and len(_NON_ASCII.findall(body)) > len(body) * _SHARE_OF_SCRIPT


def _first_label(text: bytes) -> str | None:
    """The charset that a header or a meta tag names in words that w3lib does not know or in a place where it does not look."""
    match = _LABEL.search(text, 0, _LATEST_META)
    label = match[1].decode("ascii").lower() if match else ""
    bare = label.removeprefix("x-").removeprefix("x-")
    return resolve_encoding(label) or _LABELS.get(bare) or resolve_encoding(re.sub(r"^(iso8859)-?(?=\d)", r"\1-", bare))


def _is_damaged_utf8(body: bytes) -> bool:
    """Whether most of what is not ASCII is valid UTF-8, so that a few stray bytes change nothing of its charset.

    Sequences of several bytes that are valid by accident are rare in any other charset.
    """
    text = body.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    sound = len(text) - len(text.encode("ascii", "ignore")) - lost
    return 0 < lost <= sound * _BELIEVABLE_LOSS


def _is_surely_utf8(text: str, body: bytes, content_type: str | None) -> bool:
    """Whether bytes that are valid UTF-8 are UTF-8, and not the declared charset.

    Text in a single-byte charset is never valid UTF-8 by accident; a few characters of GBK or Shift_JIS may be, and
    ISO-2022-JP always is, as it is ASCII.
    """
    claim = next(iter(_declared(body, content_type)), "utf-8")
    is_multibyte = claim.startswith(("gb", "big5", "cp932", "shift", "euc", "iso2022", "cp949", "johab", "hz"))
    return not is_multibyte or len(text) - len(text.encode("ascii", "ignore")) >= _CHARACTERS_BEYOND_ACCIDENT


def _strict_utf8(body: bytes) -> tuple[str, int] | None:
    """The text if every byte fits, and how many bytes it has: a character cut off at the end (at the size limit) is ignored."""
    try:
        return codecs.utf_8_decode(body, "strict", False)
    except UnicodeError:
        return None


def _damage(text: str) -> float:
    """The share of replacement characters among the non-ASCII characters."""
    lost = text.count("\ufffd")
    if not lost:
        return 0.0
    return lost / (len(text) - len(text.encode("ascii", "ignore")))


def _wide_encoding(body: bytes) -> str | None:
    """UTF-16 without a BOM, recognised by its first two characters ("<h", "<?"): every other byte is NUL."""
    head = body[:4]
    if len(head) < 4:
        return None
    if not any(head[1::2]) and all(head[0::2]):
        return "utf-16-le"
    return "utf-16-be" if not any(head[0::2]) and all(head[1::2]) else None


def _detected(body: bytes) -> str:
    """The most likely charset of a limited sample from the first non-ASCII byte on, else cp1252."""
    first = _NON_ASCII.search(body)
    start = max(0, first.start() - 256) if first else 0
    sample = _TAG.sub(b" ", body[start : start + _DETECTION_WINDOW])
    readings = charset_normalizer.from_bytes(sample, cp_isolation=_WEB_ENCODINGS, chunk_size=512, steps=8)
    best = readings.best()
    found = (resolve_encoding(best.encoding) or "cp1252") if best else "cp1252"
    return _latin(body, sample) if found in _LATIN else found


def _latin(body: bytes, sample: bytes) -> str:
    """The code page in which the sample's letters beyond ASCII are those of the page's language; else those of any."""
    counts = Counter(b"".join(_NON_ASCII.findall(sample)))
    match = _LANGUAGE.search(body, 0, _DETECTION_WINDOW)
    own = _ALPHABETS.get(match[1].decode("ascii").lower()[:2], "") if match else ""
    fits = {encoding: _share(counts, encoding, own) for encoding in _LATIN}
    if max(fits.values()) <= _FEWEST_OWN:
        fits = {each: max(_share(counts, each, alphabet) for alphabet in _ALPHABETS.values()) for each in _LATIN}
    fits["cp1252"] += _MARGIN
    return max(fits, key=lambda encoding: fits[encoding])


def _share(counts: Counter[int], encoding: str, alphabet: str) -> float:
    """The alphabet's share of what the bytes mean in that encoding, without the signs that all languages have."""
    chars = [(bytes([byte]).decode(encoding, "replace").lower(), number) for byte, number in counts.items()]
    own = sum(number for char, number in chars if char in alphabet)
    letters = sum(number for char, number in chars if char not in _BESIDE_WORDS)
    return own / letters if letters else _ONLY_SIGNS


def _may_be_twice(body: bytes) -> bool:
    return b"\xc3" in body and bool(_MAYBE_TWICE.search(body))


def _once(text: str) -> str:
    """The text, decoded once more where it was UTF-8 that was taken for windows-1252 or Latin-1 and encoded again."""
    found = _TWICE.findall(text)
    if len(found) < _FEWEST_TWICE or len(set(found)) == 1:
        return text
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return _TWICE.sub(_decoded_again, text) if len("".join(found)) >= _SHARE_TWICE * beyond else text


def _decoded_again(found: re.Match[str]) -> str:
    single = (char.encode("latin-1" if char <= "\xff" else "cp1252") for char in found[0])
    return b"".join(single).decode("utf-8", "replace")


def _without_attribute_bombs(markup: bytes) -> bytes:
    """The markup without the attributes of attribute bombs; the regular expression runs only where there is a long tag."""
    return _LONG_TAG.sub(_without_attribute_bomb, markup) if _has_long_tag(markup) else markup


def _has_long_tag(markup: bytes) -> bool:
    """Whether a long tag may begin: a "<" that far before the next ">"; looks at the last ">" of each long stretch only."""
    start = 0
    while len(markup) - start >= _LONG_TAG_BYTES:
        last = markup.rfind(b">", start, start + _LONG_TAG_BYTES)
        if last < 0:
            last = markup.find(b">", start)
            last = len(markup) if last < 0 else last
            begin = markup.rfind(b"<", start, last)
            if begin >= 0 and last - begin >= _LONG_TAG_BYTES - 50:
                return True
        start = last + 1
    return False


def _without_attribute_bomb(tag: re.Match[bytes]) -> bytes:
    """The tag without attributes if it has thousands of them: libxml2 takes 2.6 s for 50,000, quadratic in their number."""
    attributes = _QUOTED.sub(b"", tag[2]).split(None, _MOST_ATTRIBUTES)
    return b"<" + tag[1] if len(attributes) > _MOST_ATTRIBUTES else tag[0]


def _tree(markup: bytes) -> lxml.html.HtmlElement:
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)
    parser.set_element_class_lookup(_PLAIN_ELEMENTS)
    try:
        root = lxml.html.document_fromstring(markup, parser=parser)
    except (etree.LxmlError, AssertionError):  # a document of comments only, or one that libxml2 can't parse
        return _tree(_EMPTY_DOCUMENT)
    return root
