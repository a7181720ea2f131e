"""Content-Encoding undone: what servers send, what they get wrong, and bombs."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial

import brotli
import pytest
import zstandard

from crawler.exchange import NoFetch
from crawler.fetch.content_encoding import decode

TEXT = b"<p>The harbour cafe reopened on Monday.</p>" * 50
LIMIT = 1_000_000

NOISE = b"\xff\x00\x81\x13" * 50


def bare_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate ": bare_deflate,
    "br": partial(brotli.compress, quality=3),
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("name", ENCODERS)
def test_each_encoding_is_undone(name: str) -> None:
    assert decode(ENCODERS[name](TEXT), [name], max_bytes=LIMIT) == TEXT
    assert decode(ENCODERS[name](b""), [name], max_bytes=LIMIT) == b""


def test_a_body_of_exactly_the_limit_is_a_page() -> None:
    assert decode(gzip.compress(TEXT), ["gzip"], max_bytes=len(TEXT)) == TEXT
    assert decode(TEXT, [], max_bytes=len(TEXT)) == TEXT


@pytest.mark.parametrize("name", ENCODERS)
def test_a_bomb_is_given_up_at_the_limit(name: str) -> None:
    """With the check on what has come out left away, each of these took 61 to 64 MB."""
    bomb = ENCODERS[name](bytes(30_000_000))
    tracemalloc.start()
    with pytest.raises(NoFetch) as caught:
        decode(bomb, [name], max_bytes=LIMIT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason == "too_large"
    assert not caught.value.is_temporary
    assert peak < 8 * LIMIT


def test_a_bomb_in_two_layers_is_given_up_at_the_limit() -> None:
    bomb = gzip.compress(brotli.compress(bytes(30_000_000), quality=3))
    with pytest.raises(NoFetch) as caught:
        decode(bomb, ["br, gzip"], max_bytes=LIMIT)
    assert caught.value.reason == "too_large"


def test_two_layers_are_undone_in_order_and_three_are_refused() -> None:
    """Without the limit three layers were not refused."""
    assert decode(gzip.compress(brotli.compress(TEXT)), ["br", "gzip"], max_bytes=LIMIT) == TEXT
    with pytest.raises(NoFetch) as caught:
        decode(TEXT, ["gzip, gzip, gzip"], max_bytes=LIMIT)
    assert caught.value.reason == "bad_encoding"


def test_gzip_with_several_members_or_a_tail_is_read_and_other_bodies_are_unchanged() -> None:
    assert decode(TEXT, ["gzip"], max_bytes=LIMIT) == TEXT
    assert decode(gzip.compress(TEXT), ["gzip, gzip"], max_bytes=LIMIT) == TEXT
    assert decode(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0tail", ["gzip"], max_bytes=LIMIT) == b"ab"


@pytest.mark.parametrize("word", ["", "identity", "UTF-8", "none"])
def test_values_that_are_not_encodings_are_ignored(word: str) -> None:
    assert decode(TEXT, [word], max_bytes=LIMIT) == TEXT


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_a_body_that_is_cut_off_is_refused(name: str) -> None:
    with pytest.raises(NoFetch) as caught:
        decode(ENCODERS[name](TEXT)[:-12], [name], max_bytes=LIMIT)
    assert caught.value.reason == "bad_encoding"


@pytest.mark.parametrize(
    ("name", "body"), [("br", NOISE), ("zstd", NOISE), ("deflate", b"\x78\x9cxxxx"), ("compress", NOISE)]
)
def test_a_body_in_an_unknown_encoding_is_refused(name: str, body: bytes) -> None:
    with pytest.raises(NoFetch) as caught:
        decode(body, [name], max_bytes=LIMIT)
    assert caught.value.reason == "bad_encoding"
