"""What the forms of every app share: writing in one language or both, and lists of addresses."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from scn_portal.languages import CODES, other


class BilingualForm(forms.ModelForm):
    """A form whose texts may be given in French, in English or in both.

    Meta says `translated = (...)`, the names without their language; the first of them (`title`, say) must be there
    in at least one language. The language first written in is remembered and stays the source until its text is
    emptied; with both given at once it is the language of the page.
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
    """Web addresses, one a line, as a list."""

    widget = forms.Textarea(attrs={"rows": 3})
    default_error_messages = {"invalid_line": _("Line %(line)d is not a web address: “%(value)s”.")}

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial, data) -> bool:
        return super().has_changed(self.prepare_value(initial), (data or "").replace("\r\n", "\n"))

    def to_python(self, value) -> list[str]:
        if isinstance(value, list):
            return value
        lines = [(number, line.strip()) for number, line in enumerate((value or "").splitlines(), 1)]
        return [self._checked(number, line) for number, line in lines if line]

    def _checked(self, number: int, line: str) -> str:
        try:
            URLValidator(schemes=["http", "https"])(line)
        except ValidationError as error:
            message = self.error_messages["invalid_line"]
            raise ValidationError(message, params={"line": number, "value": line}, code="invalid_line") from error
        return line
