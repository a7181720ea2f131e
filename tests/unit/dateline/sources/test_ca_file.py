"""`ca_file` of a source: read beside the file that names it, kept as its text, refused with the cure."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dateline.errors import ConfigError
from dateline.sources.toml_files import read_sources_toml, write_sources_toml
from dateline.types.source import Source


@pytest.fixture
def pem() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Desk CA")]), dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1).not_valid_before(now).not_valid_after(now)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def read(folder: Path, ca_file: str) -> Source:
    text = f'[[source]]\nname = "bay"\nhome = "https://bay.test/"\n[source.politeness]\nca_file = "{ca_file}"\n'
    (source,) = read_sources_toml(text, file=str(folder / "sources.toml"))
    return source


def test_the_file_is_read_beside_the_sources_file(tmp_path: Path, pem: str) -> None:
    (tmp_path / "desk.pem").write_text(f"# of the desk\n{pem}\ntrailing words")
    assert read(tmp_path, "desk.pem").politeness.ca_file == pem
    assert read(tmp_path / "elsewhere", str(tmp_path / "desk.pem")).politeness.ca_file == pem


def test_it_comes_back_from_an_export(tmp_path: Path, pem: str) -> None:
    (tmp_path / "desk.pem").write_text(pem * 2)
    source = read(tmp_path, "desk.pem")
    assert read_sources_toml(write_sources_toml([source])) == [source]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        ("words", "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no certificate"),
    ],
)
def test_a_file_without_a_certificate_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "desk.pem").write_text(content)
    with pytest.raises(ConfigError, match=said) as caught:
        read(tmp_path, "desk.pem")
    assert ":5:" in str(caught.value)
