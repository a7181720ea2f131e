"""What object storage says when it refuses, in words an operator can act on."""

from __future__ import annotations

import pytest

from crawler.archive.object_store import in_words

SENT = "Generic S3 error: Error performing GET http://s3.test/news?list-type=2 in 4 ms, after 3 retries, max_retries: 3"
BODY = '{} - Server returned non-2xx status code: {}: <?xml version="1.0"?><Error><Code>{}</Code>{}</Error>'


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (BODY.format(SENT, 500, "InternalError", "<Message>We met\nan error.</Message>"),
         "it answered InternalError (We met an error.)"),
        (BODY.format(SENT, 503, "SlowDown", ""), "it answered SlowDown"),
        (BODY.format(SENT, 403, "RequestTimeTooSkewed", "\n<Message/>"),
         "it answered RequestTimeTooSkewed; set this machine's clock"),
        (BODY.format(SENT, 400, "ExpiredToken", ""), "it answered ExpiredToken; the key has expired: set another one"),
        (f"{SENT} - Received redirect without LOCATION, this normally indicates an incorrectly configured region",
         "it answered PermanentRedirect; check archive_store_region and archive_store_endpoint"),
        ("HTTP error: connection refused\n\nDebug source:\nmany lines", "HTTP error: connection refused"),
        ("", ""),
    ],
)  # fmt: skip
def test_an_answer_is_named_with_its_cure(said: str, words: str) -> None:
    assert in_words(said) == words
