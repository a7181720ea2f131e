"""The way of a fetched page. This is the one place that states the order:

    page      = fetch(candidate)                    crawler
    found     = strip(join(extract(page), parts))   text of all its pages, without the host's boilerplate   ReadStep
    page      = archive(page)                       the bytes as received, into a WARC file            ArchiveStep
    sync the archive                                its records are on disk before a row names them    ┐
    known     = look up(identity, text)             │
    decision  = decide(found, known)                │ one transaction                                  StoreStep
    rows      = carry out(decision) + ledger line   ┘

Plainly new pages that come at the same time share that transaction (`pipelines.groups`); all others have their own.

Imports and `dateline reprocess` read and store through the same functions (`pipelines.reader`, `pipelines.store`).
A page never goes back. When a step fails, the ledger records that step's reason, and other pages go on.
"""

ORDER = (
    "pipelines.steps.ReadStep",
    "pipelines.steps.ArchiveStep",
    "pipelines.steps.StoreStep",
)
"""Scrapy's item pipelines, first to last."""
