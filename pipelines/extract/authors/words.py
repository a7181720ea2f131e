"""Words of bylines in the languages of the world's news: what comes before a name, after it, or in its place."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from functools import cache

BY_PHRASE = re.compile(
    r"^(?:(?:written|posted|reported|published|story|words|text|report|article|interview|review"
    r"|analysis|compiled|edited|reviewed"
    r"|special report|submitted|authored|contributed)\s+by|as told to|by|a cura di|scritto da|escrito por"
    r"|escrita por|scris de|(?:(?:un )?(?:article|texte|récit) )?(?:écrit|publié|rédigé|signé) par"
    r"|(?:publicado|redactado) por|(?:ver(?:öffentlicht|fasst)|geschrieben|(?:er|einge)stellt|gepostet) von"
    r"|dal(?:la)? nostr[oa] inviat[oa]|de notre (?:envoyée?|correspondante?)(?: spéciale?)?|von unser\w+ \w+|van onze \w+"
    r"|от нашего корреспондента|propos recueillis par|ein (?:artikel|beitrag|bericht|kommentar"
    r"|gastbeitrag) von|(?:geschreven|geplaatst|gepubliceerd) door"
    r"|skrevet a[vf]|skriven av|(?:napisan|dodan|opublikowan)\w+ przez|oprac(?:\.|owa\w+)"
    r"|napsal\w*|rozmawiała?|kirjoittanut|опубликовала?|napisa[ol]a?|írta"
    r"|γράφει(?: [οη])?|του|της|ditulis oleh|oleh"
    r"|penulis|tác giả|بقلم|كتبت?|إعداد|به قلم|نویسنده|מאת|लेखक|द्वारा|โดย|เรื่อง(?: โดย)?"
    r"|撰文|作者|记者|記者|執筆)(?!\w)\s*[:：/／|]?\s*"
    r"|^(?:본지|기자명|글쓴이)\s+|^[\u4e00-\u9fff]{1,5}(?:部|支局)\s+(?=[\u3040-\u9fff]{2})"
    r"|^(?:本[报報社]|特[约約]|[实實][习習]|[\u4e00-\u9fff]{1,4}[社报報网網台])?(?:记者|記者|通[讯訊]员|作者|撰文)\s*[:：/／|]?\s*(?=[\u4e00-\u9fff]{2,4}(?:\W|$))"
    r"|^(?:取材|文|글|취재)(?:[・·/／](?:取材|文|写真|撮影|構成|글|사진|촬영))*[\s:：=＝/／]+",
    re.IGNORECASE,
)
"""What surely announces names."""

_TASKS = (
    r"authors?|auth?or(?:in|en|es|a|as|i|ka|zy|ky|ář)?|auteure?s?|autore|avtor(?:ji)?|autors|autorius|autoři|författare|forfatter\w*"
    r"|kirjoittaja\w*|szerzők?|автор\w*|ავტორი|подготовил\w*|текст|teksti?|testo|textos?|texte?|tekst|yazar\w*|yazan|muhabir|haber|writer|skribent|toimittaja|reporteri|höfundur|blaðamaður|written|reporter|repórter"
    r"|reportagem|dziennikarz|periodista|byline|redaktion|redactie|redacción|redakcja|pise|piše|пише|журналист\w*|корреспондент"
    r"|репортер|συντάκτ\w+|συγγραφέας|κείμενο|الكاتب|كاتب|المؤلف|تحر[يی]ر|تقرير|خبرنگار|گزارش(?:گر)?|כתב[הת]?|संवाददाता|লেখক|প্রতিবেদক"
    r"|ผู้เขียน|ผู้สื่อข่าว|phóng viên|pewarta|wartawan|取材|取材・文|文字|文|執筆者?|筆者|作者|记者|記者|작성자"
)
"""Labels of who wrote a text."""

_WORKS = (
    r"story|words|report(?:age|ed|ing|aje)?|reportáž|interview|entretien|entrevista|intervista|wywiad|интервью|bài"
    r"|opinion|guest (?:post|essay|column)"
    r"|column|essay|comment(?:ary)?|feature|perspective|analys[ei]s?|artikel|article|articolo|artículo|artigo|reportagem|servizio|репортаж"
    r"|материал|статья|beitrag|gastbeitrag|kommentar|krönika|kolumn"
)
"""What comes before "by", or is a label in what is marked as a byline; elsewhere "Interview: Bo Lund" names who was asked."""

_OTHER_TASKS = (
    r"photo\w*|foto(?:['’]?s|graf\w*)?|fotó\w*|kuvat?|bild(?:er)?|pictures?|images?|ilustra\w*|illustration\w*|grafik\w*|graphics?|video|kamera|camera|sendung|edit(?:ed|ing|or)|reviewed|updated|fact.?check\w*"
    r"|edición|traduc\w+|traduzione|снимк\w+|translat\w+|übersetz\w+|vertaling|фото|иллюстрац\w+|видео|перевод|zdjęci[ae]|opracowanie|képek|kép"
    r"|fotoğraf\w*|φωτ\w*|تصوير|صور|عکس|צילומ?ים|צילום|छाया|ภาพ|ảnh|撮影|写真|編集|摄影|攝影|(?:责任|責任)?(?:编辑|編輯)|[责責][编編]|来源|來源|사진|촬영|편집"
)
"""Labels of who did something else."""

BY_OTHERS = re.compile(rf"(?:\w+ly )?(?:{_OTHER_TASKS}|review\w*)\s+by\b", re.IGNORECASE)
"""What announces somebody who did not write the text."""

TASK_IN_BRACKETS = re.compile(rf"\((?:{_OTHER_TASKS})\)\s*$", re.IGNORECASE)
"""What says of the name before it that its bearer did not write the text."""

_JOINED = rf"(?:\s*(?:et|und|y|e|i|и|and|og|och|en|&|/|・)\s*(?:{_OTHER_TASKS}))?"
BY_LABEL = re.compile(
    rf"^(?:{_TASKS}|name){_JOINED}(?:\s+by)?\s*[:：|=＝]\s*"
    rf"|^(?:an? |un |ein )?(?:{_TASKS}|{_WORKS})\s+(?:by|von|par|por|de|di|av|af|door|od|przez)\s+(?=\S+\s+\S)"
    r"|^(?:репортаж|материал|статья)\s+(?=\S+\s+\S)|^(?:автор|autorin?|auteur|yazan|piše|пише|текст|teksti?)\s+(?=\S+\s+\S)",
    re.IGNORECASE,
)
"""What announces names with a colon behind it."""

LABEL_WITHIN = re.compile(rf"(?<=[\s|·•,;])(?:{_TASKS})\s*[:：]\s*(?=\S)", re.IGNORECASE)
"""The label of who wrote a text, behind other words ("4 May 2026 | Author: Ada Quill")."""

ROLES = re.compile(
    rf"(?:^|(?<=[\s,;.|/·•–—-]))(?:(?P<own>(?:{_TASKS}|{_WORKS}){_JOINED})|(?:{_OTHER_TASKS}))(?:\s+(?:by|von|par|por|di))?\s*[:：=＝]\s*"
    rf"|(?<=[\s|])(?:{_OTHER_TASKS})\s+(?:(?:by|von|par|por)\s+|(?=[\u4e00-\u9fff\uac00-\ud7af]{{2,4}}(?:\s|$)))|(?<=[,;|.]\s)(?:фото|fotos?|photos?|kuvat?|bilder)\s+",
    re.IGNORECASE,
)
"""What assigns the names behind it to a task: `own` is writing."""

BY_PREPOSITION = re.compile(
    r"^(?:von|vom|par|por|per|di|da|de|door|av|af|od|от|від|przez|fra|from)\s+(?=\S+\s+\w)(?!\S+\s+(?:for|in|at|and|with)\b)",
    re.IGNORECASE,
)
"""Prepositions that may be a name's own first word ("Di Wu"): only before two words or more."""

VERBS_OF_WRITERS = ("skrifar", "skriver", "writes", "reports", "schreibt", "berichtet", "escribe", "scrive", "pisze")
"""Those of `BY_ROLE` in ASCII: nothing else of it can match an ASCII text."""
BY_ROLE = re.compile(
    r"(?<!\S)((?!본지|취재|인턴|\S{1,3}부\s)[\uac00-\ud7af]{2,4}(?:[·,]\s?[\uac00-\ud7af]{2,4}|\s[\uac00-\ud7af]{3})*\s?(?:기자|특파원)(?!\S)"
    r"|[\u4e00-\u9fff]{2,6}(?:[・、][\u4e00-\u9fff]{2,6})*(?:記者|特派員)(?!\S|\s[\u4e00-\u9fff])"
    r"|[^\W\d_a-z]\S+(?:\s[^\s,.:]+){1,3}\s(?:"
    + "|".join(VERBS_OF_WRITERS)
    + r"|пишет|tarafından|írása)(?=$|[\s,]*[\d|]))"
)
"""Names that are followed by their job, or by a word for writing."""

ROLE_BEHIND = re.compile(
    r"\s*(?:선임기자|기자|특파원|논설위원|위원|앵커|인턴|편집장|記者|记者|特派員|編集委員|論説委員|(?:[綜综]合|[专專][题題]|特[别別])?[報报][導道]|通讯员|特约|撰稿|編輯|编辑|さん|氏)$"
    r"|\s+(?:reports?(?: from .*)?|writes|berichtet|schreibt|skrifar|skriver|escribe|scrive|pisze|пишет|tarafından|írása"
    r"|follow(?:ing)?|share|contact|e-?mail(?: (?:the|this) (?:author|writer|reporter))?"
    r"|bio|(?:view )?profile|(?:view |see |read )?(?:more|all) (?:by|from|posts|articles|stories)(?: .*)?"
    r"|folgen|seguir|suivre|segui|volgen)$",
    re.IGNORECASE,
)
"""What follows a name directly: in Korean, Japanese and Chinese a job, elsewhere a button."""

REPORT = re.compile(
    r"[（(〔［]((?:本[报報])?[記记]者[^()（）〔〕［］]+)[)）〕］]"
    r"|(?<=\s)([記记]者\s?[\u4e00-\u9fff、]{2,20}[／/][\u4e00-\u9fff]{2,6}(?:報導|报道|電|电))"
)
"""Where a Chinese report names its reporter ("本报讯（记者 林晓雨）", "港都報 記者林美玉／港都報導")."""

_JOBS = (
    "editor editors reporter reporters correspondent correspondents journalist journalists"
    " columnist contributor contributors contributing"
    " writer writers producer analyst director professor chief staff fellow desk team newsroom"
    " bureau guest freelance deputy managing senior"
    " associate assistant executive head political politics business sports sport tech technology"
    " science health education foreign national"
    " international local community crime court environment investigative digital online content"
    " special video photo photographer intern news"
    " author authors byline redakteur redakteurin redaktion redaktør redaktor korrespondent"
    " korrespondentin journalist journalistin journaliste"
    " chefredakteur chefredakteurin volontär autor autorin reporterin leiter ressort ressortleiter"
    " redação rédaction rédacteur rédactrice correspondant"
    " correspondante envoyé spécial envoyée spéciale redacción redactor redactora periodista"
    " corresponsal redazione giornalista inviato"
    " redactie redacteur verslaggever toimittaja toimitus journalisten редакция корреспондент"
    " журналист редактор wire service services"
    " web moderator administrator admin expert coordinator twitter facebook instagram linkedin"
    " whatsapp pinterest telegram email share copy link reddit manager officer ceo founder"
    " president co-founder strategist consultant"
)
JOB_WORDS = frozenset(_JOBS.split())
"""Words of job titles and desks; a "name" of such words only is not a name."""

HARD_JOBS = re.compile(
    r"\b(?:editor|reporter|correspondent|journalist|columnist|contributor|writer|producer|analyst"
    r"|professor|director|bureau|newsroom|authors?|autor(?:in|a|e)?|auteure?"
    r"|redakteur\w*|korrespondent\w*|journaliste?|journalistin|chefredakt\w+|redactora?|rédact\w+"
    r"|corresponsal|periodista|giornalista"
    r"|redacteur|verslaggever|toimittaja|корреспондент\w*|журналист\w*|редактор\w*|ceo|founder|president)\b",
    re.IGNORECASE,
)
"""Words that make a phrase a job title, wherever they are in it."""

SURNAME_JOBS = re.compile(r"writer|editor|reporter|producer|president|columnist|journalist", re.IGNORECASE)
_FIELDS_TEXT = """
    travel culture arts art city night day weekend features feature money finance financial economics markets market opinion
    style food books film music royal royals defence defense security climate energy data audience social media copy picture
    web legal consumer world europe asia africa america us uk regional county state house white vice acting former founding
    general group section story commissioning diplomatic industry labor labour religion society games gaming motoring
    property science weather sub line field
"""
FIELDS = JOB_WORDS | frozenset(_FIELDS_TEXT.split())
"""What editors are of: behind these a job is a job."""

JOB_AT = re.compile(rf"\W*{HARD_JOBS.pattern}\s+(?:en|in|de|du|para|for|at|of|à|from|w|v|i)\s", re.IGNORECASE)
"""Matches a text that begins with a job and its place, such as "Correspondent in Brussels": none of it is a name."""

NOT_A_NAME = re.compile(
    r"\d|[„“”«»]|^(?:\w+ (?:by|von|par|por|und)|by|and|und|et|y"
    r"|key (?:points|takeaways|facts|findings)|highlights|summary|overview|contents"
    r"|table of contents|in this article|at a glance"
    r"|read(?:ing)? time|read (?:more|full)|share(?: this)?|follow(?: us)?|comments?|advertisement|sponsored"
    r"|subscribe|sign (?:up|in)|log ?in|menu|home|news"
    r"|breaking(?: news)?|latest(?: news)?|more|about(?: the authors?)?|view(?: all)?(?: posts)?"
    r"|all posts|bio(?:graphy)?|author|profile|contact"
    r"|agencies|agencias|agências|agenturen|null|undefined|none|unknown|anonymous|guest|test|admin|administrator|root|default|n/?a"
    r"|(?:super )?user|wordpress|joomla|drupal|webmaster|text link"
    r"|updated|published|posted|today|yesterday"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|copyright|all rights reserved"
    r"|privacy(?: policy)?|getty images?|photos?"
    r"|photograph\w*|image|images|credit|illustration|video|audio|listen|watch|print|email|facebook"
    r"|twitter|instagram|linkedin|youtube|whatsapp"
    r"|opinion|politics|business|sports?|culture|world|technology|science|health|entertainment"
    r"|lifestyle|travel|food)$"
    r"|\b(?:minutes?|mins?|hours?|ago|read|updated|published|posted|am|pm|comments?|follow|share"
    r"|click|subscribe|lesezeit|minuten"
    r"|lectura|lecture|lettura|leestijd|cookies?)\b$|^(?:updated|published|posted|last|photos?"
    r"|photograph|picture|image|video|illustration|foto|bild)\b",
    re.IGNORECASE,
)
"""Headings, buttons, reading times and the like in a byline's place."""

OF_DATE = re.compile(
    r"[:|,·•–—-]|(?:and|und|et|y|e|last|on|at|am|vom|den|le|el|em|il|op|på|dne|dnia|pe|pada|в|от)[:,]?"
    r"|(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|samedi|dimanche"
    r"|(?:lun|mar|mercre|jeu|vendre)di|lunes|martes|miércoles|jueves|viernes|sábado|domingo|\w{3,7}-feira"
    r"|(?:lune|marte|mercole|giove|vener)dì|sabato|domenica),?",
    re.IGNORECASE,
)
"""What is between a name and a date: marks, prepositions, days of the week."""

COMPANY = re.compile(r".*\s(?:company|limited|ltd\.?|inc\.?|llc|gmbh|s\.a\.|plc)", re.IGNORECASE)
"""Names of companies, which count only where no person is named."""

DESK = re.compile(
    r".*\b(?:staff|team|newsroom|desk|redaktion|redacción|redação|rédaction|redazione|redactie|редакция)", re.IGNORECASE
)
"""Names of desks, which are left out beside people."""

PAPER = re.compile(
    r"^(?:special (?:to|for)|exclusive(?:ly)? (?:to|for)|for) \w|^associated press$"
    r"|^(?:the |la |le |el |die |der )?(?:[\w-]+ ){1,3}(?:gazette|herald|tribune|chronicle|courier|observer"
    r"|times|post|journal|telegraph"
    r"|news(?:papers?| service| agency)?|magazine|media|zeitung|nachrichten|anzeiger)$"
    r"|^(?:correio|diario|diário|jornal|gazeta|journal|corriere|gazzetta) (?:de|da|do|di|della|du|la)\b",
    re.IGNORECASE,
)
"""Papers and agencies: behind a person's name they say for whom it was written."""

LIFE = re.compile(
    r"^(?P<name>(?:[^\W\d_][\w.'’-]*\s){1,3}[^\W\d_][\w'’-]+)\s(?:is|was|ist|war|est|es|è|é|er|är|jest)\s(?:an?|the|eine?|une?|el|la|um|uma|uno|en|ett)\s"
)
"""The first sentence of a note on an author ("Ada Quill is a retired pilot")."""

LIFE_OF_WRITER = re.compile(
    LIFE.pattern + r"[^.]{0,60}\b(?:writer|reporter|journalist\w*|columnist|correspondent|editor|author|contributor"
    r"|autor(?:in|a|e)?|redakteur\w*|periodista|giornalista|kolumnist\w*|dziennikar\w+|журналист\w*)\b"
)
"""The first sentence of a note on somebody who writes: behind a story that is its author."""

LABELS_OF_AUTHORS = re.compile(
    r"writ|author|autor|auteur|\bby\b|verfasst|écrit|ecrit|escrit|scritt|geschrev|skrev|skriv|napis"
    r"|напис|автор|작성|글쓴|執筆|作者|投稿|撰"
    r"|yazan|penulis|ditulis|kirjo|szerz|συντ|συγγ|كت|نوی|כות|נכתב|เขียน|viết|लेख",
    re.IGNORECASE,
)
"""Twitter cards' labels whose value is a name (others are reading times)."""

_AGENCY_NAMES_TEXT = """
    AAP AFP Agerpres ANI ANP ANSA APA Belga Bloomberg BTA dpa EFE epd Hina IANS KNA Kyodo Lusa MTI NTB PAP PTI Reuters Ritzau SDA
    SID STT TASS TT UPI Xinhua Yonhap ČTK
"""
AGENCY_NAMES = {name.casefold(): name for name in _AGENCY_NAMES_TEXT.split()}
"""News agencies by the names under which they are credited."""
AGENCIES = frozenset({*AGENCY_NAMES, "ap", "pa", "ots"})

CHINESE_SURNAMES = (
    "王李张張刘劉陈陳杨楊黄黃赵趙周吴吳徐孙孫马馬朱胡郭何高林郑鄭谢謝罗羅梁宋唐许許韩韓冯馮邓鄧曹彭曾萧蕭田董袁潘于"
    "蒋蔡余杜叶葉程苏蘇魏吕丁任沈姚卢盧崔钟鍾谭陆陸汪范石廖贾夏韦方邹熊孟秦江尹薛"
)

SUFFIX = re.compile(r"^(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
"""Parts of a name behind a comma."""

DEGREE = re.compile(
    r"^(?:m\.?d|ph\.?\s?d|j\.?d|r\.?n|r\.?d|d\.?o|d\.?d\.?s|d\.?v\.?m|esq|m\.?b\.?a|m\.?a|m\.?s"
    r"|m\.?sc|b\.?a|b\.?sc|m\.?p\.?h|cpa|cfp|cfa|ll\.?[bm]"
    r"|psy\.?d|ed\.?d|l\.?c\.?s\.?w|l\.?m\.?f\.?t|facp|facs|mbe|obe|cbe|pe|pmp|rdn|ldn|np|fnp|aprn"
    r"|pharm\.?d|dpt|ea|csp|cscs|cissp)[.®]*$",
    re.IGNORECASE,
)
"""What does not belong to a name after a comma."""

_MORE_PLACES = (
    "new delhi|tel aviv|cape town|rio de janeiro|washington dc|washington, d.c.|san francisco|las"
    " vegas|new orleans|saint petersburg"
    "|st. petersburg|united states|united kingdom|united nations|south africa|south korea|north"
    " korea|saudi arabia|new zealand|sri lanka"
    "|white house|capitol hill|hong kong|den haag|the hague|frankfurt am main|wall street|west bank"
    "|gaza strip|gaza city|kolkata|mumbai"
    "|chennai|bengaluru|hyderabad|lucknow|beirut|kyiv|kiev|geneva|barcelona|milan|milano|münchen"
    "|munich|hamburg|köln|lyon|marseille"
)


@cache
def places() -> frozenset[str]:
    """Cities and countries where a name might be: those of the time zones, and a few more."""
    cities = {name.rpartition("/")[2].replace("_", " ").lower() for name in zoneinfo.available_timezones()}
    return frozenset({*cities, *_MORE_PLACES.split("|")})


def is_place(piece: str) -> bool:
    """Whether the words are the name of a city or country, with or without its accents."""
    letters = unicodedata.normalize("NFD", piece.casefold())
    return "".join(char for char in letters if not unicodedata.combining(char)) in places()


_SURNAME_FIRST = re.compile(
    r"((?:(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|el|al|bin|ben|ten|ter|zu) )+[^\W\d_][\w'’-]+), ?"
    r"([^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]*\.?)?)",
    re.IGNORECASE,
)


def given_first(byline: str) -> str:
    """ "De Silva, Ana" as its bearer says it; its "De" does not mean "by". Other bylines stay as they are."""
    match = _SURNAME_FIRST.fullmatch(byline)
    if match is None or not match[2].istitle() or is_place(match[2]) or match[2].casefold() in AGENCIES:
        return byline
    is_other = any(words.search(byline) for words in (HARD_JOBS, DESK, PAPER)) or SUFFIX.match(match[2])
    return byline if is_other else f"{match[2]} {match[1]}"
