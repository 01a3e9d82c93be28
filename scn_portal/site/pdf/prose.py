"""Texts in the form that the Typst templates use: plain data, so that no text is ever interpreted as markup."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it.tree import SyntaxTreeNode

from scn_portal.base.languages import Text
from scn_portal.base.markdown import SCHEMES, tokens_of
from scn_portal.base.typography import typographic

# Typst refuses deep nesting, and no reader needs more levels: deeper blocks are put on the last level.
MAX_DEPTH = 4
MAX_LENGTH_ADDRESS = 2000
HEADINGS_START_AT = 3  # as `to_html` writes them

# Control characters, characters that change the direction of the text, private use and non-characters: there is nothing
# to print, and PDF/UA refuses them.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff\ufffe\uffff"
    r"\U000f0000-\U0010ffff]"
)

Data = dict[str, Any]


def printable(text: str) -> str:
    """`text` without characters that cannot be printed."""
    return _UNPRINTABLE.sub("", text)


def line(text: Text) -> Data:
    """A short text: its `value`, its `lang`, and a `note` if that is not the language of the page."""
    return {"value": printable(typographic(text.value, text.language)), "lang": text.language, "note": _note(text)}


def prose(text: Text) -> Data:
    """A text in Markdown: its `blocks`, its `lang`, and the `notes` that the page shows above it."""
    notes = [_note(text)] if _note(text) else []
    if text.is_stale:
        notes.append(_("This translation is older than the original."))
    return {"blocks": blocks(text.value, text.language), "lang": text.language, "notes": notes}


def address(url: str) -> str:
    """`url` if a link may lead there, else ""."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:  # such as a [ without its ]
        return ""
    return printable(url) if scheme in SCHEMES and len(url) <= MAX_LENGTH_ADDRESS else ""


def source(source: str) -> Data:
    """A source: the `text` that is shown, and the address `to` that it links to, if it is an address."""
    to = address(source)
    return {"text": printable(re.sub(r"^https?://(www\.)?", "", source).rstrip("/") if to else source), "to": to}


def blocks(markdown: str, language: str) -> list[Data]:
    """The paragraphs, lists, headings and so on of a text; headings are numbered from 1 and skip no level."""
    found = _blocks(SyntaxTreeNode(tokens_of(markdown, language=language)).children, MAX_DEPTH)
    _close_gaps([block for block in found if block["kind"] == "heading"])
    return found


def _note(text: Text) -> str:
    if not text or text.language == get_language():
        return ""
    return _("(in French)") if text.language == "fr" else _("(in English)")


def _blocks(nodes: list[SyntaxTreeNode], depth: int) -> list[Data]:
    return [block for node in nodes for block in _block(node, depth)]


def _block(node: SyntaxTreeNode, depth: int) -> list[Data]:
    if node.type in ("bullet_list", "ordered_list", "blockquote") and depth == 0:
        return _blocks([deeper for child in node.children for deeper in child.children or [child]], 0)
    match node.type:
        case "paragraph":
            return [{"kind": "paragraph", "inline": _inlines(node.children[0].children)}]
        case "heading":
            level = int(node.tag[1]) - HEADINGS_START_AT + 1
            inside = _inlines(node.children[0].children)
            # A heading in a list or a quotation is not part of the outline of the document.
            return [{"kind": "heading" if depth == MAX_DEPTH else "paragraph", "level": level, "inline": inside}]
        case "bullet_list" | "ordered_list":
            items = [_blocks(item.children, depth - 1) for item in node.children]
            start = int(node.attrs.get("start", 1))
            return [{"kind": "list", "ordered": node.type == "ordered_list", "start": start, "items": items}]
        case "blockquote":
            return [{"kind": "quote", "blocks": _blocks(node.children, depth - 1)}]
        case "fence" | "code_block":
            return [{"kind": "code", "text": printable(node.content)}]
        case "hr":
            return [{"kind": "rule"}]
    return _blocks(node.children, depth)


def _inlines(nodes: list[SyntaxTreeNode], depth: int = MAX_DEPTH) -> list[Data]:
    return [inline for node in nodes for inline in _inline(node, depth)]


def _inline(node: SyntaxTreeNode, depth: int) -> list[Data]:
    match node.type:
        case "text" | "html_inline":
            return [{"kind": "text", "text": printable(node.content)}]
        case "code_inline":
            return [{"kind": "code", "text": printable(node.content)}]
        case "softbreak" | "hardbreak":  # line breaks stay as they were typed
            return [{"kind": "break"}]
    inside = _inlines(node.children, max(0, depth - 1))
    if depth == 0:
        return inside
    if node.type == "link":
        to = address(str(node.attrs.get("href", "")))
        return [{"kind": "link", "to": to, "inline": inside}] if to and inside else inside
    return [{"kind": node.type, "inline": inside}] if node.type in ("em", "strong") else inside


def _close_gaps(headings: list[Data]) -> None:
    """Close gaps between levels, since the outline of a tagged PDF goes down one level at a time."""
    above: list[int] = []
    for heading in headings:
        while above and above[-1] >= heading["level"]:
            above.pop()
        above.append(heading["level"])
        heading["level"] = len(above)
