"""The faults of mail: which are those of one mail or address, which of the server, and how the log names them."""

import smtplib
import traceback
from pathlib import Path


def describe_error(error: BaseException) -> str:
    """What went wrong, for a log: the kind of error, the codes of the mail server, and where in the code.

    Never the words of the error: those of a server repeat the address, those of a template what it was filled with.
    """
    cause = error.__cause__ if isinstance(error, ServerAway) and error.__cause__ else error
    steps = traceback.extract_tb(cause.__traceback__)
    where = f"at {Path(steps[-1].filename).name}:{steps[-1].lineno}" if steps else ""
    return " ".join([type(cause).__name__, *map(str, smtp_codes(cause)), where]).strip()


def smtp_codes(error: BaseException) -> list[int]:
    """What a mail server said no with, or the number of an error of the network."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _reason in error.recipients.values()]
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code]
    return [error.errno] if isinstance(error, OSError) and error.errno else []


class ServerAway(Exception):
    """The mail server cannot be reached, or takes nothing from us now: no fault of the mail it was given."""


def is_about_the_mail(error: OSError) -> bool:
    """A refusal of a recipient or of the text. 421 is a server that is closing, whatever it was asked."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code != 421 for code, _reason in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code != 421
    # An address that asks for SMTPUTF8, of a server that has none.
    return isinstance(error, smtplib.SMTPNotSupportedError)
