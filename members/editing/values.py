"""The values of a form, as a browser would send them: to keep them, to compare them, to show them as text."""

import hashlib
import json

from django import forms
from django.forms.boundfield import BoundField


def as_sent(field: BoundField) -> list[str]:
    """The values that a browser sends for a field of an unbound form if nobody changes it."""
    widget, value = field.field.widget, field.value()
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if widget.check_test(value) else []
    shown = widget.format_value(value)
    values = shown if isinstance(shown, list | tuple) else [shown]
    return [str(each) for each in values if each not in (None, "")]


def compared(values: list[str]) -> list[str]:
    """`values` sorted and without unimportant differences: kinds of line ends, spaces around them, empty values."""
    return sorted(text for value in values if (text := value.replace("\r\n", "\n").replace("\r", "\n").strip()))


def digest(values: list[str]) -> str:
    """A short digest of `values` as they are compared."""
    return hashlib.blake2b(json.dumps(compared(values)).encode(), digest_size=6).hexdigest()


def writable_names(form: forms.BaseForm) -> list[str]:
    """The names of the fields that a person fills in, without files, since no page can fill in a file again."""
    hidden = {field.name for field in form.hidden_fields()}
    return [name for name, field in form.fields.items() if name not in hidden and not field.widget.needs_multipart_form]


def digests(form: forms.BaseForm) -> dict[str, str]:
    """The digest of each field of an unbound form."""
    return {name: digest(as_sent(form[name])) for name in writable_names(form)}


def in_words(field: forms.Field, values: list[str]) -> str:
    """`values` as a person reads them: the labels of choices, else the text; "" for nothing."""
    if not hasattr(field, "choices"):
        return "\n".join(values)
    labels = {str(value): str(label) for value, label in field.choices}
    return ", ".join(labels.get(value, value) for value in values)
