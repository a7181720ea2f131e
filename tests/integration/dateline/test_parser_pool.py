"""The parser pool against real processes that hang, die, crash and swallow memory. Functions are the standard library's."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypedDict

import psutil
import pytest

from dateline.errors import FetchError, ParserPoolError
from dateline.parser_pool.pool import ParserPool


class Call(TypedDict):
    deadline_s: float
    subject: str


CALL = Call(deadline_s=10.0, subject="https://example.test/a")


@pytest.fixture
async def parser_pool() -> AsyncIterator[ParserPool]:
    async with ParserPool(workers=2, memory_mb=512, preload=["json"]) as parser_pool:
        await parser_pool.warm()
        yield parser_pool


async def pids(parser_pool: ParserPool) -> set[int]:
    """The workers' pids, asked of both at once."""
    asked = [
        parser_pool.run(eval, "__import__('time').sleep(0.2) or __import__('os').getpid()", **CALL) for _ in range(2)
    ]
    return set(await asyncio.gather(*asked))


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for_the_end_of(workers: set[int]) -> None:
    """Return when none of them is alive; fail after ten seconds."""
    give_up = time.monotonic() + 10
    while any(map(is_alive, workers)):
        assert time.monotonic() < give_up, f"still alive: {workers}"
        time.sleep(0.02)


async def test_a_call_returns_what_the_function_returns_from_another_process(parser_pool: ParserPool) -> None:
    assert await parser_pool.run(divmod, 17, 5, **CALL) == (3, 2)
    assert await parser_pool.run(os.getpid, **CALL) != os.getpid()
    assert len(await pids(parser_pool)) == 2


async def test_large_arguments_and_results_pass_whole(parser_pool: ParserPool) -> None:
    body = bytes(range(256)) * 40_000
    assert await parser_pool.run(bytes.swapcase, body, **CALL) == body.swapcase()


async def test_a_worker_has_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPER_LOGIN", "s3cret")
    async with ParserPool(workers=1) as parser_pool:
        shown = await parser_pool.run(
            eval, "str([*__import__('os').environ.items(), open('/proc/self/environ').read()])", **CALL
        )
    assert "PATH" in shown
    assert "s3cret" not in shown


async def test_preloaded_modules_are_there_before_the_first_call(parser_pool: ParserPool) -> None:
    assert await parser_pool.run(eval, "'json' in __import__('sys').modules", **CALL)


def is_warm() -> bool:
    """Whether the language model is in memory."""
    from pipelines.extract import language

    return language._identifier.cache_info().currsize == 1


async def test_workers_are_born_warm() -> None:
    async with ParserPool(workers=1, preload=["pipelines.extract.extract"]) as parser_pool:
        assert await parser_pool.run(is_warm, deadline_s=30, subject="-")
        assert parser_pool.deaths == 0


async def test_a_hang_is_killed_at_its_deadline_and_the_next_call_is_served_at_once(parser_pool: ParserPool) -> None:
    hangs = [
        asyncio.ensure_future(parser_pool.run(time.sleep, 600, deadline_s=0.5, subject="slow", wall_s=0.5))
        for _ in range(2)
    ]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        assert await parser_pool.run(abs, -1, **CALL) == 1  # waits for a place, then for its new worker
    for hang in hangs:
        with pytest.raises(ParserPoolError) as caught:
            await hang
        assert (caught.value.reason, caught.value.subject) == ("parse_timeout", "slow")


async def test_a_hang_that_holds_the_interpreter_is_killed_too(parser_pool: ParserPool) -> None:
    """Without the deadline it had not ended after 40 s."""
    with pytest.raises(ParserPoolError) as caught:
        await parser_pool.run(eval, "__import__('re').match('(a+)+$', 'a' * 60 + 'b')", deadline_s=0.3, subject="x")
    assert caught.value.reason == "parse_timeout"


@pytest.mark.parametrize(
    ("function", "arguments", "told"),
    [
        (os._exit, (0,), "exit status 0"),
        (os._exit, (3,), "exit status 3"),
        (ctypes.string_at, (0,), "SIGSEGV"),
        (os.abort, (), "SIGABRT"),
        (eval, ("__import__('os').kill(__import__('os').getpid(), 9)",), "SIGKILL"),
    ],
)
async def test_a_worker_that_dies_fails_only_its_own_call(
    parser_pool: ParserPool, function: Callable[..., object], arguments: tuple[object, ...], told: str
) -> None:
    neighbour = asyncio.ensure_future(parser_pool.run(eval, "__import__('time').sleep(0.3) or 'whole'", **CALL))
    with pytest.raises(ParserPoolError, match=told) as caught:
        await parser_pool.run(function, *arguments, **CALL)
    assert caught.value.reason == "parse_crash"
    assert await neighbour == "whole"
    assert len(await pids(parser_pool)) == 2


async def test_a_call_whose_process_is_killed_from_outside_is_made_again(
    parser_pool: ParserPool, tmp_path: Path
) -> None:
    """By the kernel because memory is short, or by an operator: no fault of the page's."""
    once = "(lambda m: 'whole' if m.exists() else (m.touch(), __import__('os').kill(__import__('os').getpid(), 9)))"
    code = f"{once}(__import__('pathlib').Path({str(tmp_path / 'mark')!r}))"
    assert await parser_pool.run(eval, code, **CALL) == "whole"


async def test_a_page_that_is_killed_each_time_is_tried_twice_and_no_more(
    parser_pool: ParserPool, tmp_path: Path
) -> None:
    """What takes the machine's memory is killed by the kernel each time; without an end it would be so for good."""
    tries = tmp_path / "tries"
    code = f"(open({str(tries)!r}, 'ab', 0).write(b'x'), __import__('os').kill(__import__('os').getpid(), 9))"
    with pytest.raises(ParserPoolError, match="SIGKILL") as caught:
        await parser_pool.run(eval, code, **CALL)
    assert caught.value.reason == "parse_crash"
    assert tries.read_text() == "xx"


async def test_a_crash_of_its_own_is_not_tried_again(parser_pool: ParserPool, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = (
        f"'again' if __import__('os').path.exists({str(mark)!r})"
        f" else (__import__('os').mkdir({str(mark)!r}), __import__('os').abort())"
    )
    with pytest.raises(ParserPoolError, match="SIGABRT"):
        await parser_pool.run(eval, code, **CALL)


async def test_a_started_worker_loads_before_its_first_task() -> None:
    async with ParserPool(workers=1, preload=["json"]) as parser_pool:
        parser_pool.begin()
        parser_pool.begin()
        assert await parser_pool.run(eval, "'json' in __import__('sys').modules", **CALL)


async def test_too_much_memory_fails_only_its_own_call(parser_pool: ParserPool) -> None:
    """Without RLIMIT_AS it was killed by its deadline only, as a parse_timeout."""
    with pytest.raises(ParserPoolError) as caught:
        await parser_pool.run(bytearray, 4 << 30, **CALL)
    assert caught.value.reason == "parse_memory"
    assert await parser_pool.run(abs, -1, **CALL) == 1


async def test_a_request_larger_than_the_memory_of_a_worker_ends(parser_pool: ParserPool) -> None:
    with pytest.raises(ParserPoolError) as caught:
        await parser_pool.run(len, bytes(600 << 20), **CALL)
    assert caught.value.reason == "parse_memory"


async def test_a_named_error_passes_through_with_its_attributes(parser_pool: ParserPool) -> None:
    code = "(_ for _ in ()).throw(__import__('dateline.errors').errors.FetchError('no', reason='http_404', status=404))"
    with pytest.raises(FetchError, match="no") as caught:
        await parser_pool.run(eval, code, **CALL)
    assert (caught.value.reason, caught.value.status, caught.value.is_temporary) == ("http_404", 404, True)


@pytest.mark.parametrize(
    ("code", "message"),
    [("1 / 0", "ZeroDivisionError"), ("exit(4)", "SystemExit"), ("lambda: 0", "PicklingError|AttributeError")],
)
async def test_any_other_failure_is_a_crash_with_its_traceback_as_cause(
    parser_pool: ParserPool, code: str, message: str
) -> None:
    with pytest.raises(ParserPoolError, match=message) as caught:
        await parser_pool.run(eval, code, **CALL)
    assert caught.value.reason == "parse_crash"
    assert "Traceback" in str(caught.value.__cause__)


async def test_workers_killed_while_idle_cost_no_call(parser_pool: ParserPool) -> None:
    before = await pids(parser_pool)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert await parser_pool.run(abs, -1, **CALL) == 1
    assert not before & await pids(parser_pool)


async def test_a_killed_nursery_is_started_again(parser_pool: ParserPool) -> None:
    forkserver = await parser_pool.run(os.getppid, **CALL)
    workers = await pids(parser_pool)
    os.kill(forkserver, signal.SIGKILL)
    wait_for_the_end_of(workers)
    assert await parser_pool.run(abs, -1, **CALL) == 1
    assert await parser_pool.run(os.getppid, **CALL) != forkserver


async def test_a_worker_is_replaced_after_its_calls() -> None:
    async with ParserPool(workers=1, max_tasks=2) as parser_pool:
        served = [await parser_pool.run(os.getpid, **CALL) for _ in range(5)]
    assert [len({*served[:2]}), len({*served[2:4]}), len({*served})] == [1, 1, 3]


async def test_a_cancelled_call_frees_its_place() -> None:
    async with ParserPool(workers=1) as parser_pool:
        call = asyncio.ensure_future(parser_pool.run(time.sleep, 600, deadline_s=600, subject="x"))
        await asyncio.sleep(0.5)
        call.cancel()
        assert await parser_pool.run(abs, -1, **CALL) == 1


@pytest.mark.parametrize("after_s", [0.0, 0.05])
async def test_a_call_that_is_cancelled_while_its_worker_starts_leaves_the_worker_to_the_next(after_s: float) -> None:
    """Its socket was left unclosed, and its process unreaped until the pool was closed."""
    async with ParserPool(workers=1, extra=0, preload=["json"]) as parser_pool:
        call = asyncio.ensure_future(parser_pool.run(time.sleep, 600, deadline_s=600, subject="x"))
        await asyncio.sleep(after_s)
        call.cancel()
        forkserver = await parser_pool.run(os.getppid, **CALL)
        worker = await parser_pool.run(os.getpid, **CALL)
        assert [child.pid for child in psutil.Process(forkserver).children()] == [worker]


async def test_closing_ends_running_calls_and_leaves_no_process() -> None:
    parser_pool = ParserPool(workers=2)
    family = await pids(parser_pool) | {await parser_pool.run(os.getppid, **CALL)}
    call = asyncio.ensure_future(parser_pool.run(time.sleep, 600, deadline_s=600, subject="x"))
    await asyncio.sleep(0.1)
    async with parser_pool:
        pass
    with pytest.raises(ParserPoolError):
        await call
    with pytest.raises(ParserPoolError, match="closed"):
        await parser_pool.run(abs, -1, **CALL)
    assert not [pid for pid in family if is_alive(pid)]


async def test_a_forkserver_that_cannot_import_is_a_temporary_error(capfd: pytest.CaptureFixture[str]) -> None:
    async with ParserPool(workers=1, preload=["no_such_parser"]) as parser_pool:
        with pytest.raises(ParserPoolError, match="can't start a parser worker") as caught:
            await parser_pool.run(abs, -1, **CALL)
    assert caught.value.is_temporary
    assert "no_such_parser" in capfd.readouterr().err


async def test_workers_make_way_ignore_interrupts_and_forget_core_dumps(parser_pool: ParserPool) -> None:
    assert await parser_pool.run(signal.getsignal, signal.SIGINT, **CALL) == signal.SIG_IGN
    assert await parser_pool.run(resource.getrlimit, resource.RLIMIT_CORE, **CALL) == (0, 0)
    assert await parser_pool.run(os.nice, 0, **CALL) > os.nice(0)
    assert int(await parser_pool.run(eval, "open('/proc/self/oom_score_adj').read()", **CALL)) >= 500


def test_workers_die_with_a_main_process_that_is_killed() -> None:
    script = (
        "import asyncio, os, time\nfrom dateline.parser_pool.pool import ParserPool\n"
        "async def main():\n"
        "    parser_pool = ParserPool(workers=1)\n"
        "    print(await parser_pool.run(os.getpid, deadline_s=9, subject=''), flush=True)\n"
        "    await parser_pool.run(time.sleep, 600, deadline_s=600, subject='')\n"
        "asyncio.run(main())\n"
    )
    main = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert main.stdout is not None
    worker = int(main.stdout.readline())
    main.kill()
    main.communicate()
    wait_for_the_end_of({worker})


async def test_the_deadline_counts_cpu_time_and_not_the_wait_for_it(parser_pool: ParserPool) -> None:
    assert (
        await parser_pool.run(eval, "__import__('time').sleep(1.2) or 'slept'", deadline_s=0.4, subject="x") == "slept"
    )


@pytest.mark.parametrize(
    "burns", ["sum(1 for _ in iter(int, 1))", "__import__('re').match('(a+)+$', 'a' * 60 + 'b')", "sum(range(10**12))"]
)
async def test_a_call_that_burns_its_cpu_time_is_ended_wherever_it_is(parser_pool: ParserPool, burns: str) -> None:
    with pytest.raises(ParserPoolError, match=r"0\.3 s of CPU time") as caught:
        await parser_pool.run(eval, burns, deadline_s=0.3, subject="x")
    assert (caught.value.reason, caught.value.is_temporary) == ("parse_timeout", False)
    assert await parser_pool.run(len, "abc", deadline_s=5, subject="x") == 3


async def test_a_call_that_only_waits_is_ended_by_the_clock(parser_pool: ParserPool) -> None:
    with pytest.raises(ParserPoolError, match="more than 1 s"):
        await parser_pool.run(time.sleep, 600, deadline_s=9, subject="x", wall_s=1.0)


async def test_a_site_whose_pages_only_burn_time_does_not_keep_others_waiting(parser_pool: ParserPool) -> None:
    burns = [
        asyncio.ensure_future(
            parser_pool.run(eval, "sum(1 for _ in iter(int, 1))", deadline_s=0.5, subject=f"https://h{n}.burner.test/")
        )
        for n in range(30)
    ]
    await asyncio.sleep(0.1)
    assert await parser_pool.run(len, "abc", deadline_s=5, subject="https://paper.test/") == 3
    assert sum(one.done() for one in burns) <= 6
    for one in burns:
        one.cancel()
    await asyncio.gather(*burns, return_exceptions=True)
