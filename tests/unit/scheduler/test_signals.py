"""Which signals end a part of the service in an orderly way."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from scheduler.processes.signals import stop_on_signals


async def _is_stopped_by(number: signal.Signals) -> bool:
    stop = asyncio.Event()
    stop_on_signals(stop)
    os.kill(os.getpid(), number)
    await asyncio.sleep(0.01)
    return stop.is_set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_sets_the_event(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)
    try:
        assert asyncio.run(_is_stopped_by(number))
    finally:
        signal.signal(number, before)


def test_a_closed_terminal_is_ignored_under_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert not asyncio.run(_is_stopped_by(signal.SIGHUP))
    finally:
        signal.signal(signal.SIGHUP, before)
