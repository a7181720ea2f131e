"""Which URLs and addresses the guard refuses, in every spelling, and what the two exemptions let through."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness.guard import (
    GuardRules,
    Refusal,
    ResolveRules,
    SocketAddress,
    check_url,
    host_key,
    is_public,
    literal_address,
    parse_networks,
    permitted_places,
)
from dateline.errors import ConfigError

LOOPBACK_SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "0177.0.0.1",
    "0177.0.0.0x1",
    "017700000001",
    "127.0.0.1.",
    "127.255.255.254",
]


@pytest.mark.parametrize("host", LOOPBACK_SPELLINGS)
def test_every_spelling_of_loopback_is_read_as_loopback_and_refused(host: str) -> None:
    """Taken for a name (as urlsplit gives it), each would go to getaddrinfo, which reads all of them as 127/8."""
    address = literal_address(host)
    assert address is not None
    assert address.is_loopback
    refusal = check_url(f"http://{host}/", GuardRules())
    assert refusal is not None
    assert refusal.reason == "guard"


@pytest.mark.parametrize("host", ["256.256.256.256", "1.2.3.4.5", "0x100000000", "08.1.1.1", "1.2.3.256", "1..2.3"])
def test_numbers_that_are_not_addresses_are_not_names_either(host: str) -> None:
    with pytest.raises(ValueError, match=r"address"):
        literal_address(host)
    assert check_url(f"http://{host}/", GuardRules()) is not None


@given(st.integers(0, 2**32 - 1))
def test_all_spellings_of_an_address_are_read_as_that_address(number: int) -> None:
    address = IPv4Address(number)
    first, second, third, fourth = address.packed
    for spelled in (
        str(number),
        hex(number),
        f"0{number:o}",
        f"{first}.{number & 0xFFFFFF}",
        f"{first}.{second}.{hex(number & 0xFFFF)}",
    ):
        assert literal_address(spelled) == address, (spelled, third, fourth)


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "168.63.129.16",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1",
        "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:db8::1",
        "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
        "ff02::1", "4000::1",
    ],
)  # fmt: skip
def test_special_purpose_addresses_are_not_public(text: str) -> None:
    """`ipaddress.is_global` alone lets 64:ff9b::/96, 2002::/16, multicast and 168.63.129.16 by."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255",
     "2606:4700::1111", "2a00:1450:4001::1", "2001:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)  # fmt: skip
def test_global_unicast_addresses_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/hostname", "guard"),
        ("ftp://news.example/a", "guard"),
        ("data:text/plain,a", "guard"),
        ("gopher://news.example/", "guard"),
        ("//news.example/a", "guard"),
        ("http://user:secret@news.example/", "guard"),
        ("http://user@news.example/", "guard"),
        ("http://@news.example/", "guard"),
        ("http://news.example:22/", "guard"),
        ("http://news.example:0/", "guard"),
        ("https://[::1]/", "guard"),
        ("https://[::ffff:7f00:1]/", "guard"),
        ("https://[fe80::1%25eth0]/", "guard"),
        ("http://news.example:99999/", "bad_url"),
        ("http://news.example:port/", "bad_url"),
        ("http:///path", "bad_url"),
        ("http://[::1/", "bad_url"),
        ("http://two words.example/", "bad_url"),
        ("http://a..example/", "bad_url"),
        ("http://" + "a" * 64 + ".example/", "bad_url"),
        ("http://news.example/" + "a" * 9_000, "url_too_long"),
        ("http://news.example/a/b/a/b/a/b", "trap"),
    ],
)
def test_the_guard_refuses_this_url(url: str, reason: str) -> None:
    refusal = check_url(url, GuardRules())
    assert refusal is not None
    assert refusal.reason == reason
    assert "secret" not in refusal.detail


@pytest.mark.parametrize(
    "url", ["http://news.example/", "https://news.example:443/a", "http://8.8.8.8/", "https://xn--mnchen-3ya.example/ü",
            "http://under_score.example./"],
)  # fmt: skip
def test_the_guard_allows_this_url(url: str) -> None:
    assert check_url(url, GuardRules()) is None


def test_configured_ports_are_permitted_and_no_others() -> None:
    rules = GuardRules(allowed_ports=frozenset({80, 443, 8443}))
    assert check_url("https://news.example:8443/", rules) is None
    assert check_url("https://news.example:8444/", rules) is not None
    assert permitted_places("news.example", 8443, [ip_address("8.8.8.8")], rules) == [SocketAddress("8.8.8.8", 8443)]
    assert isinstance(permitted_places("news.example", 8444, [ip_address("8.8.8.8")], rules), Refusal)


def test_a_refused_port_names_the_setting_that_would_allow_it() -> None:
    for url in ("http://news.example:8977/", "http://8.8.8.8:8977/"):
        refusal = check_url(url, GuardRules())
        assert refusal is not None
        assert refusal.detail == "port 8977 is not in allowed_ports"


def test_only_the_public_addresses_of_a_name_are_connected_to() -> None:
    """A name with a public and a loopback address must not be tried at the latter."""
    found = permitted_places("news.example", 80, [ip_address("127.0.0.1"), ip_address("8.8.8.8")], GuardRules())
    assert found == [SocketAddress("8.8.8.8", 80)]
    assert isinstance(permitted_places("news.example", 80, [ip_address("::1")], GuardRules()), Refusal)
    assert isinstance(permitted_places("news.example", 80, [], GuardRules()), Refusal)


def test_an_allowed_network_is_open_at_any_port_and_nothing_else_is() -> None:
    rules = GuardRules(allow_networks=parse_networks(["127.0.0.0/8", "::1"]))
    assert check_url("http://127.0.0.1:8123/", rules) is None
    assert check_url("http://2130706433:8123/", rules) is None
    assert check_url("http://[::ffff:127.0.0.1]:8123/", rules) is None
    assert permitted_places("a.example", 9, [IPv6Address("::1")], rules) == [SocketAddress("::1", 9)]
    assert check_url("http://10.0.0.1/", rules) is not None
    assert check_url("http://8.8.8.8:8123/", rules) is not None
    assert isinstance(permitted_places("a.example", 8123, [ip_address("8.8.8.8")], rules), Refusal)


def test_resolve_rules_are_exempt_from_the_rules_on_ports_and_addresses() -> None:
    rules = GuardRules(resolve=ResolveRules.parse("news.example=127.0.0.1:8080,*.press.example=[::1]:81"))
    assert check_url("http://news.example:9999/", rules) is None
    assert permitted_places("NEWS.example.", 9999, [], rules) == [SocketAddress("127.0.0.1", 8080)]
    assert permitted_places("a.b.press.example", 443, [], rules) == [SocketAddress("::1", 81)]
    assert isinstance(permitted_places("press.example", 80, [ip_address("::1")], rules), Refusal)
    assert check_url("ftp://news.example/", rules) is not None


def test_the_most_specific_resolve_rule_wins() -> None:
    rules = ResolveRules.parse(["*.example=10.0.0.1:1", "*.press.example=10.0.0.2:2", "a.press.example=10.0.0.3:3"])
    assert [rules.find(host) for host in ("b.example", "b.press.example", "a.press.example", "example")] == [
        SocketAddress("10.0.0.1", 1),
        SocketAddress("10.0.0.2", 2),
        SocketAddress("10.0.0.3", 3),
        None,
    ]


def test_resolve_rules_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rules"
    path.write_text("# the newsroom\nnews.example=127.0.0.1:8080\n\n*.press.example=127.0.0.1:8081\n")
    rules = ResolveRules.parse(f"@{path}, other.example=127.0.0.1:1")
    assert rules.find("news.example") == SocketAddress("127.0.0.1", 8080)
    assert rules.find("a.press.example") == SocketAddress("127.0.0.1", 8081)
    assert rules.find("other.example") == SocketAddress("127.0.0.1", 1)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("news.example", "host"),
        ("=127.0.0.1:80", "host"),
        ("news.example=localhost:80", "localhost"),
        ("news.example=127.0.0.1", "IP address"),
        ("news.example=127.0.0.1:", "port"),
        ("news.example=127.0.0.1:70000", "port"),
        ("a*b.example=127.0.0.1:80", "host"),
        ("@/no/such/file", "/no/such/file"),
    ],
)
def test_a_resolve_rule_that_can_not_be_read_is_named(text: str, names: str) -> None:
    with pytest.raises(ConfigError, match=names) as caught:
        ResolveRules.parse(text)
    assert text.removeprefix("@") in str(caught.value)


def test_a_network_that_can_not_be_read_is_named() -> None:
    with pytest.raises(ConfigError, match=r"'10\.0\.0\.0/99'"):
        parse_networks(["10.0.0.0/99"])


@given(st.text(max_size=60))
def test_no_text_makes_the_guard_raise(text: str) -> None:
    for url in (text, f"http://{text}/", f"http://[{text}]/", f"http://a.example:{text}/"):
        assert isinstance(check_url(url, GuardRules()), Refusal | None)


def test_the_pace_is_that_of_a_host_over_both_schemes() -> None:
    assert host_key("http://News.example/a") == host_key("https://news.example:443/b") == "news.example"
    assert host_key("http://news.example:8080/") == "news.example:8080"
