"""The words by which promotional lines, bylines and bios are told, in the languages of the news.

Each list is of whole lines (matched from their first character); only phrases that no sentence of an article begins with.
"""

from __future__ import annotations

import re


def _lines(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"[\s>»▶►●•→\-–—*+|]*(?:" + "|".join(phrases) + ")", re.IGNORECASE)


PROMO = _lines(
    # English
    r"(?:.{0,160}\W)?click here\b(?: for| to)",
    r"click here\b",
    r"get (?:access to|\w+(?: \w+){0,3} delivered)\b",
    r"enjoy unlimited access\b",
    r"(?:to )?(?:read|see|watch|find) (?:more|also|next)\b(?! than)",
    r"(?:to )?read (?:on|the (?:full|original) (?:story|article)|our full)\b",
    r"for more (?:stories|news|information|on)\b.{0,80}(?:click|visit|check|see|follow|go to|read)",
    r"(?:for )?(?:the )?latest (?:stories|news|updates)\b.{0,60}(?:download|follow|subscribe|sign up|visit)",
    r"(?:\w+ ){0,2}sign[ -]?up (?:for|to|here|now|today)\b",
    r"(?:please )?subscribe (?:to|now|today|here|for)\b",
    r"(?:also|related|more|recommended|don.t miss|read next|see also|most read|trending)\s*(?:read|stories|story"
    r"|articles?|coverage|topics|video)?\s*:",
    r"(?:most|also) (?:read|popular|viewed|watched) (?:in|on)\b.{0,40}$",
    r"(?:you can )?(?:follow|like|join|find) (?:us|the \S+|\S+(?: \S+)?) on (?:twitter|facebook|instagram"
    r"|telegram|whatsapp|tiktok|youtube|linkedin|x\b|google news)",
    r"get (?:the|our|all|access|more|\S+ delivered).{0,80}(?:newsletter|inbox|\bapp\b|subscri|every (?:day|morning|week))",
    r"get daily .{0,30}news$",
    r"download (?:the|our)\b.{0,60}\bapp",
    r"join (?:our|the)\b.{0,60}(?:channel|newsletter|community|whatsapp|telegram|conversation)",
    r"(?:story|article|post) continues",
    r"continue reading",
    r"(?:scroll|swipe) (?:down )?(?:to|for)\b",
    r"advertise?ment\b",
    r"article content$",
    r"enjoying our latest content",
    r"log ?in or create an account",
    r"(?:you must|please) (?:confirm|log ?in|log ?out|sign in|register)\b",
    r"thanks for (?:signing up|subscribing)\b",
    r"there was an error processing\b",
    r"don.t miss$",
    r"stay informed\b.{0,30}with\b",
    r"check out (?:more|our|all)\b.{0,80}(?:stories|news|newsletter|coverage|articles|channel|podcast)",
    r"our standards:",
    r"listen to \S+ live\b",
    r"if you (?:buy|purchase|click).{0,80}(?:commission|share of the sale|affiliate)",
    r".{0,120}may (?:earn|receive|get) (?:an? )?(?:affiliate )?commission",
    r"tell us what you think",
    r"(?:comments|share this|share this article|print|save|explore further|loading\.*|view comments|leave a comment|copy link)$",
    r"what do you think\?.{0,60}(?:comment|let us know)",
    r"this article (?:first|originally) appeared\b.{0,60}$",
    r"copyright\b|©|all rights reserved",
    r"send us your\b",
    r"submit your (?:letter|story|question)s?\b",
    r"(?:do you )?want to be informed\b.{0,60}(?:sign up|subscribe)",
    r"(?:next|previous) (?:article|post|story)\s*:?$",
    r"(?:no|\d+) comments?$",
    r"we recommend the best products\b",
    r"share (?:this )?(?:on|via|with)\b.{0,30}:?$",
    # German
    r"(?:lesen|sehen|hören) sie (?:auch|hier|mehr|dazu|weiter)\b",
    r"(?:auch interessant|mehr zum thema|mehr dazu|zum thema|weitere (?:artikel|informationen|themen) zu"
    r"|passend dazu|siehe auch|lesetipp|mehr lesen)\b",
    r"(?:hier geht es|hier geht.s|hier entlang|jetzt)\b.{0,60}(?:newsletter|app\b|abonnieren|anmelden|zum artikel)",
    r"(?:aktuelle nachrichten aufs handy|sie mögen den tag kompakt|die \S+ auch bei social media|newsletter:)",
    r"(?:anzeige|werbung|empfohlener (?:redaktioneller )?inhalt|externer inhalt|ein klick für den datenschutz)\b",
    r"dieser artikel (?:ist|erschien) zuerst\b",
    r"(?:folgen|abonnieren) sie (?:uns|unseren|unserem)\b",
    r"kommentare?(?: lesen| schreiben)?$",
    r"(?:das )?(?:dieses )?thema im programm:",
    r"(?:aktuelle (?:meldungen|nachrichten|entwicklungen)|mehr (?:zu|zum|zur)\b).{0,120}\bliveblog\b",
    r"mehr (?:themen|artikel|news|nachrichten) (?:auf|von|bei|aus)\b.{0,60}:?$",
    r"(?:du musst|sie müssen) (?:\w+ )?(?:angemeldet|eingeloggt|registriert)\b",
    r"(?:sie sind|du bist) (?:\w+ )?nicht (?:eingeloggt|angemeldet)\b",
    r"(?:mehr|weitere) (?:aktuelle )?(?:themen|beiträge|artikel|meldungen)\b(?:.{0,60}[^.!?])?$",
    r"(?:zum|jetzt) weiterlesen:?$",
    r"(?:keine|\d+) kommentare\b.{0,60}$",
    r"(?:letzte (?:änderung|aktualisierung)|aktualisiert) am \d.{0,60}$",
    r"(?:vorschau auf den )?(?:nächste[rn]?|vorherige[rn]?) (?:artikel|beitrag)\b.{0,20}$",
    r"(?:teilen (?:mit|auf)|teilen sie (?:dies|diesen)\b.{0,30}):?$",
    r"(?:vervielfältigung|nachdruck)\b.{0,40} nur mit\b",
    # French
    r"(?:à |a )?(?:lire|voir) (?:aussi|également|plus)\b",
    r"(?:publicité|passer la publicité|la suite après (?:cette|la) publicité)\b",
    r"(?:inscrivez-vous|abonnez-vous|s.abonner|recevez)\b.{0,120}(?:newsletter|infolettre|lettre|chaque|$)",
    # Spanish, Portuguese, Italian
    r"(?:lea|lee|leer|ver|vea|mira|leia|veja) (?:también|tambien|más|mas|además|también|também|mais)\b",
    r"(?:lea|lee|le puede interesar|te puede interesar|también te puede interesar|quizás te interese|recomendamos"
    r"|puede leer)\s*:",
    r"(?:le|te) puede interesar\b",
    r"(?:suscríbete|suscríbase|únete|hazte miembro|síguenos|sigue nuestras|haga clic|haz clic|¿ya sabías que)\b",
    r"(?:mira|mire|lee|vea|más) ?: ",
    r"¡?(?:mira|suscríbete a|sigue) (?:lo que|nuestro canal)\b",
    r"(?:temas|etiquetas|compartir|compartilhar)\s*:?$",
    r"(?:publicidad|publicidade|pubblicità)\b",
    r"leggi anche\b",
    r"(?:iscriviti|seguici|segui)\b.{0,80}(?:newsletter|canale|whatsapp|telegram|google news)",
    r"(?:inscreva-se|assine|siga)\b.{0,80}(?:newsletter|canal|whatsapp|telegram|google)",
    # Dutch and Nordic
    r"(?:lees|bekijk|luister) (?:ook|verder|meer)\b",
    r"(?:læs|les|läs) (?:også|mere|mer|även|också)\b",
    r"(?:annons|annonse|annonce|advertentie)$",
    # Slavic, Turkish
    r"(?:czytaj|zobacz|przeczytaj) (?:też|także|również|więcej)\b",
    r"(?:čtěte|přečtěte si|mohlo by vás zajímat|čítajte)\b",
    r"(?:читайте|смотрите|подписывайтесь|подпишитесь)\b.{0,30}(?:также|ещё|нас|на|в)\b",
    r"(?:ayrıca bakın|ilgili haber|bunlar da ilginizi çekebilir)\b",
    r"(?:関連記事|あわせて読みたい|会員登録|続きを読む|有料会員)",
    r"\[button link",
)
LABEL = re.compile(
    r"(?:article|artikel|článek|hauptinhalt|inhalt|newsletter|video|galerie|foto|thema|interview|liveblog|faq"
    r"|share|teilen|compartir"
    r"|partager|comentarios|comments|tags|werbung|anzeige|advertisement|related|topics|more|weitere themen"
    r"|kategorien|loading)\s*:?$",
    re.IGNORECASE,
)
WALL = _lines(
    # English
    r"already (?:an? )?(?:\w+ )?(?:subscriber|member|subscribed|registered)\b",
    r"this (?:article|story|content|post) is (?:\w+ ){0,2}(?:for|to) (?:\w+ )?(?:subscribers|members)\b",
    r"(?:subscribe|sign up|log ?in|sign in|register|create an? (?:free )?account)\b.{0,40}"
    r"\bto (?:continue|keep|finish|read|unlock|access)\b",
    r"to (?:continue|keep|finish) reading\b",
    r"you(?:.ve| have) (?:reached|read|used)\b.{0,50}\b(?:limit|free articles?|articles? (?:this|for))\b",
    r"unlock (?:this|the full) (?:article|story)\b",
    r"want to (?:read|keep reading) (?:more|this)\?",
    # German
    r"(?:sie sind )?(?:bereits|schon) (?:[\w-]*abonnent|abonniert|registriert|kunde|mitglied)",
    r"(?:dieser|der) (?:artikel|inhalt|text) ist (?:nur|exklusiv|kostenpflichtig)\b",
    r"um (?:diesen|den) (?:artikel|text|beitrag) (?:vollständig |ganz )?(?:zu lesen|weiterzulesen)",
    # French
    r"(?:vous êtes )?déjà (?:abonné|inscrit)",
    r"il vous reste \d",
    r"(?:cet )?(?:article|contenu)(?: est)? réservé (?:à|aux) (?:nos )?abonnés",
    r"la suite (?:de cet article )?est réservée",
    # Spanish, Portuguese, Italian
    r"¿?ya (?:eres|es|soy|estás) (?:suscriptor|suscrito|socio|registrado)",
    r"(?:este )?(?:contenido|artículo) (?:es )?exclusivo para (?:\w+ )?(?:suscriptores|socios)",
    r"para (?:seguir|continuar) leyendo\b",
    r"já é assinante\b",
    r"(?:este )?conteúdo (?:é )?exclusivo para assinantes",
    r"(?:sei già abbonato|hai già un abbonamento|per continuare a leggere|(?:questo )?(?:contenuto|articolo) è riservato)\b",
    # Dutch, Nordic, Slavic
    r"(?:al (?:een )?abonnee|ben je al (?:abonnee|lid)|dit artikel is (?:alleen|exclusief) voor)\b",
    r"(?:(?:är|er) du )?(?:redan|allerede) (?:prenumerant|abonnent|medlem)",
    r"(?:masz już (?:prenumeratę|subskrypcję|konto)|pozostało \d+ ?% (?:artykułu|tekstu)|dalsza część (?:artykułu )?dostępna)",
    r"(?:už mám předplatné|tento článek je (?:jen )?pro předplatitele)",
    r"(?:полный текст доступен|уже (?:подписаны|есть подписка))",
    r"(?:この記事は(?:会員|有料)|残り\s*\d+\s*文字|有料会員|会員限定|이 기사는 (?:유료|회원))",
)
"""What stands where a reader without subscription must stop."""
_AGENCY = (
    r"(?:\w{2,6}[/-])?(?:dpa|afp|reuters|ap|apa|epd|kna|sid|ansa|efe|sda|keystone-sda|ritzau|ntb|tt|belga|anp|pap|čtk|lusa"
    r"|xinhua|kyodo|yonhap|tass|upi|aap|aptn|agencies|agenturen|agence[s]?|agencias|associated press)(?:-\w+)?"
)
AGENCIES = re.compile(
    r"[(\[–—-]*\s*(?:(?:quelle|source|fuente|fonte):\s*)?(?:(?:mit|with|avec|con|com|med|met|von|by)\s+)?"
    r"(?:(?:material|informationen|inputs?|informations?)\s+(?:der|von|from|of|de|di)\s+)?(?:the\s+)?"
    rf"(?:agenturmaterial|{_AGENCY}(?:\s*(?:[,/&+;]|\band\b|\bund\b|\bet\b|\by\b)\s*{_AGENCY}){{0,5}})[.)\]]*\s*",
    re.IGNORECASE,
)
"""A line of nothing but agencies: "mit dpa", "(AFP, Reuters)", "With inputs from agencies"."""
PHOTO_CREDIT = re.compile(
    r"(?:photos?|images?|pictures?|photograph|(?:photo|image|picture) (?:credits?|source|courtesy of)|fotos?|bild(?:er|quelle)?"
    r"|fotografía|imagen|immagine|crédits?(?: photos?)?|kredit|zdjęcie|фото|写真)\s*(?::|©|/)\s*\S.{1,80}$|©\s?\S.{1,60}$"
    r"|(?:source|quelle|fuente|fonte|bron|kilde|källa|zdroj|źródło)\s*:\s*\S.{1,40}$",
    re.IGNORECASE,
)
BYLINE = re.compile(
    r"(?:by|von|par|por|di|door|av|af|text|foto|fotos?|photo|image|quelle|source|fuente|fonte|stand|published|posted|updated"
    r"|last (?:modified|updated)|release date|veröffentlicht|veröffentlichung|aktualisiert|publié|publicado"
    r"|staff reports?)\b\s*:?\s+(?![a-zß-ÿ]).{0,70}$"
    r"|staff reports?$|-?\s*aktualisiert am$"
    r"|(?:(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)day,?\s+)?(?:\d{1,2}\.?\s+)?[A-Z]?[a-zà-ÿ]{2,10}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+(?:19"
    r"|20)\d{2}\b.{0,30}$"
    r"|[\w-]{0,15},?\s*\d{1,2}\.?\s+(?:de\s+)?[a-zà-ÿ]{3,10}\.?\s+(?:de\s+)?(?:19|20)\d{2}\b.{0,30}$"
    r"|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}\b.{0,30}$|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}\b.{0,30}$",
    re.IGNORECASE,
)
BIO = re.compile(
    r"\b(?:is (?:an?|the|[A-Z]\w+.s)\b|was (?:an?|the)\b|covers\b|writes\b|reports (?:on|for|from)\b|joined\b"
    r"|has (?:covered|written|worked|been)\b"
    r"|works\b|lives in\b|e-?mail\b|contact\b|can be (?:reached|followed|contacted)|may be reached|follow (?:him"
    r"|her|them)\b|'s (?:book|latest)\b|makes frequent"
    r"|ist (?:\w+ )?(?:redakteur|korrespondent|autor|journalist|reporter)|schreibt\b|arbeitet\b|berichtet\b"
    r"|est (?:journaliste|correspondant)|es (?:periodista|redactor))",
)
CONTACT = _lines(
    r"(?:have|got) a (?:tip|story|confidential tip)\b",
    r"(?:send|email) (?:us )?(?:your )?(?:tips?|news|story ideas)\b",
    r"(?:contact|reach|email|follow|e-mail)\b.{0,60}(?:@\w|\bat\b \S+@|on (?:twitter|x\b|bluesky|threads))",
    r"follow @\w+",
    r"(?:\w+ ){1,4}(?:can|may) be (?:reached|contacted) (?:at|on|via)\b",
    r"for more stories like this\b",
    r"about the (?:author|writer)s?\b",
    r"über (?:den autor|die autorin)\b",
)
