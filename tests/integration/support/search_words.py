"""Words as newspapers write them beside the plain form that a reader types; 20 languages and more."""

from __future__ import annotations

from dataclasses import dataclass

SHY, ZWSP, ZWNJ, ZWJ, BOM = "\u00ad", "\u200b", "\u200c", "\u200d", "\ufeff"


@dataclass(frozen=True, slots=True)
class Written:
    """A word, how a text has it, and the language of that text."""

    language: str
    plain: str
    text: str


TABLE = [
    Written(language, plain, text)
    for language, pairs in {
        "en": [
            ("Harbourmaster", "“Harbourmaster, come here”"),
            ("Marlowe", "Marlowe’s boat"),
            ("Pettigrew", "it was over—Pettigrew left"),
            ("2026", "the season 2025–2026 began"),
            ("2031", "the plan 2025–2031"),
            ("Harris", "the Trump/Harris debate"),
            ("Opposition", "said yesterday.Opposition parties"),
            ("Nextdoor", "this is the end.Nextdoor it"),
            ("O'Brien", "O’Brien left"),
            ("O’Malley", "O'Malley left"),
            ("AT&T", "AT&T’s network"),
            ("R&D", "(R&D) costs"),
            ("C++", "written in C++."),
            ("C#", "written in C#, they say"),
            ("US", "U.S.-led talks"),
            ("U.K.", "the UK left"),
            ("USA", "“U.S.A.”"),
            ("PhD", "her Ph.D. work"),
            ("1990s", "the mid-1990s"),
            ("Together", "to go.Together we"),
            ("MH17", "flight MH-17’s wreck"),
            ("MH-370", "flight MH370 vanished"),
            ("F16", "an F‑16 jet"),
            ("3500", "some 3,500 berths"),
            ("12,400", "all 12400 tonnes"),
            ("COVID", "the COVID-19 years"),
            ("Covid19", "the Covid-19 wave"),
            ("submarine", f"a sub{SHY}mar{SHY}ine"),
            ("lighthouse", f"the light{ZWSP}house"),
            ("breakwater", f"{BOM}break{ZWJ}water"),
            ("Kestrel", "‘Kestrel’"),
            ("ferryman", "…ferryman…"),
            ("Meridian", "Meridian™"),
            ("spokesperson", "spokesperson@harbour.example"),
            ("harbourside", "https://news.example/harbourside/today"),
            ("trawler", "#trawler"),
            ("fishermen", "ﬁshermen"),
            ("dredger", "dredger•barge"),
            ("naive", "naïve"),
            ("Tidewater", "Tidewater🚢"),
        ],
        "de": [
            ("Wahlkampf", "„Wahlkampf“"),
            ("Hafenrat", "»Hafenrat«"),
            ("Strasse", "Straße"),
            ("Grüße", "Gruesse? Grusse!"),
            ("Bürgermeisterin", "Bürgermeister/-in, Bürgermeisterin…"),
            ("Fussgänger", "Fußgänger"),
            ("Schiffahrt", f"Schiff{SHY}ahrt"),
            ("Küstenwache", "Ku\u0308stenwache"),
        ],
        "fr": [
            ("indéfendable", "«\u202findéfendable\u202f»"),
            ("Assemblée", "l’Assemblée"),
            ("ouverture", "l'ouverture"),
            ("Œuvre", "l’œuvre"),
            ("aujourd'hui", "aujourd’hui"),
            ("Président", "«Président»"),
        ],
        "es": [
            ("Madrid", "¿Madrid?"),
            ("Nunca", "¡Nunca más!"),
            ("España", "Espan\u0303a"),
            ("Corazon", "—Corazón—dijo"),
            ("Pingüino", "«pinguino»"),
            ("ministro", "ministro/a"),
        ],
        "it": [
            ("università", "l’università"),
            ("Perugia", "«Perugia»"),
            ("Ucraina", "dell’Ucraina"),
            ("perche", "perché"),
            ("citta", "città."),
            ("Altoparlante", "un’altoparlante"),
        ],
        "pt": [
            ("coração", "“coração”"),
            ("Sao", "São"),
            ("Governo", "—Governo—"),
            ("pão", "o pão…"),
            ("eleições", "eleições/2026"),
            ("avô", "avo\u0302"),
        ],
        "pl": [
            ("Lodz", "Łódź"),
            ("Łódź", "Lodz"),
            ("Wałęsa", "„Walesa”"),
            ("wojna", "—wojna"),
            ("zolty", "żółty"),
            ("Gdańsk", "„Gdańsk”"),
        ],
        "da": [("Kobenhavn", "København"), ("smørrebrød", "»smorrebrod«"), ("Aero", "Ærø"), ("havnen", "»havnen«")],
        "no": [("Tromso", "Tromsø"), ("Sørlandet", "«Sørlandet»"), ("fiskebat", "fiskebåt"), ("Ostfold", "Østfold")],
        "sv": [("hamnen", "”hamnen”"), ("Malmo", "Malmö"), ("fårö", "”Faro”"), ("skeppsbron", "Skepps\u00adbron")],
        "cs": [
            ("předseda", "„předseda“"),
            ("Dvorak", "Dvořák"),
            ("vláda", "‚vláda‘"),
            ("prezident", "prezident–premiér"),
        ],
        "hu": [("kikötő", "„kikötő”"), ("Arviz", "árvíz"), ("komphajo", "komphajó")],
        "ro": [("București", "„București”"), ("Iasi", "Iași"), ("Timişoara", "Timișoara"), ("într", "într-un")],
        "tr": [
            ("Istanbul", "İstanbul’da"),
            ("İzmir", "IZMIR"),
            ("ırmak", "“IRMAK”"),
            ("Diyarbakir", "Diyarbakır"),
            ("Cumhurbaşkanı", "“Cumhurbaşkanı”"),
            ("sisli", "ŞİŞLİ"),
        ],
        "el": [("Αθήνα", "«ΑΘΗΝΑ»"), ("λιμανι", "λιμάνι·"), ("κόσμος", "ΚΟΣΜΟΣ"), ("γέφυρα", "«γέφυρα»;")],
        "ru": [
            ("Путин", "«Путин»"),
            ("МОСКВА", "Москва—река"),
            ("Федоров", "Фёдоров"),
            ("Зеленский", "Зеле́нский"),
            ("война", "“война”"),
            ("порт", "№порт"),
        ],
        "uk": [
            ("пам'ять", "пам’ять"),
            ("об’єкт", "об'єкт"),
            ("здоровʼя", "здоров’я"),
            ("Київ", "«Київ»"),
            ("Україна", "„УКРАЇНА“"),
            ("їжак", "—їжак—"),
        ],
        "ar": [
            ("انفجار", "انفجار، قال"),
            ("بيروت", "«بيروت»"),
            ("محمد", "مُحَمَّد"),
            ("السلام", "الســلام؟"),
            ("احمد", "أحمد؛"),
            ("2027", "٢٠٢٧"),
            ("المكتبه", "المكتبة"),
            ("المحطة", "المحطه،"),
        ],
        "he": [
            ('צה"ל', "צה״ל"),
            ("צה״ל", 'צה"ל'),
            ("צהל", "צה”ל"),
            ('ארה"ב', "ארה״ב־סין"),
            ("הארץ", 'ב"הארץ" נכתב'),
            ("שלום", "שָׁלוֹם"),
            ("ג'ורג", "ג׳ורג׳"),
        ],
        "fa": [
            ("دولت", "«دولت»"),
            ("ایران", "ايران"),
            ("کتاب", "كتاب،"),
            ("میخواهم", f"می{ZWNJ}خواهم"),
            ("1405", "۱۴۰۵"),
            ("روزنامه", f"روزنامه{ZWNJ}های"),
            (f"می{ZWNJ}رود", "میرود"),
        ],
        "hi": [
            ("समाचार", "समाचार।"),
            ("सरकार", "‘सरकार’"),
            ("चुनाव", "चुनाव—2026"),
            ("2029", "२०२९"),
            ("कानून", "क़ानून"),
            ("हिंदी", "हिन्दी"),
            ("सम्बन्ध", "संबंध"),
            ("गाव", "गाव़"),
            ("दिल्ली", "“दिल्ली”"),
        ],
        "bn": [("সংবাদ", "সংবাদ।"), ("ঢাকা", "‘ঢাকা’"), ("সৎ", f"সত্{ZWJ} মানুষ"), ("নদী", "নদী/খাল")],
        "vi": [("Đà Nẵng", "“Da Nang”"), ("Viet", "Việt"), ("đảng", "Đảng…")],
        "hy": [("Հայաստան", "«ՀԱՅԱՍՏԱՆ»"), ("նավահանգիստ", "նավահանգիստ։"), ("ինչու", "ինչո՞ւ հիմա")],
        "ml": [("കൊച്ചിയിൽ", f"കൊച്ചിയില്{ZWJ} ഇന്ന്"), (f"അവന്{ZWJ}", "അവൻ വന്നു")],
        "ja": [
            ("東京", "「東京」で"),
            ("京都", "東京都の『京都』"),
            ("港", "（港）"),
            ("カタカナ", "ｶﾀｶﾅ"),
            ("ジョンレノン", "ジョン・レノン展"),
            ("ジョン・レノン", "ジョンレノン展"),
            ("2026年", "２０２６年に"),
            ("地震", "地震、津波"),
        ],
        "zh": [("选举", "“选举”开始"), ("北京", "《北京》"), ("船", "，船。"), ("新华社", "新华社／记者")],
        "ko": [("부산항", "‘부산항’에서"), ("대통령", "대통령·총리"), ("선거", "「선거」")],
        "th": [("กรุงเทพ", "“กรุงเทพ”"), ("เรือ", f"ท่า{ZWSP}เรือ"), ("รัฐบาล", "รัฐบาล,")],
        "ca": [("colˑlegi".replace("ˑ", "·"), "collegi"), ("Intelligencia", "intel·ligència"), ("govern", "«govern»")],
    }.items()
    for plain, text in pairs
]

JOINED = [
    Written(language, plain, text)
    for language, plain, text in [
        ("en", "F-16", "two F‑16s flew"),
        ("en", "B52", "the B-52s left"),
        ("en", '"f 16"', "an F-16 left"),
        ("en", "F-16", "an F 16 left"),
        ("en", "737MAX", "the 737 MAX left"),
        ("en", '"737 max"', "the 737MAX left"),
        ("zh", "G20", "出席G20峰会"),
        ("zh", "F-16", "击落F-16战机"),
        ("zh", "AT&T", "美国AT&T公司"),
        ("en", "email", "an e-mail came"),
        ("en", "e-mail", "an email came"),
        ("en", "reelection", "his re‑election"),
        ("en", "co-operation", "their cooperation"),
        ("en", "OBrien", "O’Brien left"),
        ("en", "Oahu", "on Oʻahu"),
        ("en", "Kauai", "on Kaua'i"),
        ("uz", "Ozbekiston", "Oʻzbekiston va"),
        ("uz", "O'zbekiston", "O‘zbekiston va"),
        ("de", "Eukommission", "die EU-Kommission"),
        ("fr", "aujourdhui", "aujourd’hui encore"),
    ]
]
"""Words that are found in another form than they have in the text, joined or parted; not marked in titles."""
