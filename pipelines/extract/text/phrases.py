"""The words of promotional lines, bylines and notes on authors, in the languages of the news.

No phrase is enough to take a line out. A LABEL must be the whole line; what LEADS to another page must be followed by its
title, recognised by a link or a mark between the two and no full stop; a CALL must name what is offered; all are short.
"""

from __future__ import annotations

import re

_BULLET = r"[^\w\"“”„‚«‘’'(\[¿#@]*"


def _begins(*phrases: str) -> re.Pattern[str]:
    return re.compile(_BULLET + "(?:" + "|".join(phrases) + ")", re.IGNORECASE)


_ADS = (
    r"(?:advertise?ments?(?: feature)?|ads?|anzeigen?|werbung"
    r"|publicité|publicidad|publicidade|pubblicità|publicitat"
    r"|annons|annonse|annonce|advertentie|maino[ks]s?|inzerce|inzercia|hirdetés|publicitate|oglas|διαφήμιση|реклам[аыу]|reklama|reklám"
    r"|reklam|reklame|iklan|quảng cáo|โฆษณา|広告|スポンサー(?:ド?リンク)?|광고|广告|廣告|(?:ال)?إعلان(?:ات)?|آگهی|פרסומת|विज्ञापन"
    r"|sponsored(?: content| links?)?|patrocinado|gesponsert)"
)
_GOES_ON = (
    r"(?:continues?|continued|sig(?:ue|a)|continúa|continua|suite|fortsetzung|weiterlesen|wird|gaat|lees|fortsätter|fortsetter|fortsætter|jatkuu|pokrač\w+|folytatód\w+"
    r"|czytaj|ciąg dalszy|продолжение|далее|продовження|devam|συνέχεια|続|继续|繼續|계속|يتبع|जारी)"
)
AD_LABEL = re.compile(rf"\W*{_ADS}\W*", re.IGNORECASE)
"""The whole text of what marks its box as an advertisement."""
LABEL = re.compile(
    _BULLET + r"(?:"
    # what sets an advertisement, a tool or a list of links apart
    rf"[\[(]?(?:article |artikel )?{_ADS}(?:\s*[-–—:|.]*\s*(?:{_GOES_ON}.{{0,40}}|scroll\b.{{0,30}}))?"
    rf"|.{{0,24}}{_GOES_ON}.{{0,24}}{_ADS}\w{{0,6}}.{{0,12}}|.{{0,24}}{_ADS}\w{{0,6}}.{{0,12}}{_GOES_ON}.{{0,12}}"
    r"|passer la publicité|weiter nach der (?:anzeige|werbung)|dalsza część (?:artykułu|tekstu)\b.{0,30}"
    r"|(?:story|article|post) continues (?:below|after)\b[\w ]*|continue reading(?: below"
    r"| the main story)?|article content"
    r"|(?:share|print|save|comments?|loading|tags?|topics?|newsletter|video|gallery|related|more|end of article"
    r"|follow us(?: on [\w ]{2,20})?"
    r"|copy link|explore further"
    r"|view comments|leave a (?:comment|reply)|share this(?: article| story)?|don.t miss|read (?:more|on"
    r"|next|also)|see (?:more|also)|learn more"
    r"|(?:you )?(?:may|might) (?:also )?(?:like|be interested in)"
    r"|recommended(?: for you| stories| reading)?|related (?:stories|articles|topics|coverage|posts)|most (?:read"
    r"|popular)|trending(?: now)?"
    r"|more (?:stories|news|articles)|up next|staff reports?)"
    r"|(?:next|previous) (?:article|post|story)|no comments|\d+ comments?|(?:what do you think"
    r"|tell us what you think)"
    r"|teilen|kommentare?(?: lesen| schreiben)?|hauptinhalt|inhalt|galerie|weitere themen|kategorien"
    r"|mehr (?:zum thema|dazu|lesen)|weiterlesen"
    r"|auch interessant|zum thema|lesen sie auch|das könnte sie auch interessieren"
    r"|empfohlener (?:redaktioneller )?inhalt|externer inhalt|keine kommentare"
    r"|compartir|partager|comentarios|temas|etiquetas|compartilhar|à lire aussi|lire (?:aussi|la suite)"
    r"|lea también|leer más|leia (?:também|mais)"
    r"|leggi anche|lees (?:ook|verder|meer)|læs også|les også|läs (?:också|mer)|czytaj (?:też|także"
    r"|więcej|dalej)|čtěte také|článek|читайте также|関連記事|続きを読む"
    r"|ilgili haber(?:ler)?"
    # what the player of an audio version says
    r"|(?:listen to (?:this|the) (?:article|story)|artikel (?:anhören|vorlesen(?: lassen)?)|écouter (?:cet |l.)article"
    r"|escuch(?:a|ar|e) (?:el |este )?(?:artículo|noticia)|ascolta (?:l.|questo )articolo|ouvir (?:[ao]|est[ae]) \w+"
    r"|luister naar dit artikel|posłuchaj (?:tego )?artykułu|lyssna på (?:artikeln|texten)|прослушать (?:статью|новость)"
    r"|記事を(?:聞く|読み上げる)|기사 듣기|收听|استمع(?: إلى المقال)?)(?:[^\w]*\d+(?::\d\d|\s?min\w*))?"
    r"|\d{1,2}:\d\d(?:\s*/\s*\d{1,2}:\d\d)?)[\s:.…!?>»›→▼\-–—*|】\])）]*",
)
"""What a line is that is not text; expects `lower_case`, which takes a fifth of the time that ignoring case does."""
LEADS = _begins(
    r"(?:to )?(?:read|see|watch|find|listen|learn)(?: (?:more|also|next|on))\b",
    r"(?:also|must|further|related) (?:read|reading)\b",
    r"(?:related|recommended|don.t miss|most read|trending|more|in pictures|watch|video|podcast"
    r"|opinion)(?: (?:stories|story|articles?|coverage|news|on this))?(?=\s*[:|–—»>])",
    r"(?:lesen|sehen|hören) sie (?:auch|hier|mehr|dazu|weiter)\b|(?:auch interessant|mehr zum thema"
    r"|mehr dazu|zum thema|siehe auch|passend dazu|lesetipp)\b",
    r"(?:à |a )?(?:lire|voir|écouter) (?:aussi|également|plus)\b",
    r"(?:lea|lee|leer|ver|vea|mira|leia|veja) (?:también|tambien|más|mas|además|também|mais)\b|(?:lea|lee"
    r"|mira|vea|leia|veja)(?= ?:)",
    r"(?:le |te |también )*(?:puede|podría) interesar(?:le|te)?\b",
    r"leggi anche\b|(?:lees|bekijk|luister) (?:ook|verder|meer)\b|(?:læs|les|läs) (?:også|mere|mer|även"
    r"|också)\b",
    r"(?:czytaj|zobacz|przeczytaj) (?:też|także|również|więcej)\b|(?:čtěte|přečtěte si"
    r"|čítajte)(?: \w+)?(?=\s*:)",
    r"(?:читайте|смотрите|читати)(?: (?:также|ещё|также:|також))\b|(?:ayrıca bakın|ilgili haber)\b|関連記事"
    r"|あわせて読みたい|이어서 보기",
)
"""What leads to another page, and what has to follow: a mark, or a link's text."""
CALL = _begins(
    r"(?:please )?(?:sign[ -]?up|subscribe|register)\b.{0,40}\b(?:newsletters?|inbox|alerts?|briefing"
    r"|updates|our|here|today|now|mailing list|podcast|channel)\b",
    r"(?:get|receive)\b.{0,80}\b(?:newsletters?|inbox|delivered (?:to|straight|directly|daily))\b",
    r"(?:most|also) (?:read|popular|viewed|watched) (?:in"
    r"|on)\b[^.]{0,40}$|hier geht.?e?s (?:zu[rm]?|hier)\b[^.]{0,80}$",
    r"(?:found|spotted|noticed) an? (?:mistake|error|typo)\b|fehler (?:gefunden|entdeckt)\b[^.]{0,40}\?",
    r"(?:download|install) (?:the|our)\b.{0,60}\bapps?\b|join (?:our|the)\b.{0,60}\b(?:channel|newsletter"
    r"|community|whatsapp|telegram|conversation)",
    r"(?:you can )?(?:follow|like|join|find) (?:us|\S+(?: \S+){0,3}) on (?:twitter|facebook|instagram"
    r"|telegram|whatsapp|tiktok|youtube|linkedin|x\b|bluesky|google news)",
    r"(?:for )?(?:the )?latest (?:stories|news|updates)\b.{0,60}\b(?:download|follow|subscribe|sign up"
    r"|visit)\b",
    r"for more (?:stories|news|information|on)\b.{0,80}\b(?:click|visit|check (?:out|our)|follow us|go to)\b",
    r"check out (?:more|our|all)\b.{0,80}\b(?:stories|newsletter|coverage|articles|channel|podcast)",
    r"already (?:an? )?(?:\w+ )?(?:subscriber|member|subscribed|registered)\b[^.]{0,40}\?|you(?:.ve"
    r"| have) (?:reached|read|used|\d+|one|two|three)\b.{0,50}\bfree articles?\b",
    r"this (?:article|story|content|post) is (?:only |exclusively |available )*(?:for"
    r"|to) (?:\w+ )?(?:subscribers|members)\b|to (?:continue|keep) reading\b",
    r"if you (?:buy|purchase|click).{0,80}\bwe\b.{0,40}\bcommission",
    r"this article (?:first|originally) appeared\b.{0,60}$|we recommend the best products\b"
    r"|(?:you (?:must|need to)|please) (?:be )?(?:confirm|log(?:ged)? ?in|log ?out|sign(?:ed)? in|register)\b.{0,60}"
    r"\b(?:comment|continue|account|again|name)\b",
    r"copyright\s*(?::|\(c\))|copyright (?:(?-i:[A-Z])\w+(?: \S+){0,4} )?\d{4}(?:\W*$|,? (?-i:[A-Z])[^.]{0,60}$)",
    r"\w{0,12}\s*\d{1,3}\s*(?:/|of|von|de|di|sur|van|av|af|z|из|з|の)\s*\d{1,3}\W*$|(?:扫描|扫码|掃描).{0,30}(?:关注|關注|下载|下載)",
    # German
    r"(?:hier geht es|hier geht.s|hier entlang|jetzt)\b.{0,60}(?:newsletter|app\b|zum artikel"
    r"|(?:abonnieren|anmelden)\W*$)|(?:folgen|abonnieren) sie (?:uns|unseren|unserem)\b",
    r"(?:sie sind |du bist |du musst |sie müssen )?(?:\w+ )?(?:nicht )?(?:eingeloggt|angemeldet"
    r"|registriert)\b.{0,60}(?:sein|kommentieren|\.|!)$|(?:sie sind )?(?:bereits|schon) (?:[\w-]*abonnent"
    r"|abonniert|registriert)\b.{0,30}\?",
    r"dieser artikel (?:ist|erschien) zuerst\b|ein klick für den datenschutz\b",
    r"(?:letzte (?:änderung|aktualisierung)|aktualisiert) am \d.{0,60}$",
    r"(?:keine|\d+) kommentare\b.{0,60}$|(?:das )?(?:dieses )?thema im programm:|aktuelle nachrichten aufs handy",
    # French, Spanish, Portuguese, Italian, Dutch, Slavic, Japanese
    r"(?:inscrivez-vous|abonnez-vous|s.abonner|recevez)\b.{0,120}\b(?:newsletter|infolettre|lettre|chaque)"
    r"|il vous reste \d.{0,60}(?:article|lire)|(?:cet )?(?:article|contenu)(?: est)? réservé (?:à|aux)\b"
    r"|(?:vous êtes )?déjà (?:abonné|inscrit)",
    r"(?:suscríbete|suscríbase|únete|síguenos|sigue (?:nuestr|a \S+ en)|haga clic|haz clic)\b.{0,80}"
    r"\b(?:newsletter|bolet[ií]n|canal|grupo|comunidad|redes|correo|alertas|aquí|whatsapp|telegram|facebook|instagram|twitter|x\b"
    r"|google|youtube|tiktok)|hazte miembro\b|¿?ya (?:eres|es|soy|estás) (?:suscriptor|suscrito|socio|registrado)"
    r"|para (?:seguir|continuar) leyendo\b",
    r"(?:inscreva-se|assine|siga)\b.{0,80}\b(?:newsletter|canal|whatsapp|telegram|google)|já é assinante\b"
    r"|(?:iscriviti|seguici|segui)\b.{0,80}\b(?:newsletter|canale|whatsapp|telegram|google news)"
    r"|(?:sei già abbonato|per continuare a leggere)\b",
    r"(?:ben je al (?:abonnee|lid))\b|(?:är|er) du (?:redan|allerede)\b|masz już (?:prenumeratę"
    r"|subskrypcję|konto)|už mám předplatné|(?:подписывайтесь|подпишитесь)\b.{0,40}\b(?:нас|канал|на"
    r"|telegram)\b|(?:この記事は(?:会員|有料)|有料会員|会員限定|会員登録)",
    r"\[button link|(?:enjoy(?:ed|ing)?|like|liked|love) (?:this|our|reading)\b.{0,40}\?"
    r"|support our (?:journalism|work|reporting)\b",
    r"share this (?:article|story|post)\b",
    r"unsubscribe(?:\s*[|·•]|\W*$)|you(?:.re| are) receiving this\b.{0,80}\b(?:because|e-?mail|newsletter)\b"
    r"|view (?:this )?(?:e-?mail|newsletter) in (?:your )?browser",
    r"(?:přihlaste se|iratkoz\w+ fel|abon(?:ează-te|ați-vă)|tilaa|tilmeld|meld deg|εγγραφείτε|đăng ký|berlangganan|підпишіться"
    r"|prijavite se|zapisz się|zaprenumeruj|abone olun?|הירשמו|bültenimize)\b.{0,60}(?:newsletter|zpravodaj|hírlev|buletin"
    r"|uutiskirje|nyhedsbrev|nyhetsbrev|δελτίο|bản tin|розсилк|ניוזלטר|bülten|abone)",
    r"(?:meld je aan|schrijf je in|abonneer)\b.{0,60}\b(?:nieuwsbrief"
    r"|newsletter)|(?:メールマガジン|メルマガ)",
)
CALL_WITHIN = re.compile(
    r".{0,160}\bclick here\b(?!,)|.{0,120}may (?:earn|receive|get) (?:an? )?(?:affiliate )?commission"
    r"|[^.!?]{0,90}[©ⓒ]|.{0,80}\ball rights reserved(?:\.|,? worldwide|\W*$)|.{0,120}\bctrl\s*\+\s*enter\b",
    re.IGNORECASE,
)
CALL_WITHIN_HAS = ("click here", "commission", "©", "ⓒ", "all rights", "ctrl")
"""Calls that may begin with some other words, and what each of them has in lower case: looking for that first saves the time."""
_MONTH = r"[A-Z]?[a-zà-ÿ]{2,10}\.?"
BYLINE = re.compile(
    r"(?:by|von|par|por|di|door|av|af|text|foto|fotos?|photo|image|quelle|source|fuente|fonte|stand"
    r"|published|posted|updated"
    r"|last (?:modified|updated)|release date|veröffentlicht|veröffentlichung|aktualisiert|publié"
    r"|publicado)\b\s*:?\s+(?![a-zß-ÿ]).{0,70}"
    r"|staff reports?|-?\s*aktualisiert am|\d{1,2}[ -]min(?:ute)?s?\.?(?: (?:de )?\w{3,8})?"
    rf"|(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:\d{{1,2}}\.?\s+)?{_MONTH}\s+\d{{1,2}}(?:st"
    rf"|nd|rd|th)?,?\s+(?:19|20)\d{{2}}\b.{{0,30}}"
    rf"|[\w-]{{0,15}},?\s*\d{{1,2}}\.?\s+(?:de\s+)?{_MONTH}\s+(?:de\s+)?(?:19|20)\d{{2}}\b.{{0,30}}"
    r"|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}\b.{0,30}|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}\b.{0,30}",
    re.IGNORECASE,
)
PHOTO_CREDIT = re.compile(
    r"(?:photos?|images?|pictures?|photograph|(?:photo|image|picture) (?:credits?|source|courtesy of)"
    r"|fotos?|bild(?:er|quelle|rechte)?"
    r"|fotografía|imagen|immagine|crédits?(?: photos?)?|kredit|zdjęcie|фото|写真)\s*(?::|©|/)\s*\S.{1,80}"
    r"|©\s?\S.{1,60}"
    r"|(?:source|quelle|fuente|fonte|bron|kilde|källa|zdroj|źródło)\s*:\s*\S.{1,40}",
    re.IGNORECASE,
)
BIO = re.compile(
    r"\b(?:is (?:an?|the|[A-Z]\w+.s)\b|was (?:an?|the)\b|covers\b|writes\b|reports (?:on|for|from)\b|joined\b"
    r"|has (?:covered|written|worked|been)\b|works\b|lives in\b|e-?mail\b|contact\b|can be (?:reached"
    r"|followed|contacted)"
    r"|may be reached|follow (?:him|her|them)\b|'s (?:book|latest)\b|makes frequent"
    r"|ist (?:\w+ )?(?:redakteur|korrespondent|autor|journalist|reporter)|schreibt\b|arbeitet\b|berichtet\b"
    r"|est (?:journaliste|correspondant)|es (?:periodista|redactor))",
)
CONTACT = _begins(
    r"(?:contact|reach|email|follow|e-mail)\b.{0,60}(?:@\w|\bat\b \S+@|on (?:twitter|x\b|bluesky|threads))"
    r"|follow @\w+",
    r"[^.]{3,160}\. follow (?:him|her|them) on\b",
    r"\S[^.]{0,24}(?:기자|記者|记者)\W+\S+@\S+\.\w+",
    r"(?:about the (?:author|writer)s?|über (?:den autor|die autorin))\W*$",
)
WALL = _begins(
    r"(?:please )?(?:subscribe|sign (?:in|up)|log ?in|register|create an account|become a (?:member|subscriber)|unlock)\b.{0,60}"
    r"\b(?:(?:this|full) (?:article|story)\b|to (?:continue|comment|keep|finish|read|access|view|see)"
    r"(?: (?:reading|the|this|your|more|on|full|rest|whole|content|article|story|for free))*(?:\W*$|[.!]))",
    r"(?:(?:dieser|diesen) (?:artikel|beitrag|text|inhalt)|(?:jetzt )?weiterlesen|lesen sie (?:diesen|weiter|jetzt|alle))\b"
    r".{0,60}\b(?:abo\b|abo-|abonnent|abonnement|anmelden|registrier)",
    r"(?:pour|abonnez-vous pour|connectez-vous pour|inscrivez-vous pour)\b.{0,40}\b(?:lire|continuer|accéder)"
    r"(?: (?:à|la|le|votre|ma|cet|tous|nos|l[’']))*\W*(?:lecture|lire|suite|articles?|contenus?|intégralité)\b",
    r"(?:suscríbete|suscríbase|inicia sesión|regístrate|assine|abbonati|accedi|registrati)\b.{0,40}"
    r"\b(?:para|per) (?:leer|seguir leyendo|continuar (?:leyendo|lendo|a ler)|ler|leggere|continuare a leggere)\b",
    r"(?:abonneer|word abonnee|log in)\b.{0,40}\b(?:lezen|verder)\b",
)
"""A line in the place of the text that asks the reader to subscribe or sign in first."""
ASKING_CONTROL = re.compile(
    r"\W*(?:subscribe|sign up|donate|support us|become a (?:member|subscriber)|register|yes|no|join|log ?in|sign in"
    r"|(?:get|view|see) (?:the newsletter|offers?|plans)|download|install|submit|vote"
    r"|zum angebot|jetzt (?:testen|abonnieren|anmelden|bestellen)|angebot (?:sichern|wählen)"
    r"|voir (?:les |l.)?offres?|ver (?:las )?ofertas"
    r"|vedi (?:le )?offerte|ver planos|bekijk aanbod|zobacz ofert\w+|køb adgang|se tilbud"
    r"|abonnieren|anmelden|registrieren|spenden|unterstützen|ja|nein|abschicken|bestellen"
    r"|s.abonner|je m.abonne|s.inscrire|je m.inscris|faire un don|oui|non"
    r"|suscríbete|suscribirse|suscribirme|donar|dona|sí|apúntate|iscriviti|abbonati|assine|inscreva-se|doar|sim|não"
    r"|abonneer|abonneren|aanmelden|inschrijven|doneer|nee|zapisz się|subskrybuj|wesprzyj|tak|nie|prenumerera|abonnér|abonner"
    r"|подписаться|поддержать|да|нет|підписатися|підтримати|abone ol|evet|hayır"
    r"|購読する|登録する|はい|いいえ|订阅|注册|구독|구독하기|اشترك|הירשמו)"
    r"(?: (?:now|here|today|for free|free|jetzt|hier|kostenlos|maintenant|ahora|gratis|aquí|ora|agora|teraz"
    r"|the app|our app))?\W*",
)
"""The whole text of a button or link that asks the reader to give something; expects `lower_case`."""
ASKING_NAME = re.compile(
    r"newsletter|sign-?up|subscri|donat|support-us|survey|poll|feedback|regwall|paywall", re.IGNORECASE
)
REPLY_CONTROL = re.compile(
    r"\W*(?:reply|antworten|répondre|responder|rispondi|reageer|beantwoorden|odpowiedz|svara|svar|ответить|відповісти|yanıtla"
    r"|cevapla|返信|回复|回覆|답글|رد|הגב)\W*",
    re.IGNORECASE,
)
