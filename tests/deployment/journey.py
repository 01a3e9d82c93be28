"""The first hour on the deployed portal: the first person signs in and invites an official, who attaches a document.

`python -m tests.deployment.journey first|again ROOT HOST EMAIL PASSWORD`, in the network of the machine in ROOT.
"""

import email
import email.message
import email.policy
import hashlib
import re
import sys
import time
from io import BytesIO
from pathlib import Path

import pikepdf

from tests.deployment.visitor import Visitor

CITY = "montreal"
TITLE = "Nine megabytes"
SECONDS = 90


def pdf_of(megabytes: int) -> bytes:
    """A PDF of one page with something in it that does not compress."""
    noise = b"".join(
        hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(megabytes * 1_000_000 // 32)
    )
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.pages[0].Contents = pdf.make_stream(b"% " + noise.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n")
        pdf.save(saved := BytesIO(), compress_streams=False)
    return saved.getvalue()


def mail_to(root: Path, user: str) -> email.message.EmailMessage:
    """The first mail in the mailbox of a user of the machine, waited for."""
    deadline = time.monotonic() + SECONDS
    mailbox = root / "var/mail" / user
    while not mailbox.exists() or not mailbox.stat().st_size:
        assert time.monotonic() < deadline, f"no mail for {user}"
        time.sleep(0.5)
    raw = mailbox.read_bytes().split(b"\n", 1)[1]
    return email.message_from_bytes(raw, policy=email.policy.default)


def first(root: Path, visitor: Visitor, director: str, password: str, host: str) -> None:
    """The first person invites an official by mail, who signs up, begins a practice and attaches a document."""
    visitor.sign_in(director, password).set_up_second_step()
    visitor.open(f"/en/my-city/{CITY}/people/").press(email=f"official@{host}", role="focal_point")
    invitation = mail_to(root, "official")
    assert invitation["To"] == f"official@{host}"
    logged(root, invitation["Message-ID"])
    official = Visitor(visitor.site, Path(str(visitor.session.verify)))
    words = invitation.get_body(("plain",)).get_content()
    official.open(re.search(r"https://\S+/invitation/[\w:-]+/", words)[0]).press("Accept the invitation")
    official.press(name="The Official", password1=password)
    official.open(f"/en/my-city/{CITY}/practices/new/").press(title_en=TITLE)
    official.open(official.page.url.replace("/edit/", "/documents/"))
    document = pdf_of(9)
    assert len(document) > 9_000_000
    official.press(files={"file": ("report.pdf", document, "application/pdf")}, title_en=TITLE)
    assert TITLE in official.text()
    assert len(official.session.get(official.link("/my-city/documents/")).content) > 9_000_000


def logged(root: Path, message_id: str) -> None:
    """The worker, as the page starts it, writes a line for each mail; it has no address."""
    log = (root / "var/log/units/scn-worker.log").read_text()
    lines = [line for line in log.splitlines() if message_id.strip("<>") in line]
    assert lines, f"no line for {message_id}:\n{log[-2000:]}"
    assert "official@" not in log


def again(root: Path, visitor: Visitor, director: str, password: str, host: str) -> None:
    """After restoring: the official signs in with the password of before and finds the document."""
    visitor.sign_in(f"official@{host}", password)
    visitor.open(f"/en/my-city/{CITY}/")
    practice = visitor.open(visitor.link("/my-city/practices/")).page.url
    number = re.search(r"/practices/(\d+)/", practice)[1]
    visitor.open(f"/en/my-city/practices/{number}/documents/")
    assert len(visitor.session.get(visitor.link("/my-city/documents/")).content) > 9_000_000


if __name__ == "__main__":
    what, root, host, director, password = sys.argv[1:]
    certificate = Path(root) / f"etc/letsencrypt/live/{host}/fullchain.pem"
    {"first": first, "again": again}[what](
        Path(root), Visitor(f"https://{host}", certificate), director, password, host
    )
