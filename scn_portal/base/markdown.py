"""Markdown to safe HTML, and typed text that stays literal inside the Markdown of a mail.

A mail is written in Markdown, which is also its plain text. Escaping typed text would show backslashes there, so each
character with a meaning in Markdown is replaced with a stand-in, a private-use character that Markdown treats as a
letter. `to_html` and `to_plain` put the characters back.
"""

import re
import string
from urllib.parse import urlsplit

import nh3
from django.conf import settings
from django.http.request import validate_host
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from scn_portal.base.typography import typographic

# No images and no raw HTML, so that no page loads anything from another server, whatever a writer pastes.
TAGS = {"p", "br", "hr", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h3", "h4", "h5", "h6"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
# For texts that people type into a form: their lines stay lines.
_markdown_of_people = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")
# In a mail of the portal, readers would take a heading for the portal's own, and trust a link.
_markdown_in_mail = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "link", "autolink", "reference", "heading", "lheading"]
)

# Each of these costs the parser as much as a hundred letters. No honest text has more than MAX_MARKS of them; one that
# has, perhaps to make pages slow, is shown as typed, in one paragraph.
_MARKS = re.compile(r"[*_]+|[][`&<!\\]|\n+")
MAX_MARKS = 1000
_markdown_of_nothing = MarkdownIt("zero")

# The signs left out have no meaning by themselves, and French typography needs them.
_SIGNS = "".join(sorted(set(string.punctuation) - set("!?:;")))
_FIRST = 0xF0000
_BREAK = chr(_FIRST + ord("\n"))
_STAND_INS = {ord(sign): chr(_FIRST + ord(sign)) for sign in _SIGNS}
# Quoted words must not change, so characters that typography would change have stand-ins too.
_QUOTED_STAND_INS = {ord(sign): chr(_FIRST + ord(sign)) for sign in string.punctuation + " \u00a0\u202f«»“”‘’"}
_IN_TEXT = {ord(stand_in): chr(sign) for sign, stand_in in _QUOTED_STAND_INS.items()} | {ord(_BREAK): ""}
_IN_HTML = {stand_in: escape(sign) for stand_in, sign in _IN_TEXT.items()} | {ord(_BREAK): "<br>"}

# All white space except the no-break spaces of French.
_WHITE = re.compile(r"[^\S\u00a0\u202f]+")
# Control characters, those that change the direction of text, and the stand-ins themselves.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000f0000-\U000f2fff]")
_ADDRESS = re.compile(r"(<?https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][!-;=?-~]*)?>?)")


def to_html(text: str, *, language: str = "", in_mail: bool = False, lines: bool = False) -> SafeString:
    """The Markdown `text` as safe HTML. `literal` parts show as typed.

    `#` becomes an h3, `##` an h4 and so on to h6: h1 and h2 belong to the page. Links are `nofollow`. Raw HTML shows as
    typed; with `in_mail`, for people's texts in a mail, so do headings and links. With `language`, the typography of
    that language is applied. With `lines`, for what people typed into a form, each line end is one.
    """
    markdown = _markdown_in_mail if in_mail else _markdown_of_people if lines else _markdown
    html = markdown.renderer.render(tokens_of(text, language=language, markdown=markdown), markdown.options, {})
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="nofollow noopener")
    return mark_safe(clean.translate(_IN_HTML))


def tokens_of(text: str, *, language: str = "", markdown: MarkdownIt = _markdown) -> list[Token]:
    """The tokens that `to_html` renders, for formats other than HTML; they have no raw HTML and no images. The
    addresses of links are as typed: check their schemes against SCHEMES."""
    is_readable = sum(1 for _mark in _MARKS.finditer(text)) <= MAX_MARKS
    tokens = markdown.parse(text) if is_readable else _markdown_of_nothing.parse(" ".join(text.split()))
    for token in tokens:
        _demote(token)
        if language and token.children:
            _set_words(token.children, language)
    return tokens


# What word processors write before an item: • and similar signs, a dash, “1)”.
_BULLET = re.compile(r"^([ \t]*)[•◦▪‣●○■□·∙–*+-][ \t]+(?=\S)")
_NUMBERED = re.compile(r"^([ \t]*)(\d{1,3})[.)][ \t]+(?=\S)")


def lists_from_pasted(text: str, *, each_line: bool = False) -> str:
    """`text` with list items that were pasted from other programs (“• one”, “– two”, “1) three”) as Markdown.

    With `each_line`, for a text that only lists things, several lines without any mark become a list too.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if each_line and len([line for line in lines if line.strip()]) > 1 and not any(map(_is_marked, lines)):
        return "\n".join(f"- {line.strip()}" for line in lines if line.strip())
    return "\n".join(_marked(line, before) for before, line in zip(["", *lines], lines, strict=False))


def _is_marked(line: str) -> bool:
    return bool(_BULLET.match(line) or _NUMBERED.match(line) or line.startswith(("#", ">", " ", "\t")))


def _marked(line: str, before: str) -> str:
    """`line` as an item of Markdown, if it is one. A numbered list gets a blank line before it, which it needs."""
    shown = _BULLET.sub(r"\1- ", line)
    shown = _NUMBERED.sub(r"\1\2. ", shown)
    begins = shown != line and before.strip() and not _is_marked(before) and _NUMBERED.match(shown)
    return f"\n{shown}" if begins else shown


def to_plain(text: str) -> str:
    """`text` as plain text: the Markdown unchanged, `literal` parts as typed."""
    return text.translate(_IN_TEXT)


def literal(value: object) -> str:
    """Typed text as one line that Markdown leaves alone. Pass the whole text to `to_html` or `to_plain`."""
    return _inert(str(value)).strip()


def quoted(value: object) -> str:
    """Typed text with its lines, as a quotation in Markdown: exact, except for invisible characters."""
    lines = [_UNSEEN.sub("", line.expandtabs()).translate(_QUOTED_STAND_INS) for line in str(value).splitlines()]
    return "\n".join(f"> {line}" for line in _with_breaks(lines))


def foreign(value: object) -> str:
    """A text from another package that may contain typed text: like `literal`, but with its lines and with links to
    the portal."""
    lines = ["".join(map(_own_link_or_inert, _ADDRESS.split(line))).strip() for line in str(value).splitlines()]
    return "\n".join(_with_breaks(lines))


def _with_breaks(lines: list[str]) -> list[str]:
    """`lines`, with a `<br>` after each line to which the next would otherwise be joined."""
    following = [*lines[1:], ""]
    return [line + _BREAK if line and after else line for line, after in zip(lines, following, strict=True)]


def _own_link_or_inert(part: str) -> str:
    address = part.strip("<>")
    is_ours = _ADDRESS.fullmatch(part) and validate_host(urlsplit(address).hostname or "", settings.ALLOWED_HOSTS)
    return f"<{address}>" if is_ours else _inert(part)


def _inert(text: str) -> str:
    return _UNSEEN.sub("", _WHITE.sub(" ", text)).translate(_STAND_INS)


def _demote(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"


def _set_words(tokens: list[Token], language: str) -> None:
    """Apply typography to the words of a paragraph, not to code and addresses."""
    before, is_address = "", False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            is_address = token.type == "link_open" and token.markup == "autolink"
        if token.type == "text" and not is_address:
            token.content = typographic(token.content, language, before)
        before = token.content or (" " if token.type in ("softbreak", "hardbreak") else before)
