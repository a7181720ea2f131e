"""Attacks by redirects and by addresses that hold the victim's address: the hostile site answers for the victim's page."""

from __future__ import annotations

from urllib.parse import quote

from benchmarks.attacks.attack import OLD, Play, Step, attack
from benchmarks.attacks.web import Answer, redirect, rss


@attack("answering address")
def redirect_then_other_words(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page())}, (own,)), Step({own: play.forged()}, (own,))]


@attack("answering address")
def permanent_redirect_then_other_words(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(), 301)}, (own,)), Step({own: play.forged()}, (own,))]


@attack("answering address")
def own_page_then_redirect_then_other_words(play: Play) -> list[Step]:
    own = play.own()
    turns = (play.forged(1), redirect(play.page(), 308), play.forged(2))
    return [Step({own: answer}, (own,)) for answer in turns]


@attack("answering address")
def redirect_through_two_hosts(play: Play) -> list[Step]:
    own, second = play.own(), f"http://mule{play.number}.test/x"
    to_victim = {own: redirect(second), second: redirect(play.page())}
    return [Step(to_victim, (own,)), Step({second: play.forged()}, (second,))]


@attack("answering address", pages=3)
def one_hop_for_three_articles(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(n))}, (own,)) for n in range(3)]


@attack("answering address")
def redirect_back_and_forth(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page())}, (own,)), Step({own: play.forged()}, (own,)),
            Step({own: redirect(play.page())}, (own,))]  # fmt: skip


@attack("answering address")
def see_other_to_a_tracking_variant(play: Play) -> list[Step]:
    own, variant = play.own(), f"{play.page()}?utm_source=thief"
    answers = {own: redirect(variant, 303), variant: play.true_page()}
    return [Step(answers, (own,)), Step({own: play.forged()}, (own,))]


@attack("answering address")
def two_hosts_redirect_in_turn(play: Play) -> list[Step]:
    own, second = play.own(), f"http://mule{play.number}.test/y"
    first = {own: redirect(play.page()), second: redirect(play.page(), 307)}
    return [Step(first, (own, second)), Step({second: play.forged(1)}, (second,)), Step({own: play.forged(2)}, (own,))]


@attack("answering address", pages=2)
def redirect_to_one_article_then_to_another(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(0), 301)}, (own,)), Step({own: redirect(play.page(1), 301)}, (own,))]


@attack("removal")
def redirect_then_404(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page())}, (own,)), Step({own: Answer()}, (own,))]


@attack("removal")
def redirect_then_410(play: Play) -> list[Step]:
    own = play.own()
    return [Step({own: redirect(play.page(), 301)}, (own,)), Step({own: Answer(status=410)}, (own,))]


@attack("removal")
def redirect_chain_then_404(play: Play) -> list[Step]:
    own, second = play.own(), play.own(1)
    return [Step({own: redirect(second), second: redirect(play.page())}, (own,)), Step({second: Answer()}, (own,))]


# Redirectors' addresses ------------------------------------------------------------------------------------------------


def _forged_wrapper(wrapper: str, play: Play) -> list[Step]:
    """The wrapper answers with forged words: crawled itself, listed in a feed, and reached by a redirect."""
    feed, own = f"{play.thief}/feed.xml", play.own()
    answers = {wrapper: play.forged(), feed: rss(wrapper, "Forged", OLD), own: redirect(wrapper)}
    return [Step(answers, (wrapper, feed)), Step({}, (own,))]


@attack("own key of wrappers")
def wrapper_by_path_forged(play: Play) -> list[Step]:
    return _forged_wrapper(f"{play.thief}/out?url={quote(play.page(), safe='')}", play)


@attack("own key of wrappers")
def wrapper_in_a_folder_forged(play: Play) -> list[Step]:
    return _forged_wrapper(f"{play.thief}/links/redirect.php?id=7&to={quote(play.page(), safe='')}", play)


@attack("own key of wrappers")
def wrapper_by_host_label_forged(play: Play) -> list[Step]:
    return _forged_wrapper(f"http://go.thief{play.number}.test/?u={quote(play.page(), safe='')}", play)


@attack("own key of wrappers")
def nested_wrapper_forged(play: Play) -> list[Step]:
    inner = f"{play.thief}/go?url={quote(play.page(), safe='')}"
    return _forged_wrapper(f"{play.thief}/out?url={quote(inner, safe='')}", play)


@attack("own key of wrappers")
def amp_cache_forged(play: Play) -> list[Step]:
    return _forged_wrapper(f"http://cdn.ampproject.org/c/{play.page().removeprefix('http://')}", play)


def _dead_wrapper(answer: Answer, play: Play, robots: str = "") -> list[Step]:
    wrapper, feed = f"{play.thief}/out?url={quote(play.page(), safe='')}", f"{play.thief}/feed.xml"
    rules = {f"{play.thief}/robots.txt": Answer(robots, 200, media_type="text/plain")} if robots else {}
    return [Step({wrapper: answer, feed: rss(wrapper, "Forged", OLD, "Mallory"), **rules}, (feed,))]


@attack("own key of wrappers")
def wrapper_404(play: Play) -> list[Step]:
    return _dead_wrapper(Answer(), play)


@attack("own key of wrappers")
def wrapper_410(play: Play) -> list[Step]:
    return _dead_wrapper(Answer(status=410), play)


@attack("own key of wrappers")
def wrapper_disallowed_by_robots(play: Play) -> list[Step]:
    return _dead_wrapper(play.forged(), play, "User-agent: *\nDisallow: /out\n")
