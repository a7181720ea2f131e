"""The WARC files in a WACZ (Web Archive Collection Zipped 1.1.1, section 4.1: `archive/`), unpacked to be read."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dateline.errors import UsageError

WARC_NAMES = (".warc", ".warc.gz", ".arc", ".arc.gz")
ARCHIVE_NAMES = (*WARC_NAMES, ".wacz")
_CHUNK = 1 << 20


def is_wacz(path: Path) -> bool:
    """Whether a file is a WACZ, by its name."""
    return path.name.lower().endswith(".wacz")


@contextmanager
def warcs_in(path: Path) -> Iterator[list[Path]]:
    """The WARC files of a WACZ, unpacked for as long as the block lasts; any other file is itself.

    A UsageError if it is damaged, has no WARC file, or does not fit on the disk.
    """
    if not is_wacz(path):
        yield [path]
        return
    with tempfile.TemporaryDirectory(prefix="dateline-wacz-") as folder:
        try:
            with zipfile.ZipFile(path) as package:
                unpacked = _unpack(package, path, Path(folder))
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            EOFError,
            OSError,
            NotImplementedError,  # a compression that zipfile does not know
            RuntimeError,
            zlib.error,
        ) as error:
            raise UsageError(f"{path} can't be read as a WACZ file: {error}", subject=str(path)) from error
        yield unpacked


def _unpack(package: zipfile.ZipFile, path: Path, folder: Path) -> list[Path]:
    inner = [one for one in package.infolist() if one.filename.lower().endswith(WARC_NAMES) and not one.is_dir()]
    if not inner:
        raise UsageError(f"{path} has no WARC file in it", subject=str(path))
    size, free = sum(one.file_size for one in inner), shutil.disk_usage(folder).free
    if size > free:
        what = f"{path} unpacks to {size >> 20:,} MB, and {folder.parent} has room for {free >> 20:,}"
        raise UsageError(f"{what}. Set TMPDIR to a folder with more room", subject=str(path))
    found = []
    for number, one in enumerate(inner, 1):
        place = folder / f"{number}" / one.filename.replace("\\", "/").rpartition("/")[2]
        place.parent.mkdir()
        with package.open(one) as packed, place.open("wb") as file:
            shutil.copyfileobj(packed, file, _CHUNK)
        found.append(place)
    return found
