"""Errors of sending: those about one mail or address, those about the server, and their description in the log."""

import smtplib
import traceback
from pathlib import Path


def describe_error(error: BaseException) -> str:
    """For a log: the type of the error, the codes of the mail server, and the place in the code.

    Never its message, since a server may repeat the address, and a template its context.
    """
    cause = error.__cause__ if isinstance(error, ServerAway) and error.__cause__ else error
    steps = traceback.extract_tb(cause.__traceback__)
    where = f"at {Path(steps[-1].filename).name}:{steps[-1].lineno}" if steps else ""
    return " ".join([type(cause).__name__, *map(str, smtp_codes(cause)), where]).strip()


def smtp_codes(error: BaseException) -> list[int]:
    """The codes with which a mail server refused, or the number of a network error."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _reason in error.recipients.values()]
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code]
    return [error.errno] if isinstance(error, OSError) and error.errno else []


class ServerAway(Exception):
    """The mail server cannot be reached, or accepts no mail from us now. This is not an error of the mail."""


def is_about_the_mail(error: OSError) -> bool:
    """Whether the server refused a recipient or the text. After any command, 421 means that the server is closing."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code != 421 for code, _reason in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code != 421
    # The address needs SMTPUTF8, which the server does not have.
    return isinstance(error, smtplib.SMTPNotSupportedError)
