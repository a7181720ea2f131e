"""Words that tell names from other words: before months, titles of persons, articles, institutions. Pure."""

from __future__ import annotations

import re

BEFORE_MONTHS = frozenset({
    "in", "since", "until", "till", "by", "from", "last", "next", "this", "of", "early", "late", "mid", "through", "during",
    "before", "after", "every", "each", "im", "seit", "bis", "ab", "vom", "nächsten", "letzten", "diesen", "ende", "anfang",
    "mitte", "en", "de", "depuis", "fin", "début", "desde", "hasta", "a",
})  # fmt: skip
"""Words before a month."""
CAPITAL_NOUNS = frozenset({"de", "lb"})
"""Languages in which a capital says nothing of a noun."""
ARTICLES = frozenset({
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines", "kein", "keine", "keinen",
    "keinem", "keiner", "keines", "jeder", "jede", "jedes", "jeden", "jedem", "dieser", "diese", "dieses", "diesen", "diesem",
    "zwei", "drei", "mehrere", "viele", "alle",
})  # fmt: skip
"""German words before a noun, which hardly ever come before a person's name."""
BARE = frozenset({"in", "aus", "nach", "von", "bei", "für", "gegen", "mit"})
"""German words before a name that takes no article: in Essen."""
NEUTER = frozenset({"das", "ein", "kein", "dieses", "jedes"})
FEMININE = frozenset({"die", "eine", "einer", "keine", "keiner", "diese", "dieser", "jede", "jeder", "zur"})
"""German articles that a name does not take in one sentence and leave in the next, as Iran does: das Essen, zur Halle."""
DATIVE = frozenset({"in", "aus", "von", "bei", "mit", "zu", "vor", "auf", "an", "hinter", "neben", "über", "unter"})
"""German words behind which "der" is feminine."""
TITLES = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "sen", "rep", "gov", "gen", "col", "capt", "sgt", "lt", "rev", "m", "mm", "mme", "mlle",
    "sr", "sra", "srta", "dott", "sig", "ing", "hr", "fr", "dhr", "mevr", "г", "г-н",
})  # fmt: skip
"""Titles that are shortened with a full stop."""
SAYS = frozenset({
    "said", "says", "told", "tells", "added", "adds", "announced", "announces", "sagte", "sagt", "erklärte", "betonte",
    "dit", "déclare", "affirme", "annonce", "dijo", "dice", "afirmó", "anunció", "declaró", "disse", "diz", "afirmou",
    "zei", "zegt", "sade", "säger", "sagde", "siger", "powiedział", "powiedziała", "mówi", "сказал", "сказала", "заявил",
    "заявила", "сообщил", "сообщила", "сказав", "заявив", "řekl", "řekla", "sanoi", "sanoo", "είπε", "δήλωσε",
})  # fmt: skip
"""Verbs of saying: what comes before one is hardly ever a thing."""
NEW = frozenset(
    {"new", "nouvelle", "nuevo", "nueva", "nova", "novo", "neu", "nowy", "nowa", "nowe", "новый", "новая", "нова"}
)
"""Common words that make another place of one: New York."""
GROUNDS = frozenset({
    "County", "City", "Street", "Avenue", "Road", "Lane", "Square", "River", "Creek", "Lake", "Bay", "Beach", "Island", "Islands",
    "Hill", "Hills", "Valley", "Bridge", "Park", "Heights", "Springs", "Airport", "Station", "Cathedral", "Church",
})  # fmt: skip
"""What makes a place of any name: Orange County."""
DAYS = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})
IN = frozenset({
    "in", "near", "outside", "across", "at", "en", "à", "a", "w", "v", "ve", "в", "у", "во", "из", "із", "з", "z", "ze",
})  # fmt: skip
"""Words before a place: in Washington President Reed spoke."""
SIDES = frozenset({
    "north", "south", "east", "west", "northern", "southern", "eastern", "western", "central", "greater", "inner", "downtown",
})  # fmt: skip
"""Words with which a place is still that place."""
INSTITUTION = re.compile(
    r"(?:universit|universid|univerz|uniwersyt|üniversite|yliopisto|egyetem|университет|університет|πανεπιστ)|جامعة$",
    re.I,
)
"""Words of institutions that have a place in their names: University of Reading, Helsingin yliopisto."""
CLUBS = frozenset({
    "FC", "AFC", "CF", "SC", "FK", "SV", "TSV", "VfL", "VfB", "BK", "HC", "AS", "AC", "SS", "SK", "NK", "CD", "UD", "RC",
    "OGC", "RB", "IFK", "ФК",
})  # fmt: skip
OF = frozenset({"of", "de", "di", "da", "do", "w", "we", "v", "ve", "в", "у"})
"""Words between an institution and its place."""
HANDLES = frozenset({"@", "_"})
FIRST_NAMES = frozenset({
    "en", "fr", "es", "it", "pt", "ca", "gl", "ro", "pl", "cs", "sk", "sl", "hr", "ru", "uk", "be", "bg", "sv", "da", "no", "nb",
    "nn", "nl", "fi", "et", "lv", "lt",
})  # fmt: skip
"""Languages in which another first name before a surname differs from a title: titles have no capital, or are listed."""
PERSON_TITLE = re.compile(
    r"(?:president|minist|premier|prezydent|presiden|président|chanc|cancel|senat|sénat|govern|gouvern|deput|diput|député|"
    r"secret|sekret|profes|direct|direk|general|général|captain|capit|colon|major|lieut|serge|corporal|commander|commission|"
    r"ambass|embaj|admiral|archbish|republican|democrat|conservativ|congress|council|spokes|chair|detective|inspector|superint|"
    r"президент|премьер|прем'єр|министр|міністр|сенатор|депутат|генерал|канцлер|профес|polic|offic|econom|strik|midfield|defend)"
    r"|(?:mr|mrs|ms|miss|mx|dr|prof|sen|gov|rep|sir|lord|lady|dame|baron|baroness|count|duke|duchess|prince|princess|king|queen|"
    r"emperor|pope|cardinal|bishop|rev|reverend|pastor|rabbi|imam|father|mother|sister|brother|saint|mayor|judge|justice|attorney|"
    r"prosecutor|sheriff|constable|chief|manager|coach|speaker|leader|agent|analyst|uncle|aunt|labour|labor|liberal|tory|team|"
    r"doctor|mister|madam|madame|monsieur|mme|mlle|m|sr|sra|don|doña|señor|señora|papa|pan|pani|pana|panem|sig|signor|signora|"
    r"rey|reina|roi|reine|alcalde|maire|sindaco|ministro|господин|госпожа|пан|пані|herr|frau|hr|fru|dhr|mevrouw|meneer)$"
)
"""What somebody is, with a capital in some languages or at some desks."""
SAME_NAME = 0.6
"""Likeness of two spellings of one first name."""
SHORTEST_COMMON = 4
"""Letters of a common word that may be a surname at the beginning of a sentence: not So, Das, Les."""
TITLE_CASE = 0.6
"""Share of a headline's longer words with a capital from which capitals say nothing."""
