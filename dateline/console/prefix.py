"""The console below a path of a proxy, such as /news: every address of its pages, forms, files and cookies begins with it.

The path is a setting, or the proxy names it in X-Forwarded-Prefix (the server drops that header from all but trusted proxies).
Whether the browser speaks TLS is known from X-Forwarded-Proto, which the server believes of the same proxies.
The proxy may hand on paths with the prefix or without it.
"""

from __future__ import annotations

from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dateline.config.rules import PATH_PREFIX

_current: ContextVar[str] = ContextVar("console_prefix", default="")
_is_tls: ContextVar[bool] = ContextVar("console_is_tls", default=False)


def prefixed(path: str) -> str:
    """The path as the browser of the present request has to ask for it."""
    return _current.get() + path


def cookie_place(path: str = "") -> str:
    """Attributes of a cookie for the path and below. Secure if the browser speaks TLS: on plain HTTP it would be dropped."""
    return f"Path={prefixed(path) or '/'}; {'Secure; ' if _is_tls.get() else ''}HttpOnly; SameSite=Lax"


class Prefixed:
    """An ASGI application that answers below a prefix."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app, self._prefix = app, prefix.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the path without its prefix."""
        if scope["type"] != "http":
            return
        given = (Headers(scope=scope).getlist("x-forwarded-prefix") or [""])[-1].strip().rstrip("/")
        prefix = given if PATH_PREFIX.fullmatch(given) else self._prefix
        token, is_tls = _current.set(prefix), _is_tls.set(scope.get("scheme") == "https")
        try:
            await self._app(_below(scope, prefix), receive, send)
        finally:
            _current.reset(token)
            _is_tls.reset(is_tls)


def _below(scope: Scope, prefix: str) -> Scope:
    """The request with its path below the prefix, whether the proxy has taken that off or not."""
    path = scope["path"]
    if not prefix or not (path == prefix or path.startswith(f"{prefix}/")):
        return scope
    rest = path[len(prefix) :] or "/"
    return {**scope, "path": rest, "raw_path": scope.get("raw_path", b"")[len(prefix) :] or b"/"}
