"""Which addresses end a login."""

from __future__ import annotations

import pytest

from crawler.access.login import signs_out

HOST = "https://post.test"


@pytest.mark.parametrize(
    "path", ["/logout", "/a/sign-out/", "/log_off.php?next=/", "/x?action=logout", "/konto/abmelden", "/D%C3%A9connexion",
     "/?logout", "/?Logout=1", "/wiki/Special:UserLogout", "/log_out;id=1"],

)  # fmt: skip
def test_an_address_that_ends_a_login_is_known(path: str) -> None:
    assert signs_out(HOST + path)


@pytest.mark.parametrize(
    "path", ["/", "/2026/how-to-logout-of-everything", "/logout-explained", "/x?q=logout+now", "/sair-de-casa", "/esciroma"]
)  # fmt: skip
def test_articles_about_it_are_not(path: str) -> None:
    assert not signs_out(HOST + path)
