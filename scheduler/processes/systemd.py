"""Notifications to systemd: READY, STATUS, WATCHDOG and STOPPING (sd_notify(3)); without systemd they go nowhere."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

OURS = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""What systemd says to this process alone; its children must not answer in its name."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Where words go, and within how many seconds systemd wants to hear WATCHDOG=1; None where it does not."""

    address: str | None = None
    watchdog_s: float | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, pid: int | None = None) -> Notifier:
        """From the environment that systemd gave this process (sd_watchdog_enabled(3): WATCHDOG_PID may name another)."""
        meant = int(environ.get("WATCHDOG_PID") or pid or os.getpid()) == (pid or os.getpid())
        microseconds = int(environ.get("WATCHDOG_USEC") or 0) if meant else 0
        return cls(environ.get("NOTIFY_SOCKET") or None, microseconds / 1e6 or None)

    def tell(self, *lines: str) -> None:
        """Send lines such as READY=1 in one datagram. Never blocks or fails, even without a service manager."""
        if self.address is None:
            return
        # a name in the abstract namespace is written with @ (unix(7): its first byte is NUL)
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
            link.setblocking(False)
            link.sendto("\n".join(lines).encode(), address)
