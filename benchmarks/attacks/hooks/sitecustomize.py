"""Put into the service's processes from outside (PYTHONPATH): switches one protection off, so that its attacks succeed.

The service itself has no switch for any of this. PYTHON_ATTACKS_OFF is the name of a protection; names that
begin so reach the parser pool, too.
"""

from __future__ import annotations

import dataclasses
import os
from types import ModuleType

from import_patches import after_import, install

OFF = os.environ.get("PYTHON_ATTACKS_OFF", "")


def without(protection: str, module: str):
    """Register a function that changes a module, once that was imported, in a process without the protection."""

    return after_import(module) if protection == OFF else lambda patch: patch


def reworded(module: ModuleType, *changes: tuple[str, str, str, str]) -> None:
    """Change the text of queries: area, name, text, new text."""
    original = module.query
    for area, name, old, _ in changes:
        if old not in original(area, name):
            raise LookupError(f"the hook does not fit {area}.{name} any more: {old!r}")

    def query(area, name):
        text = original(area, name)
        for where, which, old, new in changes:
            if (area, name) == (where, which):
                text = text.replace(old, new)
        return text

    module.query = query


# Identity: the address that answered, on its own site --------------------------------------------------------------------


@without("answering address", "sql")
def redirects_are_identities(module: ModuleType) -> None:
    reworded(module, ("store", "known", "AND l.why = 'fetched'", "AND l.why IN ('fetched', 'redirect')"),
             ("store", "outlook", "AND why = 'fetched'", "AND why IN ('fetched', 'redirect')"))  # fmt: skip


@without("answering address", "pipelines.arrival")
def hops_are_aliases(module: ModuleType) -> None:
    aliases = module.Arrival.aliases

    def all_aliases(self, decision):
        found = aliases(self, decision)
        for url in (self.due.url, *self.page.redirects):
            if (key := module.url_key(url)) not in found["url_keys"]:
                found["url_keys"].append(key)
                found["urls"].append(url)
                found["whys"].append("redirect")
        return found

    module.Arrival.aliases = all_aliases


@without("answering address", "pipelines.store")
def hops_are_looked_up(module: ModuleType) -> None:
    known = module.find_known

    async def with_hops(conn, arrival):
        found = {one.article_id: one for one in await known(conn, arrival)}
        for key in arrival.passed_keys:
            if key != arrival.key:
                arrival.__dict__["key"], own = key, arrival.key
                for one in await known(conn, arrival):
                    found[one.article_id] = one
                arrival.__dict__["key"] = own
        return list(found.values())

    module.find_known = with_hops


@without("own key of wrappers", "dateline.urls.identity")
def wrappers_have_their_targets_key(module: ModuleType) -> None:
    from dateline.urls.wrappers import unwrap

    plain = module.normalise_url
    module.normalise_url = lambda url: plain(unwrap(url))


@without("own key of wrappers", "sql.frontier.frontier")
@without("own key of wrappers", "sql.frontier.candidates")
def wrappers_are_asked(module: ModuleType) -> None:
    module.unwrap = lambda url: url


@without("removal", "sql")
def any_address_shows_a_removal(module: ModuleType) -> None:
    reworded(
        module, ("frontier", "mark_removed", "(a.url_key = u.url_key", "(a.id = u.article_id OR a.url_key = u.url_key")
    )


# Hearsay of feeds and sitemaps -----------------------------------------------------------------------------------------------


@without("hints", "pipelines.reader")
def every_hint_is_believed(module: ModuleType) -> None:
    hints_for = module.hints_for

    def believing(due, page):
        return hints_for(dataclasses.replace(due, named_by=(module.site_of(page.final_url),)), page)

    module.hints_for = believing


@without("suggestion", "sql")
def every_feed_speaks_for_every_site(module: ModuleType) -> None:
    reworded(module, ("frontier", "add_urls", "AND NOT c.site = ANY (%(speaks_for)s::text[])", "AND false"))


@without("items of the own site", "scheduler.visits.page_fetch")
def feeds_give_items_of_other_sites(module: ModuleType) -> None:
    module.is_own_item = lambda due: due.candidate.is_item


@without("items of the own site", "sql.frontier.rows")
def feeds_speak_for_pages_of_other_sites(module: ModuleType) -> None:
    module.DueUrl.may_be_replaced = property(lambda due: bool(due.hints.get("title")))


# Articles in several pages ---------------------------------------------------------------------------------------------------


@without("pages of one site", "pipelines.joining")
def pages_of_other_sites_are_joined(module: ModuleType) -> None:
    module.site_of = lambda url: "one-site"


# Claims count within a site ----------------------------------------------------------------------------------------------------


@without("claims of the own site", "dateline.urls.aliases")
def claims_reach_other_sites(module: ModuleType) -> None:
    module.site_of = lambda url: "one-site"


@without("claims of the own site", "pipelines.dedupe")
def amp_addresses_reach_other_sites(module: ModuleType) -> None:
    module.site_of = lambda url: "one-site"


@without("claims of the own site", "pipelines.dedupe")
def all_sites_are_one(module: ModuleType) -> None:
    decide = module.decide

    def deciding(page, *, site, known, **more):
        return decide(page, site=site, known=[dataclasses.replace(k, site=site) for k in known], **more)

    module.decide = deciding


@without("own address", "pipelines.dedupe")
def the_first_address_stays(module: ModuleType) -> None:
    module._known_by_hearsay = lambda *_: None


# What one scope repeats ---------------------------------------------------------------------------------------------------------


@without("boilerplate by scope", "pipelines.boilerplate.counts")
def a_host_is_one_scope(module: ModuleType) -> None:
    from dateline.urls import host_of

    module.scope_of = host_of


@without("boilerplate of other sites' texts", "sql")
def texts_of_other_sites_count(module: ModuleType) -> None:
    reworded(module, ("boilerplate", "ask", "AND NOT dateline.is_text_elsewhere(p.key, h.site, p.first_on)", ""))


# Who had a text first ----------------------------------------------------------------------------------------------------------


@without("borne out dates", "pipelines.copies.originals")
def a_bare_date_decides(module: ModuleType) -> None:
    module._is_dated_before = lambda one, other: one.appeared.is_before(other.appeared)


@without("evidence", "pipelines.copies.originals")
def credits_and_dates_decide(module: ModuleType) -> None:
    """The one that others credit, else the one with the earliest date, a day being its midnight."""

    def rule(members):
        def rank(one):
            credits = sum(module._is_credited_by(one, other) for other in members if other is not one)
            return -credits, one.published_at or one.seen_at, one.url

        original = min(members, key=rank)
        others = [one for one in members if one is not original]
        return module.Ruling(
            original, {one.url: module.Reason("date", "dated") for one in others}, {one.url: original for one in others}
        )

    module.rule = rule


@without("text in common", "pipelines.copies.originals")
@without("text in common", "pipelines.copies.families")
def a_digest_ties_texts_together(module: ModuleType) -> None:
    module.shares_text = lambda one, other: True


@without("one vote", "pipelines.stories.assignment")
def every_page_is_an_outlet(module: ModuleType) -> None:
    report = module.Report
    module.Report = lambda *fields: report(*fields[:-1], f"{fields[-1]} {fields[0]}")
    module.HEARD_OF_SITE = 0


if OFF:
    install()
