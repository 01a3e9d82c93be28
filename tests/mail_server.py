"""A real SMTP server that a test looks into."""

import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from scn_portal.demo.mail import free_port


class AsMailProgramsRead(EmailPolicy):
    """A long header may begin on its second line; the space that folds it there is no part of its value."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value.lstrip(" \t\r\n")


class Conversation(SMTP):
    """One connection. Its handler may also say no to the word DATA."""

    async def smtp_DATA(self, arg: str) -> None:
        if code := self.event_handler.no_text_is_opened:
            await self.push(f"{code} Refused by the test")
        else:
            await super().smtp_DATA(arg)


class OwnController(Controller):
    def factory(self) -> SMTP:
        return Conversation(self.handler, **self.SMTP_kwargs)


class MailServer:
    """Takes mail on `port`; refuses what it was told to."""

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
        """As new: no message, no refusal."""
        with self._changed:
            self.messages.clear()
            self.no_text_is_opened = 0
            self._refusals.clear()
            self._refused_texts.clear()
            self._hung_up_on.clear()
            self._acts.clear()

    def refuse(self, address: str, code: int) -> None:
        """Answer `code` to any mail for `address`, or from it, from now on: 550 for good, 450 for now, 0 not at all."""
        self._refusals[address.lower()] = code

    def refuse_opening(self, code: int) -> None:
        """Answer `code` to whoever wants to begin a text from now on."""
        self.no_text_is_opened = code

    def refuse_text(self, address: str, code: int) -> None:
        """Take `address`, and answer `code` to the text of any mail for it from now on."""
        self._refused_texts[address.lower()] = code

    def when_taken(self, count: int, act: Callable[[], object]) -> None:
        """`act` once, as soon as so many messages are taken, and before the sender of the last is told so."""
        self._acts[count] = act

    def hang_up_on(self, address: str) -> None:
        """Close the connection without a word at any mail for `address` from now on."""
        self._hung_up_on.add(address.lower())

    def wait_for(self, count: int, timeout: float = 20) -> list[EmailMessage]:
        """The messages, once there are `count`; AssertionError when there are not so many within `timeout` seconds."""
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
