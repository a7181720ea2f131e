"""Where the browser is, and how it is started: without a network of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOLDER_PREFIX = "dateline-browser-"
PROXY_HOST = "refused.invalid"
"""The name by which Chromium knows our proxy; it can look up no other."""
FLAGS = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-extensions",
    "--disable-notifications",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    f"--host-resolver-rules=MAP {PROXY_HOST} 127.0.0.1, MAP * ~NOTFOUND",
    "--proxy-bypass-list=<-loopback>",
    "--disable-features=WebTransport,NetworkPrediction,PrefetchPrivacyChanges,MediaRouter,Translate,DialMediaRouteProvider",
    "--blink-settings=imagesEnabled=false",
)


def find_chromium(setting: str = "") -> str | None:
    """The path of the browser: as set, else the first that is found on the path; None where there is none."""
    return shutil.which(setting) if setting else next(filter(None, map(shutil.which, NAMES)), None)


def why_no_browser(setting: str = "") -> str | None:
    """Why pages can't be rendered here, with the cure; None where they can."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed: pip install 'dateline[browser]'"
    if find_chromium(setting) is None:
        if setting:
            return f"the setting chromium names {setting}, which is not a program"
        return "Chromium is not installed: apt install chromium, or set chromium to its path"
    return None


def may_use_sandbox() -> bool:
    """Whether Chromium's own sandbox can be used: it refuses to start as root."""
    return os.geteuid() != 0
