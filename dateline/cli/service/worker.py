"""`dateline worker`: one worker process."""

from __future__ import annotations

import click

from dateline.cli.context import Context, pass_context


@click.command()
@click.option(
    "--queues",
    metavar="NAME[,NAME…]",
    default="visits",
    show_default=True,
    help="Queues to work on: visits (due visits of sources), crawls (one-off crawls of any process on this database), or "
    "both.",
)
@pass_context
def worker(context: Context, queues: str) -> None:
    """Run one worker. It fetches, extracts and stores the pages that are due.

    Run as many as you need, on one machine or several, with the same DATELINE_DATABASE_URL. Two workers never contact the
    same host at the same time. Each machine needs its own data folder, which holds its part of the archive. One-off crawls
    have priority over visits.
    """
    from scheduler.jobs import read_queues
    from scheduler.processes.parser_pool import make_parser_pool

    named = read_queues(queues)
    # the parsers load in their own process while this one loads the rest: the worker is ready a second sooner
    parser_pool = make_parser_pool(context.settings)
    parser_pool.begin()
    from scheduler.worker import run_until_signal, run_worker

    with context.database(migrated=context.settings.database_url is None) as url:
        run_until_signal(lambda stop: run_worker(context.settings, url, stop, queues=named, parser_pool=parser_pool))
