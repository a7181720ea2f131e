"""A WACZ is unpacked for as long as it is read; one that can't be is named."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from crawler.archive.wacz_import import warcs_in
from dateline.errors import UsageError


def wacz(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "pier.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return path


def test_warcs_of_a_wacz_can_be_read_until_the_block_ends(tmp_path: Path) -> None:
    path = wacz(tmp_path, {"archive/a.warc": b"one", "pages/pages.jsonl": b"{}", "archive/b.WARC.GZ": b"two"})
    with warcs_in(path) as found:
        assert [file.read_bytes() for file in found] == [b"one", b"two"]
    assert not any(file.exists() for file in found)


def test_damaged_data_in_a_wacz_is_named(tmp_path: Path) -> None:
    path = wacz(tmp_path, {"archive/a.warc": bytes(range(256)) * 20})
    content = bytearray(path.read_bytes())
    begin = content.index(b"archive/a.warc") + len(b"archive/a.warc")
    content[begin] |= 0b110  # the reserved kind of block (RFC 1951, section 3.2.3)
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"pier\.wacz can't be read as a WACZ file"), warcs_in(path):
        pass


@pytest.mark.parametrize(
    ("files", "said"), [({"pages/pages.jsonl": b"{}"}, "has no WARC file"), (None, "can't be read")]
)
def test_a_wacz_without_warcs_and_a_file_that_is_none_are_named(
    tmp_path: Path, files: dict[str, bytes] | None, said: str
) -> None:
    path = wacz(tmp_path, files or {})
    if files is None:
        path.write_bytes(b"not a zip")
    with pytest.raises(UsageError, match=said), warcs_in(path):
        pass
