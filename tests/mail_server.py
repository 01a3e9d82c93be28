"""A real SMTP server whose mails a test can read."""

import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from scn_portal.demo.mail import free_port


class AsMailProgramsRead(EmailPolicy):
    """Reads headers as mail programs do: a long header may begin on its second line, and the space that folds it is not
    part of its value."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value.lstrip(" \t\r\n")


class Conversation(SMTP):
    """One connection. Its handler may also refuse the command DATA."""

    async def smtp_DATA(self, arg: str) -> None:
        if code := self.event_handler.no_text_is_opened:
            await self.push(f"{code} Refused by the test")
        else:
            await super().smtp_DATA(arg)


class OwnController(Controller):
    def factory(self) -> SMTP:
        return Conversation(self.handler, **self.SMTP_kwargs)


class MailServer:
    """Accepts mail on `port`, except what it was told to refuse."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.no_text_is_opened = 0
        self._refusals: dict[str, int] = {}
        self._refused_texts: dict[str, int] = {}
        self._hung_up_on: set[str] = set()
        self._acts: dict[int, Callable[[], object]] = {}
        self._changed = threading.Condition()
        self._controller = OwnController(self, hostname="127.0.0.1", port=free_port())

    @property
    def port(self) -> int:
        return self._controller.port

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def forget(self) -> None:
        """Forget all messages and refusals."""
        with self._changed:
            self.messages.clear()
            self.no_text_is_opened = 0
            self._refusals.clear()
            self._refused_texts.clear()
            self._hung_up_on.clear()
            self._acts.clear()

    def refuse(self, address: str, code: int) -> None:
        """From now on, answer `code` to any mail to or from `address`: 550 refuses it permanently, 450 temporarily, 0
        not at all."""
        self._refusals[address.lower()] = code

    def refuse_opening(self, code: int) -> None:
        """From now on, answer `code` to the command DATA."""
        self.no_text_is_opened = code

    def refuse_text(self, address: str, code: int) -> None:
        """From now on, accept `address`, but answer `code` to the text of any mail for it."""
        self._refused_texts[address.lower()] = code

    def when_taken(self, count: int, act: Callable[[], object]) -> None:
        """Call `act` once, as soon as `count` messages are accepted, and before the sender of the last one gets the
        answer."""
        self._acts[count] = act

    def hang_up_on(self, address: str) -> None:
        """From now on, close the connection without an answer at any mail for `address`."""
        self._hung_up_on.add(address.lower())

    def wait_for(self, count: int, timeout: float = 20) -> list[EmailMessage]:
        """The messages, once there are `count`. Raises AssertionError if there are fewer after `timeout` seconds."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.messages) >= count, timeout)
            assert enough, f"{len(self.messages)} of {count} messages after {timeout} seconds"
            return list(self.messages)

    def to(self, address: str) -> list[EmailMessage]:
        """The messages for `address`."""
        with self._changed:
            return [message for message in self.messages if address.lower() in str(message["To"]).lower()]

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:
        if code := self._refusals.get(address.lower()):
            return f"{code} Refused by the test"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address.lower() in self._hung_up_on:
            server.transport.close()
        if code := self._refusals.get(address.lower()):
            return f"{code} Refused by the test"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        if code := next(filter(None, map(self._refused_texts.get, envelope.rcpt_tos)), 0):
            return f"{code} Refused by the test"
        message = message_from_bytes(envelope.content, policy=AsMailProgramsRead())
        with self._changed:
            self.messages.append(message)
            act = self._acts.pop(len(self.messages), None)
            self._changed.notify_all()
        if act:
            act()
        return "250 Taken"
