"""The addresses of a host: looked up, checked by the guard, and cached for a minute."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from crawler.exchange import NoFetch
from crawler.politeness.guard import Address, GuardRules, Refusal, SocketAddress, literal_address, permitted_places
from crawler.politeness.own_limits import is_out_of_files, own_limit

Lookup = Callable[[str], Awaitable[Sequence[Address]]]
"""Returns the addresses of a host's name, best first; raises OSError where there are none."""

_REMEMBERED_S = 60.0
"""getaddrinfo gives no lifetime; a minute saves most look-ups of a crawl and follows changes soon enough."""
_REMEMBERED_HOSTS = 10_000
_LOOKUP_TIMEOUT_S = 10.0
_THREADS = 16


class SystemLookup:
    """The system's resolver (getaddrinfo, with the hosts file) in threads of its own, so that a slow name delays nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="dns")

    async def __call__(self, host: str) -> Sequence[Address]:
        """The host's addresses in the order of RFC 6724."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _getaddrinfo, host)
        return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))

    def close(self) -> None:
        """End the threads without waiting for look-ups in progress."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class AddressBook:
    """The addresses to connect to, checked by the guard; raises NoFetch where it refuses."""

    def __init__(self, rules: GuardRules, lookup: Lookup) -> None:
        self._rules = rules
        self._lookup = lookup
        self._known: OrderedDict[str, tuple[float, Sequence[Address]]] = OrderedDict()
        self._pending: dict[str, asyncio.Task[Sequence[Address]]] = {}

    def is_fixed(self, host: str) -> bool:
        """Whether a resolve rule sets the host's address."""
        return self._rules.resolve.find(host) is not None

    async def places(self, host: str, port: int) -> list[SocketAddress]:
        """The places to try for this host and port, best first; never empty."""
        try:
            literal = literal_address(host)
        except ValueError as error:
            raise NoFetch("bad_url", str(error), is_temporary=False) from error
        addresses: Sequence[Address] = ()
        if literal is not None:
            addresses = [literal]
        elif self._rules.resolve.find(host) is None:
            addresses = await self._addresses(host)
        found = permitted_places(host, port, addresses, self._rules)
        if isinstance(found, Refusal):
            raise NoFetch(found.reason, found.detail, is_temporary=False)
        return found

    async def _addresses(self, host: str) -> Sequence[Address]:
        now = asyncio.get_running_loop().time()
        asked_at, addresses = self._known.get(host, (-_REMEMBERED_S, ()))
        if now - asked_at < _REMEMBERED_S:
            return addresses
        task = self._pending.get(host)
        if task is None:
            task = self._pending[host] = asyncio.create_task(self._ask(host))
            task.add_done_callback(lambda _: self._pending.pop(host, None))
        return await asyncio.shield(task)

    async def _ask(self, host: str) -> Sequence[Address]:
        try:
            async with asyncio.timeout(_LOOKUP_TIMEOUT_S):
                addresses = await self._lookup(host)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            if is_out_of_files():
                raise own_limit(f"{host} can't be looked up: too many open files") from error
            said = getattr(error, "strerror", None) or str(error)
            raise NoFetch("dns", said or f"the look-up of {host} took more than {_LOOKUP_TIMEOUT_S:g} s") from error
        self._known[host] = (asyncio.get_running_loop().time(), addresses)
        self._known.move_to_end(host)
        while len(self._known) > _REMEMBERED_HOSTS:
            self._known.popitem(last=False)
        return addresses


def _getaddrinfo(host: str) -> list[tuple[object, object, int, str, tuple[str, int] | tuple[str, int, int, int]]]:
    return list(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))  # type: ignore[arg-type]
