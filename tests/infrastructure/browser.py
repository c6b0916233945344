"""Somebody at a browser without JavaScript: cookies, forms with their CSRF token, redirects seen one by one."""

import html
import re
from typing import Any

from flask import Flask

PASSWORD = "banjian-demo"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """One browser. base_url: https://… to be at the secure address."""

    def __init__(self, app: Flask, base_url: str = "http://localhost") -> None:
        self.client, self.base_url = app.test_client(), base_url

    def get(self, path: str) -> Any:
        """Return a page."""
        return self.client.get(path, base_url=self.base_url)

    def post(self, path: str, form: dict[str, str] | None = None, *, page: str | None = None) -> Any:
        """Return the answer to a form, filled in on `page` (the same path, if left out)."""
        token = _TOKEN.search(self.get(page or path).text)
        fields = {"csrf_token": html.unescape(token.group(1)) if token else ""} | (form or {})
        headers = {"Referer": f"{self.base_url}{page or path}"}
        return self.client.post(path, data=fields, base_url=self.base_url, headers=headers)

    def log_in(self, username: str, password: str = PASSWORD, **more: str) -> Any:
        """Return the answer to the login form."""
        return self.post("/login", {"username": username, "password": password} | more)

    @property
    def is_in(self) -> bool:
        """Return True while somebody is logged in."""
        return "/logout" in self.get("/").text

    def cookie(self, name: str = "banjian") -> str:
        """Return a cookie's value, "" if there is none."""
        found = self.client.get_cookie(name, domain=self.base_url.rpartition("/")[2])
        return found.value if found else ""
