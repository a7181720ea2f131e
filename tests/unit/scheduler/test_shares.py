"""Shares of the workers' slots: whatever a source names, the others' hosts are queued at once."""

from __future__ import annotations

from scheduler.shares import admitted
from sql.frontier.rows import HostInDemand

PAPERS = [HostInDemand(f"paper{n}.test", source_id=n, is_watched=True) for n in range(100, 190)]


def subdomains(source_id: int, count: int, site: str = "burner.test", **kinds: bool) -> list[HostInDemand]:
    return [HostInDemand(f"h{n}.{site}", source_id, place=n + 1, **kinds) for n in range(count)]


def test_a_feed_of_600_silent_subdomains_takes_two_slots_and_the_papers_go_first() -> None:
    due = [*subdomains(1, 600, is_doubtful=True), *PAPERS]
    found = admitted(due, [], slots=32)
    assert found[:90] == PAPERS
    assert len(found[90:]) == 2


def test_ten_such_feeds_together_take_a_quarter() -> None:
    due = [one for source in range(10) for one in subdomains(source, 600, f"burner{source}.test", is_doubtful=True)]
    found = admitted(due, [], slots=32)
    assert len(found) == 8
    assert len({one.source_id for one in found}) == 8
    assert admitted(due, found, slots=32) == []
    assert admitted([*due, *PAPERS], found, slots=32) == PAPERS


def test_a_source_whose_hosts_all_answer_has_a_quarter() -> None:
    due = [HostInDemand(f"site{n}.test", 1, place=n + 1) for n in range(300)]
    assert len(admitted([*due, *PAPERS], [], slots=32)) == 8 + 90


def test_many_sources_that_name_one_site_have_a_quarter_and_its_own_feed_is_not_held_back() -> None:
    due = [HostInDemand(f"h{n}.paper.test", n) for n in range(60)]
    own = HostInDemand("feeds.paper.test", 99, is_watched=True)
    found = admitted(due, [], slots=32)
    assert len(found) == 8
    assert admitted([*due, own], found, slots=32) == [own]


def test_the_second_host_of_a_source_waits_for_the_first_of_each() -> None:
    first, second = HostInDemand("a.test", 1), HostInDemand("b.test", 1, place=2)
    other = HostInDemand("c.test", 2)
    assert admitted([first, second, other], [], slots=32) == [first, other, second]


def test_a_host_is_queued_once_for_all_that_want_it() -> None:
    assert admitted([HostInDemand("a.test", 1), HostInDemand("a.test", 2)], [], slots=32) == [HostInDemand("a.test", 1)]
    assert admitted([HostInDemand("a.test", 1)], [HostInDemand("a.test", 2)], slots=32) == []


def test_one_slot_is_enough_for_everyone_in_turn() -> None:
    due = [*subdomains(1, 5, is_doubtful=True), *PAPERS[:2]]
    assert [one.host for one in admitted(due, [], slots=1)] == ["paper100.test", "paper101.test", "h0.burner.test"]
