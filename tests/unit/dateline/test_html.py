"""Charsets that headers, BOMs, meta tags and bytes disagree on; and bytes that no parser likes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.html import _has_long_tag, decode_html, parse_html

TEXTS = {
    "cp1251": "<p>Мост через реку открыли утром, и первый трамвай прошёл по нему под дождём.</p>",
    "cp1252": "<p>Le café du port a rouvert « hier » près de l’école, après un été entier de travaux.</p>",
    "cp1253": "<p>Η γέφυρα άνοιξε σήμερα το πρωί και οι κάτοικοι γιόρτασαν στην πλατεία του λιμανιού</p>",
    "cp1256": "<p>افتتح الجسر القديم صباح اليوم واحتفل سكان المدينة بعودة الترام إلى الميناء</p>",
    "cp932": "<p>港の橋は今朝開通し、市民は雨の中で祝った。</p>",
    "gb18030": "<p>海港的旧桥今天早上重新开放，市民在雨中庆祝。</p>",
    "big5": "<p>海港的舊橋今天早上重新開放，市民在雨中慶祝。</p>",
    "cp949": "<p>항구의 다리가 오늘 아침 다시 열렸고 시민들은 빗속에서 축하했다.</p>",
}


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("header", [None, "text/html; charset=utf-8", "text/html; charset={}"])
def test_a_legacy_page_reads_right_whether_its_header_is_silent_wrong_or_right(
    encoding: str, header: str | None
) -> None:
    text = TEXTS[encoding]
    assert decode_html(text.encode(encoding), header and header.format(encoding)) == text


def test_a_charset_that_the_bytes_leave_open_is_taken_from_the_header() -> None:
    text = "<p>Most już otwarty, a tramwaj ruszył w deszczu; świętowano na rynku</p>"
    assert decode_html(text.encode("iso8859_2"), "text/html; charset=ISO-8859-2") == text


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1251", "shift_jis", "no-such-charset", "utf-16", "utf-7"])
def test_utf8_stays_utf8_whatever_was_declared(encoding: str) -> None:
    text = TEXTS["cp1252"] * 3
    assert decode_html(text.encode(), f"text/html; charset={encoding}") == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_marks_and_wide_characters_win_over_the_header(encoding: str) -> None:
    text = TEXTS["cp1251"]
    assert decode_html(text.encode(encoding), "text/html; charset=iso-8859-1") == text


def test_the_meta_tag_is_read_where_the_header_is_silent() -> None:
    page = '<meta charset="koi8-r"><p>Мост</p>'
    assert "Мост" in decode_html(page.encode("koi8-r"))


def test_a_page_cut_inside_a_character_is_not_taken_for_another_charset() -> None:
    assert decode_html("<p>Привет".encode()[:-1], "text/html; charset=windows-1251") == "<p>Приве"


def test_one_bad_byte_does_not_cost_a_utf8_page_its_accents() -> None:
    text = TEXTS["cp1252"].encode() * 5 + b"\xe9"
    assert "« hier »" in decode_html(text)


def test_iso_2022_jp_is_read_although_it_is_ascii() -> None:
    assert decode_html("港の橋".encode("iso2022_jp"), "text/html; charset=iso-2022-jp") == "港の橋"


def test_nuls_are_gone_from_text_and_attributes() -> None:
    tree = parse_html(b"<p title='a\0b'>c\0d</p>")
    assert tree.findtext(".//p") == "cd"
    assert tree.find(".//p").get("title") == "ab"


def test_text_below_depth_256_is_kept() -> None:
    assert parse_html(b"<div>" * 1000 + b"deep").text_content() == "deep"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \n\0", id="blank"),
        pytest.param(b"<!-- only -->", id="comment"),
        pytest.param(b"<!--" * 100_000, id="comments"),
        pytest.param(b"<div>" * 100_000, id="deep"),
        pytest.param(b"<a " + b" ".join(b"a%d=1" % i for i in range(50_000)) + b">x", id="attributes"),
        pytest.param(b'<?xml version="1.0" encoding="utf-16"?><p>x', id="xml declaration"),
        pytest.param(b"<" * 400_000, id="angle brackets"),
        pytest.param(bytes(range(256)) * 400, id="all bytes"),
    ],
)
def test_any_bytes_give_a_tree_soon(body: bytes) -> None:
    """Without the attribute guard the 50,000 attributes took 20 s (of CPU, so that a busy machine does not matter)."""
    started = time.process_time()
    assert parse_html(body).tag == "html"
    assert time.process_time() - started < 1.5


def test_a_long_attribute_is_kept() -> None:
    image = "data:image/png;base64," + "A" * 50_000
    assert parse_html(f'<img src="{image}" alt="a b c">'.encode()).find(".//img").get("src") == image


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([None, "text/html", "text/html; charset=gbk", 'x;charset="']))
def test_parsing_html_never_raises(body: bytes, content_type: str | None) -> None:
    assert parse_html(body, content_type).tag == "html"
    assert "\0" not in decode_html(body, content_type)


LATE = f"<!-- {'x' * 20_000} -->"
FRENCH = "Le conseil a décidé à l'été où l'hôtel serait bâti, et l'œuvre « naïve » coûtera 5 € de plus que prévu."
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy. Starosta řekl, že most bude uzavřen až do léta příštího roku."
POLISH = "Zażółć gęślą jaźń. Burmistrz powiedział, że most będzie zamknięty aż do lata przyszłego roku."
HUNGARIAN = "Az önkormányzat hétfőn úgy döntött, hogy felújítják a kikötőt, amelyet a vihar tönkretett."
RUSSIAN = "Совет острова решил в понедельник восстановить причал, разрушенный бурей в марте этого года."
ARABIC = "قرر مجلس الجزيرة يوم الاثنين إعادة بناء رصيف العبارة الذي دمرته عاصفة في مارس من هذا العام."
TURKISH = "Belediye meclisi pazartesi günü fırtınanın yıktığı iskeleyi yeniden inşa etmeye karar verdi."
DANISH = "Byrådet besluttede mandag at genopføre færgelejet. Øen får også både på ny."
JAPANESE = (
    "町議会は月曜日、三月の嵐で壊れた桟橋を再建することを決めた。費用は六百万クローネで、秋までに完成する予定だ。"
)
CHINESE = "莫罗岛议会星期一晚上在座无虚席的大厅里辩论了四个小时之后，投票决定重建三月被风暴摧毁的渡轮码头。"


@pytest.mark.parametrize(
    ("text", "encoding", "head", "header", "language"),
    [
        (FRENCH, "cp1252", "", None, "fr"),
        (FRENCH, "cp1252", "", None, ""),
        (FRENCH, "cp1252", "<meta charset=latin1>", None, "fr"),
        (FRENCH, "cp1252", "<meta charset=us-ascii>", None, "fr"),
        (FRENCH, "cp1252", "", "text/html; charset=ISO-8859-1", "fr"),
        (FRENCH, "cp1252", "<meta charset=windows-1251>", "text/html; charset=windows-1252", "fr"),
        (FRENCH, "cp1252", "<meta charset=utf-8>", "text/html; charset=utf-8", "fr"),
        (FRENCH, "utf-8", "<meta charset=windows-1252>", "text/html; charset=iso-8859-1", "fr"),
        (CZECH, "cp1250", "", None, "cs"),
        (CZECH, "cp1250", "", None, ""),
        (CZECH, "iso8859-2", "<meta charset=iso-8859-2>", None, "cs"),
        (CZECH, "iso8859-2", "", None, "cs"),
        (POLISH, "iso8859-2", "", None, "pl"),
        (POLISH, "iso8859-2", "", None, ""),
        (POLISH, "iso8859-2", "<meta charset=iso-8859-1>", None, "pl"),
        (HUNGARIAN, "cp1250", "<meta charset=iso-8859-1>", None, "hu"),
        (TURKISH, "cp1254", "", "text/html; charset=ISO-8859-1", "tr"),
        (POLISH, "cp1250", "", None, "pl"),
        (POLISH, "cp1250", "", None, ""),
        (HUNGARIAN, "cp1250", "", None, "hu"),
        (RUSSIAN, "cp1251", "", None, "ru"),
        (RUSSIAN, "cp1251", "", None, "en"),
        (RUSSIAN, "iso8859-5", "", None, "ru"),
        (RUSSIAN, "cp866", "", None, ""),
        (ARABIC, "iso8859-6", "", None, "ar"),
        (ARABIC, "cp1256", "", None, ""),
        (RUSSIAN, "koi8-r", "<meta charset=koi8-r>", None, "ru"),
        (TURKISH, "cp1254", "", None, "tr"),
        (DANISH, "cp1252", "", None, "da"),
        (DANISH, "cp1252", "", None, ""),
        (JAPANESE, "cp932", "<meta charset=x-sjis>", None, "ja"),
        (JAPANESE, "euc_jp", LATE + "<meta http-equiv=Content-Type content='text/html; charset=euc-jp'>", None, ""),
        (CHINESE, "gbk", LATE + "<meta charset=gb2312>", None, "zh"),
        (CHINESE, "gbk", "", "text/html; charset=GB2312", "zh"),
        (CHINESE, "gbk", "<meta charset=x-gbk>", None, ""),
        (RUSSIAN, "mac_cyrillic", "<meta charset=x-mac-cyrillic>", None, ""),
        (RUSSIAN, "mac_cyrillic", "", "text/html; charset=x-mac-cyrillic", ""),
        (RUSSIAN, "iso8859-5", "<meta charset=iso88595>", None, ""),
        (RUSSIAN, "cp1251", "<meta charset=iso-8859-1>", "text/html; charset=ISO-8859-1", "ru"),
        (CHINESE, "gbk", "", "text/html; charset=ISO-8859-1", "zh-CN"),
    ],
)
def test_the_charset_is_what_the_bytes_and_the_standard_say(
    text: str, encoding: str, head: str, header: str | None, language: str
) -> None:
    lang = f" lang={language}" if language else ""
    page = f"<!doctype html><html{lang}><head>{head}<title>t</title></head><body><p>".encode() + text.encode(encoding)
    assert text in decode_html(page + b"</p></body></html>", header)


@pytest.mark.parametrize("text", [FRENCH, CZECH, RUSSIAN, CHINESE])
@pytest.mark.parametrize("taken_for", ["cp1252", "latin-1"])
def test_utf8_that_was_encoded_twice_is_decoded_twice(text: str, taken_for: str) -> None:
    single = "".join(bytes([byte]).decode(taken_for, "ignore") or chr(byte) for byte in text.encode())
    assert text in decode_html(f"<meta charset=utf-8><p>{single}".encode())
    assert text in parse_html(f"<meta charset=utf-8><p>{single}".encode()).text_content()


def test_signs_behind_accented_capitals_are_not_decoded_twice() -> None:
    text = "LE CAFÉ’S, L’ÉCOLE DE DEMAIN «FERMÉ», À « LÀ », LE POKÉ’S, LE CAFÉ’S, LE POKÉ’S, LE THÉ’S, NÉ–MORT, É… À…"
    assert text in decode_html(f"<meta charset=utf-8><p>{text} é".encode())


@pytest.mark.parametrize("head", ["<meta charset=utf-8>", ""])
def test_stray_bytes_leave_utf8_what_it_is(head: str) -> None:
    page = f"<html><head>{head}</head><body><p>“Nobody here” said “Tarn” – déjà".encode() + b" It\x92s \xb7 late"
    text = decode_html(page)
    assert "“Nobody here” said “Tarn” – déjà It\ufffds \ufffd late" in text


@pytest.mark.parametrize(
    "gaps", [(), (32_767,), (32_768,), (10, 32_767, 5), (10, 40_000), (40_000, 3), (32_766, 32_767, 32_769)]
)
def test_long_tags_are_found_without_splitting_the_page(gaps: tuple[int, ...]) -> None:
    tags = b">".join(b"<".ljust(gap, b"x") for gap in gaps)
    assert _has_long_tag(tags) == (max(map(len, tags.split(b">"))) >= 32_768)
    assert not _has_long_tag(tags.replace(b"<", b"x"))


@pytest.mark.parametrize(
    "end", ["</body>", "</html>", "</body></html>", "</BODY ></HTML\n>", "</body class=x></html></html>"]
)
def test_what_follows_the_end_of_the_body_is_in_it(end: str) -> None:
    root = parse_html(
        f"<html><head><title>t</title></head><body><p>One.</p>{end}<p>Two.</p>{end}\n<div>Three.</div>{end}"
    )
    assert " ".join(root.find("body").itertext()).split() == ["One.", "Two.", "Three."]
    assert len(list(root.iter("body", "html"))) == 2


@pytest.mark.parametrize(
    "sign", ["\x01", "\x0b", "\x0c", "\x1f", "\ufffe", "&#1;", "&#x1F;", "&#11", "&#xFFFE;", "&#65535;"]
)
def test_a_text_can_be_set_again_whatever_signs_it_had(sign: str) -> None:
    """XML has no such characters: what moved a text in the tree would break its parser."""
    root = parse_html(f"<h1>The <b>pier</b>{sign} is open&#8217;s &#31415; &#8;</h1>".encode())
    bold = root.find(".//b")
    assert bold is not None
    bold.tail = bold.tail
    assert " ".join((bold.tail or "").split()) == "is open’s 窷"


@pytest.mark.parametrize("lang", ["", ' lang="{}"', ' lang="en"'])
@pytest.mark.parametrize(
    ("language", "encoding", "text"),
    [
        (
            "fr",
            "cp1252",
            "Le conseil a décidé d'élargir le chenal après l'échouement, à la fin de l'été, près du môle.",
        ),
        ("it", "cp1252", "Il molo è chiuso perché la libertà di passaggio è già più cara: così sarà."),
        ("de", "cp1252", "Die nördliche Fahrrinne wird verbreitert, größere Schiffe dürfen früher einlaufen."),
        ("sv", "cp1252", "Hamnstyrelsen beslutade att bredda farleden på våren, så att båtar går året om."),
        ("hu", "cp1250", "A kikötőtanács úgy döntött, hogy kiszélesíti az északi hajóutat, mondta az elnök."),
        ("hu", "iso8859-2", "A kikötőtanács úgy döntött, hogy kiszélesíti az északi hajóutat, mondta az elnök."),
        ("pl", "cp1250", "Rada postanowiła poszerzyć północny tor wodny, ponieważ dwa statki osiadły na mieliźnie."),
        ("pl", "iso8859-2", "Rada postanowiła poszerzyć północny tor wodny, ponieważ dwa statki osiadły na mieliźnie."),
        ("cs", "iso8859-2", "Přístavní rada rozhodla rozšířit severní plavební dráhu, řekla předsedkyně."),
        ("tr", "cp1254", "Liman kurulu kuzey kanalını genişletmeye karar verdi, dedi başkanı. Çalışmalar sürüyor."),
        ("lv", "cp1257", "Ostas padome nolēma paplašināt ziemeļu kanālu pēc tam, kad divi kuģi uzskrēja uz sēkļa."),
        ("lt", "cp1257", "Uosto taryba nusprendė praplatinti šiaurinį kanalą, sakė pirmininkė, ir pradės jį rudenį."),
    ],
)
def test_undeclared_latin_letters_are_those_of_a_language(language: str, encoding: str, text: str, lang: str) -> None:
    page = f"<html{lang.format(language)}><head><title>t</title></head><body><p>{text}</p></body></html>"
    assert text in decode_html(page.encode(encoding))
    assert text in decode_html(page.encode(encoding), "text/html; charset=iso-8859-1")


@pytest.mark.parametrize("name", ["name=description content", "data-charset=gbk name=x content"])
def test_a_meta_tag_of_something_else_declares_no_charset(name: str) -> None:
    page = f'<html><head><meta {name}="charset=gbk"></head><body><p>Der Fähranleger wird größer.</p>'
    assert "Der Fähranleger wird größer." in decode_html(page.encode())


def test_signs_alone_do_not_make_a_page_polish() -> None:
    told = "The price is £300m, he said, ½ of which is due." + " Plain words follow." * 200
    page = f"<html lang=en><head><title>Price</title></head><body><p>{told}</p></body></html>"
    assert "£300m, he said, ½ of" in decode_html(page.encode("latin-1"), "text/html; charset=iso-8859-1")
    assert "£300m, he said, ½ of" in decode_html(page.encode("latin-1"), "text/html")
