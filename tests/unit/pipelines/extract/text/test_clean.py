"""Cleaning: each rule does what it is named for, and together they are idempotent, never lengthen, never empty."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract.text.blocks import Block
from pipelines.extract.text.clean import Surroundings, clean, is_promo

SENTENCE = "The ferry crossed the harbour again on Monday, an hour late and half empty."
BODY = tuple(Block(f"{SENTENCE} Paragraph {word} says so.") for word in ("one", "two", "three", "four", "five", "six"))
AROUND = Surroundings(
    ("Ferry late again", "Ferry late again, and again"),
    ("Imke Tassel",),
    frozenset({"Tunneltollrisesagain", "Lighthousekeeperretires", "Lighthousekeeperretiresatninety"}),
)

PROMOS = [
    "CLICK HERE TO READ MORE FROM THE KESTREL EXAMINER",
    "Read more: Tunnel toll rises again",
    "Sign up for our morning newsletter",
    "Advertisement",
    "Follow us on Twitter and Facebook",
    "Lesen Sie auch: Das Moor wird nass",
    "Lire aussi : la foire aux géraniums",
    "Lea también: El puente cierra",
    "Leggi anche: il ponte chiude",
    "Čtěte také: most se zavírá",
    "Story continues below",
    "Sie sind derzeit nicht eingeloggt.",
    "MIRA: El puente cierra",
    "Next article",
    "12 comments",
    "Unsubscribe | Change your settings",
    "You are receiving this because you signed up at lanternpost.example.",
    "View this email in your browser",
]
PROSE = [
    "Reading more than a book a week is rare on the islands.",
    "Read the room, the mayor told her council, and it did.",
    "Following the storm, the ferries stopped.",
    "The newsletter of the rowing club had warned of it.",
    "Also on Monday, the bridge was shut.",
    "Weitere Themen kamen am Montag nicht zur Sprache.",
    "Nachdruck liegt auf der Fähre, sagt sie.",
    "No comments were made by the harbour office.",
    "More than forty boats lay in the harbour.",
    "Lee: I never thought that the pier would hold for another year.",
    "Copyright law is to be changed this year so that libraries may lend scanned books, the ministry said.",
    "Advertisement spending on the island fell by four per cent last year.",
    "Register online by Friday to access the grant, the county told fishermen whose boats were lost.",
    "Sign up to the treaty or leave, the minister told the island's council on Monday.",
    "Subscribe to the theory or not, he said, the pier is gone.",
    "Read on the steps of the town hall, the names took an hour.",
    "See more of the coast than the road shows, the captain promised.",
    "Related costs rose by a third, the county said.",
    "Anzeige gegen Unbekannt erstattete die Bürgermeisterin am Dienstag.",
    "Werbung für Tabak soll von Juli an auch auf den Fähren verboten sein.",
    "Zum Thema Fahrpreise sagte der Sprecher der Reederei, man werde neu rechnen.",
    "Publicité mensongère : le tribunal condamne la compagnie des bacs.",
    "Dieser Streit kostet die Zeitung viele Abonnenten, sagt der Verlag.",
    "Pour continuer à vivre sur l'île, les habitants ont creusé un puits.",
    "Pour accéder au port, les camions doivent passer par le tunnel.",
    "Register voters to keep turnout high, the party told its helpers.",
    "Unsubscribe buttons are to be as large as those to subscribe, the county ruled.",
    "You are receiving this town's highest honour, the mayor told the rowers.",
    "Unlock the harbour to keep ships moving, the union demanded.",
]


@pytest.mark.parametrize("line", PROMOS)
def test_promotional_lines_go(line: str) -> None:
    assert clean((*BODY[:3], Block(line), *BODY[3:]), AROUND).blocks == BODY


@pytest.mark.parametrize("line", PROSE)
def test_prose_that_begins_alike_stays(line: str) -> None:
    assert not is_promo(line)


@pytest.mark.parametrize(
    ("rule", "blocks"),
    [
        ("title-repeated", (Block("Ferry late again"), *BODY)),
        ("title-repeated", (Block("Home"), Block("City"), Block("Ferry late again"), *BODY)),
        ("byline", (Block("By Imke Tassel"), *BODY)),
        ("byline", (Block("Imke Tassel"), *BODY)),
        ("byline", (Block("March 4, 2026"), *BODY)),
        ("link-line", (*BODY[:2], Block("Tunnel toll rises again"), *BODY[2:])),
        ("link-line", (*BODY[:2], Block("City: Lighthouse keeper retires"), *BODY[2:])),
        ("link-line", (*BODY[:2], Block("Harbour Lighthouse keeper retires at ninety", "item"), *BODY[2:])),
        ("photo-credit", (*BODY[:2], Block("Photo: Rufus Odell / The Lantern Post"), *BODY[2:])),
        ("photo-credit", (*BODY[:2], Block("Фото: Пётр Ладожский"), *BODY[2:])),
        ("photo-credit", (*BODY, Block("Source: harbour office"))),
        ("promo-line", (*BODY[:2], Block("ALSO READ | Tunnel toll rises again"), *BODY[2:])),
        (
            "link-line",
            (*BODY[:2], Block("Recommended", "heading"), Block("Tunnel toll rises again", "item"), *BODY[2:]),
        ),
        ("promo-line", (*BODY, Block("Already a subscriber? Log in"), Block("One month for a penny"))),
        ("promo-line", (*BODY, Block("Il vous reste 41 % de cet article à lire."))),
        ("promo-line", (*BODY, Block("この記事は会員限定です。"), Block("中央に登録すると"))),
        ("bio", (*BODY, Block("Imke Tassel is a reporter for The Lantern Post. Follow her on Bluesky."))),
        ("bio", (*BODY, Block("About the author"))),
    ],
)
def test_each_rule_leaves_the_body_alone(rule: str, blocks: tuple[Block, ...]) -> None:
    cleaned = clean(blocks, AROUND)
    assert cleaned.blocks == BODY
    assert rule in cleaned.rules


@pytest.mark.parametrize(
    "last",
    [
        "Photo albums of the crossing are kept in the harbour museum.",
        "To continue her work she will need a larger boat.",
        "The source: a spring in the hills above the town.",
        "With AP classes full, the school turned to the islands.",
        "Etiketler:",
        "Already the members of the rowing club have left.",
    ],
)
def test_lines_that_only_begin_like_credits_and_walls_stay(last: str) -> None:
    assert clean((*BODY, Block(last)), AROUND).blocks == (*BODY, Block(last))


@pytest.mark.parametrize("first", ["Von 2027 an gilt auf der Insel Tempo 30.", "By Monday the storm had passed."])
def test_a_short_first_sentence_is_no_byline(first: str) -> None:
    assert clean((Block(first), *BODY), AROUND).blocks == (Block(first), *BODY)


def test_a_sentence_above_the_title_stays_and_what_goes_is_listed() -> None:
    cleaned = clean((Block("Home"), Block("The ferry was late."), Block("Ferry late again"), *BODY), AROUND)
    assert cleaned.blocks == (Block("The ferry was late."), *BODY)
    assert cleaned.removed == (Block("Home"), Block("Ferry late again"))


def test_a_text_that_is_there_twice_is_kept_once_and_a_song_keeps_its_refrain() -> None:
    assert clean((Block("Home"), *BODY, *BODY), AROUND).blocks == (Block("Home"), *BODY)
    song = tuple(
        Block(line) for line in ("Row, row to the bar", "One boat came home", "Row, row to the bar", "Two stayed out")
    )
    assert clean((*song, *song[:2], *song[:1]), AROUND).blocks == (*song, *song[:2], *song[:1])


def test_prose_below_a_paywalls_line_stays() -> None:
    prose = Block(f"{SENTENCE} {SENTENCE} {SENTENCE}")
    assert clean((*BODY, Block("Already a subscriber? Log in"), prose), AROUND).blocks == (*BODY, prose)


def test_an_article_about_its_author_keeps_its_first_paragraphs() -> None:
    blocks = (Block("Imke Tassel was born by the harbour."), *BODY)
    assert clean(blocks, Surroundings(authors=("Rufus Odell",))).blocks == blocks


def test_a_page_that_is_a_list_of_links_keeps_them() -> None:
    blocks = (Block("Tunnel toll rises again"), Block("Lighthouse keeper retires"))
    assert clean(blocks, AROUND).blocks == blocks


LINES = st.sampled_from(
    [*PROMOS, *PROSE, SENTENCE, "Imke Tassel", "Ferry late again", "___", "Tunnel toll rises again", "4 March 2026"]
) | st.text(min_size=1, max_size=60)
BLOCKS = st.lists(st.builds(Block, LINES, st.sampled_from(["paragraph", "heading", "item", "quote"])), max_size=12)


@settings(max_examples=200)
@given(BLOCKS)
def test_cleaning_is_idempotent_never_lengthens_and_never_empties(blocks: list[Block]) -> None:
    once = clean(blocks, AROUND)
    assert clean(once.blocks, AROUND).blocks == once.blocks
    assert sum(len(block.text) for block in once.blocks) <= sum(len(block.text) for block in blocks)
    assert set(once.blocks) <= set(blocks)
    assert once.blocks or not blocks


def test_a_counter_behind_the_story_goes_and_results_stay() -> None:
    told = Block("The vote was counted in the school, by candlelight and twice.")
    assert clean([told, Block("Views: 812", "item")]).blocks == (told,)
    results = (Block("Orme 12", "item"), Block("Pell 9", "item"))
    assert clean([told, *results]).blocks == (told, *results)
    assert clean([told, Block("Depth 2 m", "row")]).blocks == (told, Block("Depth 2 m", "row"))


@pytest.mark.parametrize("label", ["ADVERTISEMENT", "İLGİLİ HABERLER", "ΔΙΑΦΉΜΙΣΗ", "РЕКЛАМА"])
def test_labels_are_told_in_capitals_too(label: str) -> None:
    assert is_promo(label)
