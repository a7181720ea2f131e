"""URLs by which a page may try to lead a crawler to its own machine: every spelling that some parser or other believes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

ADDRESSES = ((127, 0, 0, 1), (127, 0, 0, 2), (127, 255, 255, 254), (0, 0, 0, 0))
_BASES = ("{:d}", "0x{:x}", "0X{:02X}", "0{:o}", "000{:o}")
_V6 = ("::1", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "::", "::ffff:127.0.0.1", "::ffff:7f00:1",
       "::FFFF:127.0.0.1", "0:0:0:0:0:ffff:7f00:0001", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1",
       "2002:7f00:1::", "2002:7f00:0001::1", "::127.0.0.1", "fe80::1%25lo", "fe80::1%lo", "2001:0:0:0:0:0:80ff:fffe",
       "fc00::1", "ff02::1")  # fmt: skip
_NAMES = ("localhost", "LOCALHOST", "localhost.", "LocalHost.",
          "127.0.0.1.", "127.1.", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1",
          "127．0．0．1", "127.0.0.1%00.hostile.test", "127.0.0.1%20", "local\thost", "127.0.\n0.1", "0", "00", "0x0",
          "hostile.test%23@127.0.0.1", "127.0.0.1%2f")  # fmt: skip
_TRICKS = (
    "http://hostile.test@127.0.0.1:{p}/", "http://hostile.test:80@127.0.0.1:{p}/", "http://a:b@c@127.0.0.1:{p}/",
    "http://127.0.0.1:{p}#@hostile.test/", "http://127.0.0.1:{p}?@hostile.test/", "http://127.0.0.1:{p}\\@hostile.test/",
    "http://hostile.test\\@127.0.0.1:{p}/", "http:\\\\127.0.0.1:{p}\\", "http:/\\127.0.0.1:{p}/", "\\\\127.0.0.1:{p}\\x",
    "http:127.0.0.1:{p}/", "http:/127.0.0.1:{p}/", "http:///127.0.0.1:{p}/", "http:////127.0.0.1:{p}/", "//127.0.0.1:{p}/",
    "///127.0.0.1:{p}/", "/\\127.0.0.1:{p}/", "HTTP://127.0.0.1:{p}/", "hTtP://127.0.0.1:{p}/", " http://127.0.0.1:{p}/",
    "\x01http://127.0.0.1:{p}/", "ht\ntp://127.0.0.1:{p}/", "http://127.0.0.1 :{p}/", "http://[127.0.0.1]:{p}/",
    "http://127.0.0.1:{p}:80/", "http://hostile.test:{p}@127.0.0.1:{p}/", "http://127.0.0.1:0{p}/", "https://127.0.0.1:{p}/",
    "ftp://127.0.0.1:{p}/", "gopher://127.0.0.1:{p}/_x", "dict://127.0.0.1:{p}/x", "ws://127.0.0.1:{p}/",
    "jar:http://127.0.0.1:{p}/x!/", "view-source:http://127.0.0.1:{p}/", "feed:http://127.0.0.1:{p}/",
    "feed://127.0.0.1:{p}/", "url:http://127.0.0.1:{p}/", "http+unix://127.0.0.1:{p}/", "s3://127.0.0.1:{p}/x",
    "file:///{f}", "file://localhost/{f}", "file:/{f}", "FILE:///{f}", "file://127.0.0.1/{f}", "data:text/html,{f}",
    "javascript:fetch('http://127.0.0.1:{p}/')",
)  # fmt: skip


def url_forms(port: int, file: str) -> list[str]:
    """All forms that lead to the port of this machine, or to the file (a path without its first slash); each once."""
    return list(dict.fromkeys(_forms(port, file)))


def _forms(port: int, file: str) -> Iterator[str]:
    for numbers in ADDRESSES:
        whole = int.from_bytes(bytes(numbers), "big")
        last_three, last_two = whole & 0xFFFFFF, whole & 0xFFFF
        for base in _BASES:
            yield f"http://{base.format(whole)}:{port}/"
            yield f"http://{base.format(numbers[0])}.{base.format(last_three)}:{port}/"
            yield f"http://{base.format(numbers[0])}.{base.format(numbers[1])}.{base.format(last_two)}:{port}/"
    for bases in product(_BASES[:4], repeat=4):
        if len(set(bases)) <= 2:
            yield f"http://{'.'.join(base.format(number) for base, number in zip(bases, ADDRESSES[0], strict=True))}:{port}/"
    yield from (f"http://[{address}]:{port}/" for address in _V6)
    yield from (f"http://{name}:{port}/" for name in _NAMES)
    yield from (trick.format(p=port, f=file) for trick in _TRICKS)
