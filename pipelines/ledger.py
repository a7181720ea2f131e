"""The ledger's line for what was decided on a page; pure."""

from __future__ import annotations

import datetime as dt

from dateline.types.article import Page
from pipelines.dedupe import Alias, Decision, Reject, Revise, StoreNew, Unchanged
from sql.frontier.rows import DueUrl, UrlResult, as_recheck


def ledger_line(
    due: DueUrl, page: Page, decision: Decision, article_id: int | None, *, is_copy: bool = False, now: dt.datetime
) -> UrlResult:
    """Returns the ledger's line for a decision."""
    state, result, reason, detail = _words_for(decision, is_copy=is_copy)
    line = UrlResult(
        url_id=due.id,
        state=state,
        result=result,
        reason=reason,
        detail=detail or None,
        now=now,
        article_id=article_id,
        status=page.status,
        final_url=page.final_url,
        size=len(page.body),
        archived=page.archived,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
        page_title=decision.title if isinstance(decision, Reject) else None,
        article_probability=decision.article_probability if isinstance(decision, Reject) else None,
    )
    return as_recheck(line) if due.is_recheck else line


def _words_for(decision: Decision, *, is_copy: bool) -> tuple[str, str, str, str]:
    """Returns state, result, reason and detail."""
    match decision:
        case Reject(reason, detail):
            return "ended", "rejected", reason, detail
        case StoreNew():
            return "stored", "copy" if is_copy else "new", "copy" if is_copy else "new", ""
        case Revise(_, cause):
            return "stored", "revised", cause, ""
        case Unchanged(_, why):
            return "stored", "unchanged", why, ""
        case Alias(_, why):
            return "duplicate", "alias", why, ""
