"""Archive files in S3-compatible object storage: the only module that uses obstore, whose errors become ArchiveErrors."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from dateline.errors import ArchiveError

REQUEST_S = 60
"""Limit of one request; a large file is sent in parts, each of which is one."""
RETRIES, RETRY_S = 3, 120
PATTERN = "dateline-*.warc.gz"
_ANSWER = re.compile(r"<Code>(?P<code>[^<]+)</Code>(?:\s*<Message>(?P<message>[^<]*)</Message>)?")
_REGION = "check archive_store_region and archive_store_endpoint"
_KEY = "check archive_store_key_id and archive_store_secret_key"
CURES = {
    "PermanentRedirect": _REGION, "AuthorizationHeaderMalformed": _REGION, "IllegalLocationConstraintException": _REGION,
    "SignatureDoesNotMatch": _KEY, "InvalidAccessKeyId": _KEY, "ExpiredToken": "the key has expired: set another one",
    "AccessDenied": "the key must be allowed to list, read, write and delete the bucket's objects",
    "RequestTimeTooSkewed": "set this machine's clock", "NoSuchBucket": "create it, or check archive_store",
}  # fmt: skip
"""What to do about an answer, by its code (Amazon S3, error responses)."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the object storage; `e_tag` changes with its content."""

    name: str
    size: int
    stored_at: dt.datetime
    e_tag: str


class ObjectStore:
    """The archive's files in one bucket, below a prefix. All methods block, and raise a temporary ArchiveError if it fails."""

    def __init__(
        self, url: str, *, endpoint: str = "", region: str = "", key_id: str = "", secret_key: str = ""
    ) -> None:
        """`url` is s3://BUCKET/PREFIX. Without a key, the AWS_… variables or the machine's role give one."""
        parts = urlsplit(url)
        self.url = url
        keys = {"access_key_id": key_id, "secret_access_key": secret_key} if key_id else {}
        places = {name: value for name, value in (("endpoint", endpoint), ("region", region)) if value}
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            virtual_hosted_style_request=False,
            client_options={"allow_http": endpoint.startswith("http:"), "timeout": dt.timedelta(seconds=REQUEST_S)},
            retry_config={"max_retries": RETRIES, "retry_timeout": dt.timedelta(seconds=RETRY_S)},
            **places,  # type: ignore[arg-type]
            **keys,  # type: ignore[arg-type]
        )

    def put(self, path: Path) -> None:
        """Store the file under its name; it appears whole or not at all."""
        with self._failing(path.name), path.open("rb") as file:
            try:
                obstore.put(self._store, path.name, file)
            except FileNotFoundError as error:
                raise OSError(str(error)) from error  # of a bucket: a file need not be there

    def size(self, name: str) -> int | None:
        """Bytes of a file; None if it is not there."""
        with self._failing(name):
            try:
                return int(obstore.head(self._store, name)["size"])
            except FileNotFoundError:
                return None

    def read(self, name: str, offset: int, length: int) -> bytes | None:
        """Bytes of a file from the offset, fewer at its end; None if the file is not there."""
        with self._failing(name):
            try:
                found = obstore.get(self._store, name, options={"range": (offset, offset + length)})
                return bytes(found.bytes())
            except FileNotFoundError:
                return None

    def fetch(self, name: str, target: Path) -> bool:
        """Write the file to the target; returns False if it is not there."""
        with self._failing(name):
            try:
                found = obstore.get(self._store, name)
            except FileNotFoundError:
                return False
            with target.open("wb") as file:
                for chunk in found.stream():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            return True

    def files(self) -> list[StoredFile]:
        """All archive files."""
        with self._failing("the list of files"):
            found = [one for page in obstore.list(self._store) for one in page]
        if not found:
            self._require_storage()
        return [
            StoredFile(one["path"], one["size"], one["last_modified"], one["e_tag"] or "")
            for one in found
            if Path(one["path"]).match(PATTERN) and "/" not in one["path"]
        ]

    def _require_storage(self) -> None:
        """An ArchiveError where a server of web pages answers: obstore reads a page as an empty bucket."""
        name, said = f"never-{uuid4()}", ""
        try:
            with self._failing(name):
                obstore.get(self._store, name)
        except FileNotFoundError as error:
            said = str(error)
        if not _ANSWER.search(said):
            raise ArchiveError(
                f"{self.url} is not object storage: its server answers with web pages; check archive_store_endpoint",
                subject=self.url,
                is_temporary=True,
            )

    def delete(self, names: Iterable[str]) -> None:
        """Delete these files, if they exist."""
        for name in names:
            with self._failing(name):
                try:
                    obstore.delete(self._store, name)
                except FileNotFoundError:
                    continue

    @contextmanager
    def _failing(self, name: str) -> Iterator[None]:
        """Say which storage failed, in its words: obstore adds pages of debug text."""
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" not in str(error):
                raise
            raise ArchiveError(
                f"{self.url} failed for {name}: {in_words(str(error))}", subject=name, is_temporary=True
            ) from error
        except (BaseError, OSError, ValueError) as error:
            why = in_words(str(error)) or type(error).__name__
            raise ArchiveError(f"{self.url} failed for {name}: {why}", subject=name, is_temporary=True) from error


def in_words(said: str) -> str:
    """What the storage answered, with its cure where there is one; the first line of any other error."""
    if found := _ANSWER.search(said):
        code = found["code"].strip()[:100]
    elif "incorrectly configured region" in said:
        code = "PermanentRedirect"
    else:
        return next(iter(said.strip().splitlines()), "")[:300]
    about = " ".join((found["message"] or "" if found else "").split())[:200]
    return f"it answered {code}" + (f" ({about})" if about else "") + (f"; {CURES[code]}" if code in CURES else "")
