"""Copies distinguished from templates, quotations and promotion; the family and its original."""

from __future__ import annotations

import datetime as dt
import random
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.copies.alignment import ComparedText, align
from pipelines.copies.match import (
    CopyCandidate,
    Document,
    LinkCopy,
    New,
    compare,
    decide,
    nearest_by_hashes,
)

FERRY = """Ferry crews on the island of Maren went back to work on Tuesday after nine days, ending the longest strike that
the harbour has seen since 1987. Both sides signed the agreement shortly before dawn in the old customs house, where they
had met eleven times since the walkout began. Pay will rise by four percent this year and by three percent in the next,
and no ship will sail with fewer than six hands on deck. "We wanted to be heard, and in the end we were," said Ilse
Tormund, who spoke for the crews. The owners, who had first offered two percent, put the cost of the strike at 3.2 million
crowns. Shops on the island had begun to ration flour and lamp oil; the hospital flew in medicine by helicopter twice. By
noon the first boat, the Petrel, had left for the mainland with 212 passengers, most of them students who had missed their
examinations. Fishermen, who had carried mail and a few travellers in their own boats, said that they would not miss the
work. Old quarrels remain, however. The company still means to sell its two oldest ships in the spring, and the crews fear
for about forty posts. A mediator from the capital, Dr Anselm Rook, will stay until both sides have agreed on a calendar
for further talks. Several members of the island council called for a law that would keep a ship running for the sick even
in a strike, as there is on the northern lakes. Nobody at the pier seemed to care for politics that morning: when the
Petrel blew her horn, people who had queued since midnight clapped, and a baker handed out rolls from the last of his
flour."""

ORCHARD = """Growers in the valley of Esk have pulled up nearly a third of their old pear trees this winter, and few will plant
new ones. Frost in three of the last five springs killed the blossom, said Marta Quill, whose family has kept an orchard
above the river for a century. Wholesale prices have not moved since 2019, while wages and diesel cost half as much again.
Some of the cleared ground will carry walnuts, which flower late; more will lie fallow until the water board decides who
may pump in July. The cooperative, which once filled forty wagons a day, closed its second cold store in October and let
seventeen people go. A young couple from the city has leased one of the halls to press cider from fruit that nobody
picks. They expect 9,000 bottles in the first year. Pears, they say, were never the trouble; the trouble is that all of
them ripen in the same fortnight, and the shops want them at Easter. Schoolchildren came to see the last tree of the
oldest row cut, counted its rings, and took slices of it home. One ring, very thin, was that of the dry year of which their
grandparents speak."""

PROMO = """Get the morning letter of {site} and know what your town is talking about before breakfast.
Our reporters depend on readers: for the price of a coffee a week you read all of {site} without advertisements.
Did you see something happen? Write to the desk, or ring us at any hour of the day or night.
More from {site}: pictures, puzzles and the best of the week, chosen by our editors for your Sunday."""

AVALANCHE = """Avalanche bulletin for {place}, {day}: the danger is level {a} of five above {b} metres. In the past day {c}
centimetres of snow fell near {place}, and the wind from the {wind} built drifts behind the ridges. Slabs may be set off
by a single skier, above all on steep slopes that see no sun. Keep your distance when you cross, and turn back when you
hear the snow settle under your feet. At {d} huts the paths have been closed. The service counted {e} slides since the last
bulletin. The next bulletin is issued at five in the evening by the wardens on duty."""

LOTTO = """Bei der Ziehung am {day} in {place} sind die Zahlen {a}, {b}, {c} und {d} gezogen worden. Die Superzahl lautet {e}.
Den Hauptgewinn hat diesmal niemand erzielt, deshalb wächst der Topf für die nächste Ziehung weiter an. Gewinne bis zu einer
bestimmten Summe zahlt jede Annahmestelle aus, höhere Beträge werden überwiesen, sobald der Schein geprüft worden ist. Wer
seinen Schein verloren hat, kann sich an die Gesellschaft wenden und sollte dazu die Nummer der Kundenkarte bereithalten.
Alle Angaben erfolgen ohne Gewähr. Das Glücksspiel kann süchtig machen, Hilfe bietet die Beratungsstelle in {place} an."""

TIDES = (
    "港口潮汐预报：{place}{day}高潮时间为{a}时{b}分，潮高{c}厘米，低潮潮高{d}厘米。海面风力{e}级，能见度良好。"
    "小型渔船出海前请向港务部门登记，注意查看航道公告，遵守限速规定。未来两天沿岸海域天气以多云为主，水温变化不大，适宜近岸作业。"
    "市民在海边游玩时请勿越过警戒线，注意涨潮时间，照看好随行儿童。如遇紧急情况请立即拨打救援电话，"
    "下一次预报将于明天清晨由预报中心统一发布，请留意收听。"
)

STARS = """The stars over {place} tonight: those born under the {wind} lamp should let {a} matters rest. An old friend may call
with a request that sounds {b}, and you will do well to sleep on it before you answer. Do not lend what you can't spare.
At work a small {c} turns out to be worth more than it seemed, so keep your eyes open and your desk in order. Toward evening
a walk clears the head. Those who live alone should cook for two and see who knocks. Think of {d} when you light the lamp."""

PLACES = ["Aldershorn", "Brack", "Castle Pike", "Dunmere", "Elvering", "Fossgard", "Gritten"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def instance(template: str, seed: int) -> str:
    pick = random.Random(seed)
    facts = {name: str(pick.randint(2, 60)) for name in "abcde"}
    return template.format(
        place=pick.choice(PLACES), day=pick.choice(DAYS), wind=pick.choice(["north", "west"]), **facts
    )


def star_sheet(seed: int) -> str:
    pick = random.Random(seed)
    words = ["money", "odd", "kind", "favour", "grief", "letter", "plain", "garden", "debt", "copper", "brave", "paper"]
    facts = dict(zip("abcd", pick.sample(words, 4), strict=True))
    return STARS.format(place=pick.choice(PLACES), wind=pick.choice(["red", "blue", "grey"]), **facts)


def edited(text: str, share: float, seed: int = 1) -> str:
    """The share of the words changed: exchanged for, left out, or followed by words of another text."""
    pick, foreign, out = random.Random(seed), ORCHARD.split(), list[str]()
    for word in text.split():
        roll = pick.random()
        if roll < share * 0.6:
            out.append(pick.choice(foreign))
        elif roll >= share:
            out.append(word)
        elif roll >= share * 0.8:
            out += [word, pick.choice(foreign)]
    return " ".join(out)


def rewritten(text: str, share: float, seed: int = 1) -> str:
    pick = random.Random(seed)
    sentences = re.split(r"(?<=[.!?])\s+", text)
    return " ".join(edited(each, 0.5, seed + n) if pick.random() < share else each for n, each in enumerate(sentences))


def cut(text: str, share: float) -> str:
    words = text.split()
    return " ".join(words[: int(share * len(words))])


def document(text: str, site: str = "maren.test", *, hour: int = 9, name: str = "", **more: object) -> Document:
    at = dt.datetime(2026, 5, 4, hour, tzinfo=dt.UTC)
    url = f"https://{site}/{name or abs(hash(text)) % 10_000_019}"
    return replace(Document(url, text, site=site, published_at=at), **more)  # type: ignore[arg-type]


def candidates(*documents: Document) -> list[CopyCandidate]:
    return [CopyCandidate(each, each.url) for each in documents]


ORIGINAL = document(FERRY, name="ferry-strike-ends")

COPIES = {
    "whole": (FERRY, "whole"),
    "whole with byline and promotion": (
        f"By Nell Ashdown | 4 min read\n{FERRY}\n{PROMO.format(site='TIDE.TEST')}",
        "excerpt",
    ),
    "half": (cut(FERRY, 0.5), "excerpt"),
    "a third with promotion": (f"{cut(FERRY, 0.35)}\n{PROMO.format(site='TIDE.TEST')}", "excerpt"),
    "a twentieth changed": (edited(FERRY, 0.05), "whole"),
    "a fifth changed": (edited(FERRY, 0.2), "rewrite"),
    "rewritten": (rewritten(FERRY, 0.4), "rewrite"),
    "an update": (edited(FERRY, 0.05) + " " + cut(ORCHARD, 0.4), "excerpt"),
    "an aggregator's": (
        f"By Nell Ashdown | 4 min read\n{rewritten(cut(FERRY, 0.6), 0.2)}\nCLICK HERE TO READ MORE FROM MAREN.TEST",
        "rewrite",
    ),
    "facts corrected": (
        FERRY.replace("212 passengers", "221 passengers").replace("1987", "1986").replace("Tormund", "Thormund"),
        "whole",
    ),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_found_and_named(name: str) -> None:
    text, kind = COPIES[name]
    copy = document(text, "tide.test", hour=11)
    comparison = compare(copy, ORIGINAL)
    assert (comparison.reason, comparison.kind) == ("copy", kind)
    assert isinstance(decide(copy, candidates(ORIGINAL)), LinkCopy)


@pytest.mark.parametrize("seed", range(8))
def test_random_edits_never_look_like_a_template(seed: int) -> None:
    for text in (
        edited(FERRY, 0.05, seed),
        edited(ORCHARD, 0.1, seed),
        edited(FERRY, 0.2, seed),
        rewritten(FERRY, 0.4, seed),
    ):
        known = ORIGINAL if "Petrel" in text else document(ORCHARD)
        assert compare(document(text, "tide.test"), known).is_copy


@pytest.mark.parametrize("template", [AVALANCHE, LOTTO, TIDES])
@pytest.mark.parametrize("site", ["maren.test", "tide.test"])
def test_template_with_other_facts_is_not_a_copy(template: str, site: str) -> None:
    for seed in range(12):
        comparison = compare(document(instance(template, seed), site), document(instance(template, seed + 50)))
        assert comparison.reason == "template" or (site == "maren.test" and comparison.reason == "too_little")


def test_a_template_without_numbers_is_known_by_its_siblings() -> None:
    sheets = [document(star_sheet(seed), "tide.test", name=f"stars-{seed}") for seed in range(12)]
    linked = [isinstance(decide(sheet, candidates(*sheets[:n])), LinkCopy) for n, sheet in enumerate(sheets)]
    assert not any(linked[2:])


NOTICE = """The harbour court at {place} gives notice that a wreck is to be sold by auction. Those who hold a claim on the ship
or on her cargo are asked to come forward in writing before {day}. Letters should name the claim, the sum and the ground on
which it rests, and should bring copies of whatever papers there are. The clerk will not take calls on the matter. Claims
that come late may be left out when the proceeds are shared. Owners who live abroad may be heard by way of their consul.
Whoever holds goods that were washed ashore is bound to list them, and to keep them where they are until the court has
ruled. A hearing will be held in the small hall of the customs house at {other}, and is open to all who have shown an
interest. Costs are borne by the estate. The notice is put up at the door, and stands in the gazette for a month."""

LAMPS = (
    "今夜の{a}の星の便りをお届けします。全体に{b}気持ちで過ごせる一日になるでしょう。{c}については、身近な人の言葉に耳を傾けると良い"
    "結果につながります。仕事は焦らず一つずつ片付けてください。思いがけない知らせが届いても慌てることはありません。"
    "午後からは流れが変わり、気がかりだった用事も片付きそうです。今日の色は{d}です。夜は早めに休んで明日に備えましょう。"
)


@pytest.mark.parametrize("template", [NOTICE, LAMPS], ids=["notice", "lamps"])
def test_many_siblings_reveal_few_facts_in_a_long_text(template: str) -> None:
    pick = random.Random(4)

    def one(number: int) -> Document:
        facts = {"a": pick.choice("赤黒白橙"), "b": pick.choice("穏明重軽"), "c": "旅", "d": "青", "place": "Brack"}
        text = template.format(other=pick.choice(PLACES), day=pick.choice(DAYS), **facts)
        return document(text, f"s{number}.test")

    siblings = [one(number) for number in range(9)]
    assert decide(one(9), candidates(*siblings)) == New(template=True)


def test_known_template_separates_nearly_equal_facts() -> None:
    first, second, third = (document(instance(AVALANCHE, seed), name=str(seed)) for seed in (1, 2, 3))
    near = document(re.sub(r"level \d+", "level 71", first.text), "tide.test", name="near")
    assert isinstance(decide(near, candidates(first)), LinkCopy)
    assert decide(near, candidates(first, second, third)) == New(template=True)


def test_a_bulletin_that_another_site_republishes_is_a_copy_among_its_siblings() -> None:
    bulletins = [document(instance(AVALANCHE, seed), name=str(seed)) for seed in range(5)]
    republished = document(f"By Nell Ashdown\n{bulletins[2].text}", "tide.test")
    decision = decide(republished, candidates(*bulletins))
    assert isinstance(decision, LinkCopy)
    assert decision.family == bulletins[2].url


def test_promotion_shared_by_other_stories_links_nothing() -> None:
    promo = PROMO.format(site="TIDE.TEST")
    one, two = (
        document(f"{cut(FERRY, 0.3)}\n{promo}", "tide.test"),
        document(f"{cut(ORCHARD, 0.4)}\n{promo}", "tide.test"),
    )
    assert compare(one, two).kind is None
    assert compare(document(one.text, "one.test"), document(two.text, "two.test")).kind is None


def test_a_quotation_links_to_its_host_and_not_to_what_it_quotes() -> None:
    words, quoted = ORCHARD.split(), " ".join(FERRY.split()[40:120])
    host = document(ORCHARD, "esk.test")
    text = " ".join(words[:90]) + f" {quoted} " + " ".join(words[90:])
    quoting = document(text, "tide.test", hour=15)
    brief = document(cut(FERRY, 0.45), "brief.test")
    decision = decide(quoting, candidates(brief, ORIGINAL, host))
    assert isinstance(decision, LinkCopy)
    assert (decision.family, decision.merged) == (host.url, ())


def test_below_fifty_words_nothing_is_compared() -> None:
    flash = " ".join(FERRY.split()[:49])
    assert compare(document(flash, "a.test"), document(flash, "b.test")).reason == "too_short"


def test_a_site_repeats_itself_more_than_others_do() -> None:
    half = edited(FERRY, 0.2)
    assert compare(document(half, "tide.test"), ORIGINAL).is_copy
    assert compare(document(half, "maren.test"), ORIGINAL).reason == "too_little"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.2]), st.floats(0.2, 1))
def test_two_texts_are_copies_in_either_order(seed: int, share: float, kept: float) -> None:
    other = document(cut(edited(FERRY, share, seed), kept), "tide.test")
    one, two = compare(ORIGINAL, other), compare(other, ORIGINAL)
    assert (one.containment, one.containment_back) == (two.containment_back, two.containment)
    assert one.is_copy == two.is_copy


def test_head_and_tail_are_one_family_once_the_whole_is_seen() -> None:
    words = FERRY.split()
    head, tail = document(" ".join(words[:130]), "a.test"), document(" ".join(words[130:]), "b.test")
    decision = decide(document(FERRY, "c.test"), candidates(head, tail))
    assert isinstance(decision, LinkCopy)
    assert {decision.family, *decision.merged} == {head.url, tail.url}


def test_evidence_has_the_figures_of_the_comparison() -> None:
    evidence = compare(document(COPIES["a fifth changed"][0], "tide.test"), ORIGINAL).evidence()
    assert evidence["shared_shingles"] > 80
    assert 0.1 < evidence["changed_share"] < 0.35
    assert evidence["template_score"] < 0


def test_candidates_share_two_hashes_and_rare_hashes_count_more() -> None:
    boilerplate = {hash_: list(range(100, 160)) for hash_ in range(12)}
    holders = boilerplate | {50: [1, 2], 51: [1, 2], 52: [1], 53: [3]}
    found = nearest_by_hashes(holders)
    assert found[:2] == [1, 2]
    assert 3 not in found
    assert len(found) == 10


def test_alignment_follows_moved_passages_and_finds_slots() -> None:
    a = ComparedText("the boat left at nine from the old pier in rain. people clapped when she blew her horn twice")
    b = ComparedText("people clapped when she blew her horn thrice. the boat left at ten from the old pier in rain")
    alignment = align(a, b)
    found = [([a.words[p] for p in slot.a], [b.words[p] for p in slot.b]) for slot in alignment.slots]
    assert (["nine"], ["ten"]) in found
    assert len(alignment.matched) >= 15
