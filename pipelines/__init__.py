"""The line that a fetched page goes down, in this order and stated nowhere else:

    page      = fetch(candidate)                    crawler
    found     = extract(page)                       text and metadata, in a killable process       ExtractStep
    found     = strip(found)                        without what its host is known to repeat       BoilerplateStep
    page      = archive(page)                       the bytes as they came, into a WARC file       ArchiveStep
    known     = look up(identity, text)             ┐
    decision  = decide(found, known)                │ one transaction                              StoreStep
    rows      = carry out(decision) + lesson + line ┘

A page never travels backwards. What fails at a step ends in the ledger with that step's reason; its neighbours go on.
"""

ORDER = (
    "pipelines.steps.ExtractStep",
    "pipelines.steps.BoilerplateStep",
    "pipelines.steps.ArchiveStep",
    "pipelines.steps.StoreStep",
)
"""Scrapy's item pipelines, first to last."""
