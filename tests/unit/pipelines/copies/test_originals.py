"""Who had a text first: what we saw, then a page's word about itself, then dates; what can't be decided is not known."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.copies.match import Document
from pipelines.copies.originals import rule

DAY = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)


def at(hour: float, day: int = 26) -> dt.datetime:
    return DAY.replace(day=day) + dt.timedelta(hours=hour)


def text(site: str, **facts: object) -> Document:
    return replace(Document(f"https://{site}/x", "words", site, length=200), **facts)  # type: ignore[arg-type]


def ruled(*members: Document) -> tuple[str, dict[str, str]]:
    """The lead's site, and the evidence against each of the others; the same in every order."""
    found = [rule(order) for order in permutations(members)]
    assert all(one == found[0] for one in found)
    return found[0].lead.site, {url.split("/")[2]: reason.evidence for url, reason in found[0].reasons.items()}


def originals(*members: Document) -> dict[str, str]:
    """The sites of all that are shown to be copies, each with its original's."""
    return {url.split("/")[2]: one.site for url, one in rule(members).originals.items()}


WIRE = text("wire.test", published_at=at(7.5), precision="minute", seen_at=at(8))


@pytest.mark.parametrize(
    "facts",
    [
        {"published_at": at(0), "precision": "day"},
        {"published_at": at(7), "precision": "local"},
        {"published_at": at(7.5), "precision": "minute"},
        {"published_at": None},
        {"published_at": at(0, 28)},  # of the future when it was seen
    ],
)
def test_a_coarse_date_never_makes_a_text_the_original(facts: dict[str, object]) -> None:
    copy = text("copy.test", seen_at=at(12), **facts)
    assert ruled(WIRE, copy) == ("wire.test", {"copy.test": "unknown"})
    looked = replace(copy, absent_at=at(9))
    assert ruled(WIRE, looked) == ("wire.test", {"copy.test": "seen"})


def test_days_that_differ_decide_and_so_does_a_day_against_a_minute_outside_it() -> None:
    yesterday = text("early.test", published_at=at(0, 25), precision="day", seen_at=at(12))
    assert ruled(WIRE, yesterday) == ("early.test", {"wire.test": "date"})
    tomorrow = text("late.test", published_at=at(0, 27), precision="day", seen_at=at(12, 27))
    assert ruled(WIRE, tomorrow) == ("wire.test", {"late.test": "date"})


def test_a_copy_dated_a_day_earlier_and_seen_a_day_later_is_a_copy() -> None:
    thief = text("thief.test", published_at=at(7, 25), seen_at=at(9, 27), absent_at=at(7, 27), sought_at=at(7, 27))
    assert ruled(WIRE, thief) == ("wire.test", {"thief.test": "seen"})


def test_a_date_that_nothing_bears_out_is_not_before_a_text_that_we_had_looked_for_in_vain() -> None:
    """The copy is met between two visits of the paper's feed; anybody can write an early date."""
    paper = replace(WIRE, absent_at=at(7))
    thief = text("thief.test", published_at=at(7, 1), seen_at=at(7.8), sought_at=at(7.8))
    assert ruled(paper, thief) == ("thief.test", {"wire.test": "unknown"})
    assert originals(paper, thief) == {}
    watched = replace(thief, published_at=at(7.2), absent_at=at(7.1))
    assert originals(paper, watched) == {"wire.test": "thief.test"}, "its date is within our own visits"
    admitted = replace(thief, published_at=at(7.7))
    assert originals(paper, admitted) == {"thief.test": "wire.test"}, "its own date says that it came later"


def test_an_early_date_counts_for_nothing_without_an_earlier_look() -> None:
    """The text was in the archive before the thief's site was known at all: its date is only its word."""
    thief = text("thief.test", published_at=at(7, 25), seen_at=at(9, 27), sought_at=at(8.5, 27))
    assert ruled(WIRE, thief) == ("wire.test", {"thief.test": "unknown"})
    together = replace(
        thief, sought_at=at(7)
    )  # both were asked for before either was seen: our queue's order says nothing
    assert ruled(WIRE, together) == ("thief.test", {"wire.test": "date"})
    old = replace(WIRE, published_at=at(7.5) - dt.timedelta(days=365))
    older = replace(thief, published_at=at(7.5) - dt.timedelta(days=366))
    assert ruled(old, older) == ("wire.test", {"thief.test": "unknown"})


def test_a_date_before_our_last_look_is_refuted() -> None:
    backdated = text("thief.test", published_at=at(5), seen_at=at(9), absent_at=at(7))
    plain = text("paper.test", published_at=at(6), seen_at=at(8), absent_at=at(5.5))
    assert ruled(backdated, plain)[0] == "paper.test"


def test_third_parties_credits_decide_nothing() -> None:
    thief = text("thief.test", published_at=at(8), seen_at=at(9))
    friends = [
        text(f"friend{n}.test", published_at=at(9), seen_at=at(10), credited_to="thief.test", canonical_url=thief.url)
        for n in range(2)
    ]
    assert ruled(WIRE, thief, *friends)[0] == "wire.test"


def test_a_texts_own_credit_counts_if_the_credited_site_has_the_text_and_our_visits_do_not_refute_it() -> None:
    crediting = text("local.test", published_at=at(6), seen_at=at(7), credited_to="https://www.wire.test/")
    assert ruled(WIRE, crediting) == ("wire.test", {"local.test": "credit"})
    naming = text("local.test", published_at=at(6), seen_at=at(7), canonical_url=WIRE.url + "?utm_source=feed")
    assert ruled(WIRE, naming) == ("wire.test", {"local.test": "credit"})
    stranger = text("local.test", published_at=at(6), seen_at=at(7), credited_to="elsewhere.test")
    assert ruled(WIRE, stranger) == ("local.test", {"wire.test": "date"})
    refuted = replace(WIRE, absent_at=at(7.2))
    assert ruled(refuted, crediting) == ("local.test", {"wire.test": "seen"})


def test_a_credit_by_name_counts_for_the_outlet_whose_domain_has_that_name() -> None:
    wire = text("meridian-wire.test", seen_at=at(9))
    crediting = text("local.test", seen_at=at(8), credited_to="Meridian Wire")
    assert ruled(wire, crediting) == ("meridian-wire.test", {"local.test": "credit"})
    pretender = text("thief.test", seen_at=at(9))
    assert ruled(pretender, crediting) == ("local.test", {"thief.test": "unknown"})


def test_where_nothing_decides_none_is_a_copy_of_another_and_a_known_copy_is_one_of_what_it_credits() -> None:
    """Without the rule all were copies of the one that was seen first, the thief's."""
    thief, paper = text("thief.test", seen_at=at(8)), text("paper.test", seen_at=at(9))
    partner = text("partner.test", seen_at=at(10), credited_to="paper.test")
    late = text("late.test", seen_at=at(12), absent_at=at(11), credited_to="partner.test")
    assert originals(thief, paper) == {}
    assert originals(thief, paper, partner) == {"partner.test": "paper.test"}
    assert originals(partner, thief, late, paper)["partner.test"] == "paper.test"
    looked = replace(thief, absent_at=at(7), seen_at=at(11.5))
    decided = replace(paper, seen_at=at(6))
    assert originals(looked, decided, partner) == {"thief.test": "paper.test", "partner.test": "paper.test"}


def test_two_that_credit_each_other_are_no_copies_of_a_third() -> None:
    """Without the rule each was struck out by the other's credit, and the third was the original of both."""
    a = text("a.test", seen_at=at(9), credited_to="b.test")
    b = text("b.test", seen_at=at(10), credited_to="a.test")
    thief = text("thief.test", seen_at=at(8))
    assert originals(a, b, thief) == {}
    follower = text("follower.test", seen_at=at(11), credited_to="b.test")
    assert originals(a, b, thief, follower) == {"follower.test": "b.test"}


def test_a_ring_of_credits_is_left_to_the_dates() -> None:
    a = text("a.test", published_at=at(6), credited_to="b.test")
    b = text("b.test", published_at=at(7), credited_to="c.test")
    c = text("c.test", published_at=at(8), credited_to="a.test")
    assert ruled(a, b, c) == ("a.test", {"b.test": "date", "c.test": "date"})


def test_equal_times_are_not_decided_by_the_spelling_of_the_address() -> None:
    originals = set()
    for names in permutations(("aaa.test", "mmm.test", "zzz.test")):
        members = [text(name, published_at=at(7), seen_at=at(8)) for name in names]
        site, reasons = ruled(*members)
        assert set(reasons.values()) == {"unknown"}
        originals.add(site)
    pairs = [ruled(text(f"a{n}.test", seen_at=at(8)), text(f"z{n}.test", seen_at=at(8)))[0][0] for n in range(20)]
    assert set(pairs) == {"a", "z"}


def test_the_reason_names_both_sides_and_the_times() -> None:
    copy = text("copy.test", seen_at=at(12), absent_at=at(9))
    reason = rule([WIRE, copy]).reasons[copy.url]
    assert reason.confidence == "high"
    assert reason.sentence == (
        "we saw it at wire.test 2026-11-26 08:00:00Z; at 2026-11-26 09:00:00Z we looked where copy.test was found later, "
        "and it was not there"
    )


times = st.none() | st.integers(0, 72).map(at)
members = st.lists(
    st.builds(
        lambda n, published, precision, seen, absent, sought, credit: text(
            f"s{n}.test",
            published_at=published,
            precision=precision,
            seen_at=seen,
            absent_at=None if seen is None or absent is None or absent >= seen else absent,
            sought_at=sought,
            credited_to=f"s{credit}.test" if credit is not None else None,
        ),
        st.integers(0, 9),
        times,
        st.sampled_from(["minute", "local", "day", None]),
        times,
        times,
        times,
        st.none() | st.integers(0, 9),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one.url,
)


@given(members, st.randoms())
@settings(max_examples=300, deadline=None)
def test_the_same_facts_give_the_same_ruling_in_any_order(found: list[Document], chance: object) -> None:
    ruling = rule(found)
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rule(shuffled) == ruling
    assert set(ruling.reasons) == {one.url for one in found if one is not ruling.lead}
    seen_before = [
        one for one in found if one.seen_at and ruling.lead.absent_at and one.seen_at <= ruling.lead.absent_at
    ]
    assert not seen_before
    assert set(ruling.originals) == {url for url, reason in ruling.reasons.items() if reason.evidence != "unknown"}
    assert not {one.url for one in ruling.originals.values()} & set(ruling.originals)
