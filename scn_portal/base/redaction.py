"""Log lines without addresses and tokens: data about people is removed from the texts of errors and requests.

`redacted` is for any text that leaves the portal for a log or a monitor; `RedactingFilter` applies it before a handler.
It removes email addresses, the network addresses of readers, the tokens of signed links and of cookies, passwords in
URLs, and the DETAIL and CONTEXT of the database, which repeat the row. It cannot recognise names, so do not log any.
"""

import ipaddress
import logging
import re

ADDRESS, NETWORK, TOKEN, ROW = "[address]", "[network]", "[token]", "[left out]"

# Further parts of a database error, up to the next part of the same error or of the traceback around it. In the `repr`
# of an error, line ends are written as \n.
_OF_THE_ROW = re.compile(
    r"(\b|\\n)(DETAIL|CONTEXT|QUERY):.*?(?=(?:\n|\\n)(?:DETAIL|CONTEXT|HINT|QUERY|STATEMENT|LINE \d+):"
    r"|\n[ ]{0,8}\n?(?:The above exception|During handling|Traceback )|\Z)",
    re.DOTALL,
)
# The line of the statement that failed, with its values.
_STATEMENT = re.compile(r"(LINE \d{1,4}:)[^\n]*")
_TYPED_VALUE = re.compile(r"(invalid input [^:\n]{1,80}: |out of range[^:\n]{0,80}: )\"[^\n]*")

# value:time:signature, as written by django.core.signing; the colons may be escaped, and the end may be cut off.
_SIGNED = re.compile(r"(?<![\w.-])[\w.-]++(?::|%3A)\w{5,8}(?::|%3A)[\w-]{8,}", re.IGNORECASE)
# The links for a new password: person, time, hash.
_RESET = re.compile(r"(?<![a-z0-9])[a-z0-9]++-[a-z0-9]{5,8}-[0-9a-f]{16,}", re.IGNORECASE)
# The value after the name of a secret: in a query, a form, a header or a dictionary.
_SECRET = re.compile(
    r"(?<![a-z])((?:sessionid|csrftoken|csrfmiddlewaretoken|[a-z_]{0,20}password[12]?|token|secret|otp|api_?key"
    r"|authorization)['\"]?\s?[=:]\s?)(?:(?:basic|bearer)\s)?['\"]?[^\s&;,'\"]++",
    re.IGNORECASE,
)
# Pieces of a line between characters that end an address. Each character is read once, however long the line is.
_PIECE = re.compile(r"[^\s\"()<>,;=&?:/\[\]{}|\\]++")
_QUOTED_PERSON = re.compile(r"\"[^\"\n]{1,64}+\"@[^\s\"'()<>,;]++")
_AT = re.compile(r"@|%40", re.IGNORECASE)
# A process of Celery, and a Message-ID of Python, which is needed to find the mail in the log of the server.
_NO_PERSON = re.compile(r"\A(?:celery@|\d{9,}+\.\d++\.\d++@)")

_IP_4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\w)")
_IP_6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE)
# The addresses of our own servers stay, since they are needed to find errors.
_OUR_NETWORKS = [
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "0.0.0.0/32", "::/127", "fc00::/7")
]


def redacted(text: str) -> str:
    """`text` without addresses, tokens and rows of the database. Takes time in proportion to its length."""
    text = _OF_THE_ROW.sub(rf"\1\2: {ROW}", text)
    text = _STATEMENT.sub(rf"\1 {ROW}", text)
    text = _TYPED_VALUE.sub(rf"\1{ROW}", text)
    text = _SECRET.sub(rf"\1{TOKEN}", text)
    text = _SIGNED.sub(TOKEN, text)
    text = _RESET.sub(TOKEN, text)
    text = _QUOTED_PERSON.sub(ADDRESS, text)
    text = _PIECE.sub(_without_address, text)
    return _IP_6.sub(_without_network, _IP_4.sub(_without_network, text))


def _without_address(piece: re.Match) -> str:
    word = piece[0]
    at = _AT.search(word)
    # Without a name before the @, it is a decorator in a line of code.
    is_person = at and word[: at.start()].strip("'`*.") and not _NO_PERSON.match(word)
    return ADDRESS if is_person else word


def _without_network(found: re.Match) -> str:
    try:
        address = ipaddress.ip_address(found[0])
    except ValueError:  # a time of day, or the number of a version
        return found[0]
    return found[0] if any(address in network for network in _OUR_NETWORKS) else NETWORK


class RedactingFilter(logging.Filter):
    """Removes addresses and tokens from the message, the traceback and the stack of each record."""

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redacted(record.exc_text)
        if record.stack_info:
            record.stack_info = redacted(record.stack_info)
        return True
