"""Forms for texts in one language or both, and the field for lists of web addresses."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, URLValidator
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from scn_portal.base.languages import CODES, other
from scn_portal.base.one_line import one_line
from scn_portal.base.partial_dates import validate_partial_date

# The code of an error that is a question to the writer, not a mistake.
QUESTION = "question"
MAX_LENGTH_TEXT = 20_000
MAX_LENGTH_ADDRESS = 500
NOTHING_CHOSEN = pgettext_lazy("in a list: nothing is chosen yet", "Choose")


class AtMost(MaxLengthValidator):
    """Limits the number of characters, with a message that gives it. A line end is one character."""

    message = _("%(count)s characters; at most %(most)s.")

    def clean(self, value: str) -> int:
        return len(value.replace("\r\n", "\n"))

    def __call__(self, value: str) -> None:
        count, most = self.clean(str(value)), self.limit_value
        if count > most:
            said = {
                "count": number_format(count, force_grouping=True),
                "most": number_format(most, force_grouping=True),
            }
            raise ValidationError(self.message, code="max_length", params=said | {"value": value})


def take_any_length(fields: Iterable[forms.Field]) -> None:
    """Accept pasted texts of any length in the fields: with `maxlength`, browsers cut them silently.

    A text that is too long is refused with the number of its characters.
    """
    for field in fields:
        field.widget.attrs.pop("maxlength", None)
        limits = [one for one in field.validators if isinstance(one, MaxLengthValidator) and type(one) is not AtMost]
        for limit in limits:
            field.validators[field.validators.index(limit)] = AtMost(limit.limit_value)


def name_what_is_empty(field: forms.Field) -> None:
    """Show NOTHING_CHOSEN if nothing is chosen yet, instead of Django's dashes, which are bad for screen readers."""
    if isinstance(field, forms.ModelChoiceField):
        field.empty_label = NOTHING_CHOSEN if field.empty_label else field.empty_label
    elif isinstance(field, forms.ChoiceField) and type(field.widget) is forms.Select:
        offered: Any = field.choices
        field.choices = [(value, NOTHING_CHOSEN if value == "" else label) for value, label in offered]


class BilingualForm(forms.ModelForm):
    """A form whose texts may be given in French, in English or in both.

    `Meta.translated` names the fields without their language; the first (such as `title`) is required in at least one
    language, unless `title_required` is False. The first language stays the source until its text is emptied; if both
    are given at once, the source is the language of the page.

    Single-line texts take no line break, and long ones at most MAX_LENGTH_TEXT characters.
    """

    title_required = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.Meta.translated:
            for code in CODES:
                field = self.fields[f"{name}_{code}"]
                # The page groups the fields by language, so labels need not name it. Spelling checkers use `lang`.
                field.label = capfirst(self._meta.model._meta.get_field(name).verbose_name)
                field.widget.attrs["lang"] = code
                field.one_language_is_enough = self.title_required and name == self.Meta.translated[0]
        for field in self.fields.values():
            self._limit(field)
            name_what_is_empty(field)
        take_any_length(self.fields.values())

    @classmethod
    def name_fields(cls, fields: dict[str, forms.Field]) -> None:
        """Add the language to the labels of translated `fields`, for pages without groups: “Title (in French)”."""
        languages = {"en": _("in English"), "fr": _("in French")}
        for name in cls.Meta.translated:
            label = capfirst(cls._meta.model._meta.get_field(name).verbose_name)
            for code in {f"{name}_{code}" for code in CODES} & fields.keys():
                fields[code].label = f"{label} ({languages[code[-2:]]})"
                fields[code].widget.attrs["lang"] = code[-2:]

    @staticmethod
    def _limit(field: forms.Field) -> None:
        if isinstance(field, AddressesField) or not isinstance(field, forms.CharField):
            return
        if isinstance(field.widget, forms.Textarea):
            field.validators.append(AtMost(MAX_LENGTH_TEXT))
        elif one_line not in field.validators:
            field.validators.append(one_line)

    def languages(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each language with its fields, the language of the page first."""
        first = get_language()
        return [(code, [self[f"{name}_{code}"] for name in self.Meta.translated]) for code in (first, other(first))]

    def single_fields(self) -> list[forms.BoundField]:
        """The fields that have no language."""
        translated = {f"{name}_{code}" for name in self.Meta.translated for code in CODES}
        return [self[name] for name in self.fields if name not in translated]

    def clean(self) -> dict:
        super().clean()
        cleaned = self.cleaned_data
        lead = next(iter(self.Meta.translated), "")
        given = {code for code in CODES if cleaned.get(f"{lead}_{code}")}
        if self.title_required and not given and not any(f"{lead}_{code}" in self.errors for code in CODES):
            self.add_error(f"{lead}_{get_language()}", _("Enter a text in French, in English or in both."))
        if given or not self.title_required:
            self.instance.source_language = self._source_among(given or set(CODES))
        return cleaned

    def _source_among(self, given: set[str]) -> str:
        current = getattr(self.instance, "source_language", "") or get_language()
        return current if current in given else other(current)

    def changed_languages(self) -> set[str]:
        return {name[-2:] for name in self.changed_data if name[:-3] in self.Meta.translated}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # the stubs know the public methods only
        if hasattr(self.instance, "note_changes"):
            self.instance.note_changes(self.changed_languages())


class PartialDateInput(forms.CharField):
    """A year, a month or a day, in ISO 8601."""

    def __init__(self, **options):
        help_text = options.pop("help_text", _("A year, a month or a day, such as 2027, 2027-05 or 2027-05-16."))
        super().__init__(validators=[validate_partial_date], help_text=help_text, required=False, **options)


class PartialDatesForm(forms.ModelForm):
    """A form of a row with partial dates. It declares a PartialDateInput for each.

    `partial_dates` maps each such field of the form to the attribute of the row, such as `{"due_on": "due"}`.
    """

    partial_dates: dict[str, str] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, of_row in self.partial_dates.items():
            self.initial.setdefault(name, getattr(self.instance, of_row))

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        for name, of_row in self.partial_dates.items():
            if name in cleaned:
                setattr(self.instance, of_row, cleaned[name])
        return cleaned


class AddressesField(SimpleArrayField):
    """Web addresses, one per line, as a list."""

    max_addresses = 50
    widget = forms.Textarea(attrs={"rows": 3})
    default_error_messages = {
        "invalid_line": _("Line %(line)d is not a web address: “%(value)s”."),
        "long_line": _("Line %(line)d is too long: an address has at most %(longest)d characters."),
        "too_many": _("Enter at most %(most)d addresses: there are %(count)d here."),
    }

    def __init__(self, **options):
        super().__init__(forms.CharField(), delimiter="\n", **options)

    def to_python(self, value) -> list[str]:
        if isinstance(value, list):
            return value
        # The base class does not allow blank lines. Messages number the lines as they were typed.
        lines = [(number, line.strip()) for number, line in enumerate((value or "").splitlines(), 1)]
        addresses = [(number, line) for number, line in lines if line]
        if len(addresses) > self.max_addresses:
            raise self._error("too_many", most=self.max_addresses, count=len(addresses))
        for number, address in addresses:
            self._check(number, address)
        return [address for _number, address in addresses]

    def _check(self, number: int, address: str) -> None:
        if len(address) > MAX_LENGTH_ADDRESS:
            raise self._error("long_line", line=number, longest=MAX_LENGTH_ADDRESS)
        # URLValidator lets a NUL pass, which the database does not.
        printable = "".join(character if character.isprintable() else "\ufffd" for character in address)
        try:
            URLValidator(schemes=["http", "https"])(printable)
        except ValidationError as error:
            raise self._error("invalid_line", line=number, value=printable) from error
        if printable != address:
            raise self._error("invalid_line", line=number, value=printable)

    def _error(self, code: str, **params) -> ValidationError:
        return ValidationError(self.error_messages[code], params=params, code=code)
