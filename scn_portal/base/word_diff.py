"""The words that were added to a text and removed from it."""

import re
import time

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

# After this time, the rest is marked as replaced.
MAX_SECONDS = 0.5

# Sequences of words or paragraphs, in order: whether they differ, the old items, the new items.
Stretches = list[tuple[bool, list[str], list[str]]]


def mark_changes(before: str, after: str) -> SafeString:
    """`after` as HTML, with the words that `before` lacks in <ins> and those that only `before` has in <del>."""
    deadline = time.time() + MAX_SECONDS
    parts: list[str] = []
    for differ, old, new in _compare(before.splitlines(keepends=True), after.splitlines(keepends=True), deadline):
        if not differ:
            parts.append(escape("".join(new)))
            continue
        # With the same number of paragraphs on both sides, each new one is probably an old one, rewritten.
        pairs = zip(old, new, strict=True) if len(old) == len(new) else [("".join(old), "".join(new))]
        for old_text, new_text in pairs:
            parts += [_mark(*stretch) for stretch in _compare(_words(old_text), _words(new_text), deadline)]
    return mark_safe("".join(parts))


def _compare(old: list[str], new: list[str], deadline: float) -> Stretches:
    """`old` and `new` as sequences that are equal and sequences that differ, ignoring the space around each item."""
    from diff_match_patch import diff_match_patch  # imported here, because only pages of the desk need it

    # As in the line mode of diff-match-patch: each item becomes one character, and the resulting texts are compared.
    codes: dict[str, str] = {}
    encoded = ["".join(codes.setdefault(item.strip(), chr(len(codes) + 1)) for item in items) for items in (old, new)]
    stretches: Stretches = []
    old_end = new_end = 0
    for change, text in diff_match_patch().diff_main(*encoded, False, deadline):
        old_start, new_start = old_end, new_end
        old_end += len(text) if change != diff_match_patch.DIFF_INSERT else 0
        new_end += len(text) if change != diff_match_patch.DIFF_DELETE else 0
        differ, gone, come = change != diff_match_patch.DIFF_EQUAL, old[old_start:old_end], new[new_start:new_end]
        if differ and stretches and stretches[-1][0]:
            _differ, gone_before, come_before = stretches.pop()
            gone, come = gone_before + gone, come_before + come
        stretches.append((differ, gone, come))
    return stretches


def _words(text: str) -> list[str]:
    """The words with the space around them, which make up the text when joined; a blank line counts as a word."""
    return [word for line in text.splitlines(keepends=True) for word in re.findall(r"\s*\S+\s*|\s+", line)]


def _mark(differ: bool, old: list[str], new: list[str]) -> str:
    if not differ:
        return escape("".join(new))
    deleted = format_html("<del>{}</del>", "".join(old)) if old else ""
    return deleted + (format_html("<ins>{}</ins>", "".join(new)) if new else "")


def changed_paragraphs(before: str, after: str) -> tuple[str, str]:
    """The paragraphs that only `before` has, and those that only `after` has, each as one text."""
    deadline = time.time() + MAX_SECONDS
    stretches = _compare(before.splitlines(keepends=True), after.splitlines(keepends=True), deadline)
    old = "".join("".join(gone) for differ, gone, _come in stretches if differ)
    return old.strip("\r\n"), "".join("".join(come) for differ, _gone, come in stretches if differ).strip("\r\n")
