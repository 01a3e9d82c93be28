"""What the forms of every app share: writing in one language or both, and lists of addresses."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator, URLValidator
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from scn_portal.base.languages import CODES, other

LONGEST_TEXT = 20_000
# Line breaks of every kind, and what no reader sees. Not NUL, which Django refuses by itself, nor the tab.
CONTROL = r"[\x01-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]"

one_line = RegexValidator(CONTROL, _("Give it on one line."), code="one_line", inverse_match=True)


class BilingualForm(forms.ModelForm):
    """A form whose texts may be given in French, in English or in both.

    Meta says `translated = (...)`, the names without their language; the first of them (`title`, say) must be there
    in at least one language. The language first written in is remembered and stays the source until its text is
    emptied; with both given at once it is the language of the page.

    A text of one line takes no line break, and a long one at most LONGEST_TEXT characters.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.Meta.translated:
            for code in CODES:
                field = self.fields[f"{name}_{code}"]
                # The page groups the fields by language, so a label need not say it; a spelling checker asks.
                field.label = capfirst(self._meta.model._meta.get_field(name).verbose_name)
                field.widget.attrs["lang"] = code
                field.one_language_is_enough = name == self.Meta.translated[0]
        for field in self.fields.values():
            self._limit(field)

    @staticmethod
    def _limit(field: forms.Field) -> None:
        """The checks are the server's alone: a browser told of the limit would cut off what is pasted, in silence."""
        if isinstance(field, AddressesField) or not isinstance(field, forms.CharField):
            return
        if isinstance(field.widget, forms.Textarea):
            field.validators.append(MaxLengthValidator(LONGEST_TEXT))
        elif isinstance(field.widget, forms.TextInput) and not isinstance(field, forms.URLField):
            field.validators.append(one_line)

    def languages(self) -> list[tuple[str, list[forms.BoundField]]]:
        """For the page: each language with its fields, the reader's own language first."""
        first = get_language()
        return [(code, [self[f"{name}_{code}"] for name in self.Meta.translated]) for code in (first, other(first))]

    def single_fields(self) -> list[forms.BoundField]:
        """For the page: the fields that have no language."""
        named = {f"{name}_{code}" for name in self.Meta.translated for code in CODES}
        return [self[name] for name in self.fields if name not in named]

    def clean(self) -> dict:
        super().clean()
        cleaned = self.cleaned_data
        lead = self.Meta.translated[0]
        given = {code for code in CODES if cleaned.get(f"{lead}_{code}")}
        if not given and not any(f"{lead}_{code}" in self.errors for code in CODES):
            self.add_error(f"{lead}_{get_language()}", _("Give it in French or in English, or in both."))
        if given:
            self.instance.source_language = self._source_among(given)
        return cleaned

    def _source_among(self, given: set[str]) -> str:
        current = getattr(self.instance, "source_language", "") or get_language()
        return current if current in given else other(current)

    def changed_languages(self) -> set[str]:
        """The languages in which a text was changed."""
        return {name[-2:] for name in self.changed_data if name[:-3] in self.Meta.translated}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # the stubs know the public methods only
        if hasattr(self.instance, "note_changes"):
            self.instance.note_changes(self.changed_languages())


class AddressesField(forms.CharField):
    """Web addresses, one a line, as a list of at most `most`, each of at most `longest` characters."""

    most, longest = 50, 500
    widget = forms.Textarea(attrs={"rows": 3})
    default_error_messages = {
        "invalid_line": _("Line %(line)d is not a web address: “%(value)s”."),
        "long_line": _("Line %(line)d is too long: an address has at most %(longest)d characters."),
        "too_many": _("Give at most %(most)d addresses: these are %(count)d."),
    }

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial, data) -> bool:
        return super().has_changed(self.prepare_value(initial), (data or "").replace("\r\n", "\n"))

    def to_python(self, value) -> list[str]:
        if isinstance(value, list):
            return value
        lines = [(number, line.strip()) for number, line in enumerate((value or "").splitlines(), 1)]
        given = [(number, line) for number, line in lines if line]
        if len(given) > self.most:
            raise self._refusal("too_many", most=self.most, count=len(given))
        for number, line in given:
            self._check(number, line)
        return [line for _number, line in given]

    def _check(self, number: int, line: str) -> None:
        if len(line) > self.longest:
            raise self._refusal("long_line", line=number, longest=self.longest)
        # Django's own check lets a NUL pass, which the database does not.
        shown = "".join(character if character.isprintable() else "\ufffd" for character in line)
        try:
            URLValidator(schemes=["http", "https"])(line)
        except ValidationError as error:
            raise self._refusal("invalid_line", line=number, value=shown) from error
        if shown != line:
            raise self._refusal("invalid_line", line=number, value=shown)

    def _refusal(self, code: str, **params) -> ValidationError:
        return ValidationError(self.error_messages[code], params=params, code=code)
