"""A user with a browser without scripts, who opens pages of the deployed portal by HTTPS, fills in forms and reads
mail.

Run in the network of the machine under test. Certificates are checked against the one that the test has made.
"""

import base64
import hashlib
import hmac
import struct
import time
from pathlib import Path
from urllib.parse import urljoin

import lxml.html
import requests


class Visitor:
    """A browser with its cookies. `page` is the last answer; each step fails unless the answer is 200."""

    def __init__(self, site: str, certificate: Path):
        self.site = site
        self.session = requests.Session()
        self.session.verify = str(certificate)
        self.session.trust_env = False
        self.page = requests.Response()

    def open(self, address: str) -> "Visitor":
        self._arrive(self.session.get(urljoin(self.site, address), timeout=60))
        return self

    def _arrive(self, page: requests.Response) -> None:
        assert page.status_code == 200, (
            f"{page.request.method} {page.url}: {page.status_code}\n{self.text(page)[:2000]}"
        )
        self.page = page

    def text(self, page: requests.Response | None = None) -> str:
        """The text of the page."""
        page = self.page if page is None else page
        return " ".join(lxml.html.document_fromstring(page.content).text_content().split())

    def press(self, button: str = "", files: dict | None = None, **fields: str) -> "Visitor":
        """Send the form that has all of `fields` (and a button with that text), with its own values besides."""
        document = lxml.html.document_fromstring(self.page.content, base_url=self.page.url)
        wanted = set(fields) | set(files or {})
        forms = [form for form in document.forms if form.method == "POST" and wanted <= set(form.fields.keys())]
        forms = [form for form in forms if not button or button in form.text_content()]
        assert forms, f"{self.page.url}: no form with {wanted} and “{button}”\n{self.text()[:2000]}"
        data = dict(forms[0].form_values()) | fields
        address = urljoin(self.page.url, forms[0].get("action") or self.page.url)
        headers = {"Referer": self.page.url}
        files = files or {}
        self._arrive(self.session.post(address, data=data, files=files, headers=headers, timeout=120))
        return self

    def link(self, pattern: str) -> str:
        """The address of the first link that contains `pattern`."""
        links = [link for _, _, link, _ in lxml.html.document_fromstring(self.page.content).iterlinks()]
        found = [link for link in links if pattern in link]
        assert found, f"{self.page.url}: no link with “{pattern}”"
        return urljoin(self.page.url, found[0])

    def sign_in(self, email: str, password: str) -> "Visitor":
        """Sign in, and set up a second step if the portal requires it."""
        self.open("/en/accounts/login/").press(login=email, password=password)
        if "/accounts/login" in self.page.url:
            raise AssertionError(f"not signed in: {self.text()[:2000]}")
        return self

    def set_up_second_step(self) -> "Visitor":
        """Set up a second step if the portal requires one before anything else. This plays the app on a phone."""
        if "/second-step/" in self.page.url:
            self.open(self.link("/totp/activate/"))
            document = lxml.html.document_fromstring(self.page.content)
            (secret,) = document.xpath("//input[@id='authenticator_secret']/@value")
            self.press(code=one_time_code(secret))
        return self


def one_time_code(secret: str) -> str:
    """The six digits for the current time (RFC 6238)."""
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
