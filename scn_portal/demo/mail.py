"""The mail of the demo: a local SMTP server that keeps every message as a file, and pages to read them.

Nothing leaves the machine. The pages are routed in the demo only.
"""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")


def free_port() -> int:
    """A free port on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class MailSaver:
    """The handler of aiosmtpd: writes each message to `folder`, whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server, session, envelope) -> str:
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
        unfinished = self.folder / f"{name}.part"
        unfinished.write_bytes(envelope.content)
        unfinished.rename(self.folder / f"{name}.eml")
        return "250 Kept"


@contextmanager
def mail_server(folder: Path) -> Iterator[int]:
    """Run an SMTP server that saves each message in `folder` as an .eml file. Yields its port."""
    from aiosmtpd.controller import Controller  # the web process needs the pages only

    logging.getLogger("mail.log").setLevel(logging.WARNING)
    controller = Controller(MailSaver(folder), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@dataclass(frozen=True)
class SavedMail:
    """One message that the demo sent."""

    path: Path
    message: EmailMessage

    @classmethod
    def read(cls, path: Path) -> "SavedMail":
        return cls(path, message_from_bytes(path.read_bytes(), policy=policy.default))

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def received_at(self) -> datetime:
        return datetime.strptime(self.name, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)

    @property
    def subject(self) -> str:
        return self.message.get("Subject", "")

    @property
    def recipient(self) -> str:
        return self.message.get("To", "")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, self.message[name]) for name in HEADERS if name in self.message]

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return part.get_content() if part else ""

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return part.get_content() if part else ""

    @property
    def attachments(self) -> list[str]:
        return [part.get_filename() or part.get_content_type() for part in self.message.iter_attachments()]


def saved_mails(folder: Path) -> list[SavedMail]:
    """The messages of `folder`, newest first."""
    return [SavedMail.read(path) for path in sorted(folder.glob("*.eml"), reverse=True)]


@login_not_required
def mail_list(request: HttpRequest) -> HttpResponse:
    """All messages, the newest first."""
    return render(request, "demo/mail_list.html", {"mails": saved_mails(settings.VAR_DIR / "mail")})


# A mail is styled by attributes, and the frame that shows it obeys the policy of this page.
@csp_update({"style-src": ["'unsafe-inline'"]})  # type: ignore[arg-type]  # its types allow only views without further arguments
@login_not_required
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One message. Its name is looked up among the saved files, so no path can be passed in."""
    for mail_path in (settings.VAR_DIR / "mail").glob("*.eml"):
        if mail_path.stem == name:
            return render(request, "demo/mail_detail.html", {"mail": SavedMail.read(mail_path)})
    raise Http404
