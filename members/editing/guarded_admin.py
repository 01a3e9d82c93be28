"""The admin form of a row that others edit too: a form that was opened before the last change saves nothing."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.editing.last_change import LastChange, last_change_of
from members.editing.values import digest

FIELD = "opened_at_change"


class GuardedForm(forms.ModelForm):
    """Carries the number of the last change before it was opened, and cannot be saved if there was a later one.

    For a row without history, it carries a digest of the values instead. `watched` names the relations whose rows are
    edited on the same page.
    """

    watched: tuple[str, ...] = ()
    opened_at_change = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial[FIELD] = self._state()[0]

    def clean(self) -> dict:
        super().clean()
        if self.instance.pk:
            type(self.instance)._default_manager.select_for_update(of=("self",)).get(pk=self.instance.pk)
            state, newest = self._state()
            if self.cleaned_data.get(FIELD) != state:
                self.add_error(None, ValidationError(_in_words(newest), code="overtaken"))
        return self.cleaned_data

    def _state(self) -> tuple[str, LastChange | None]:
        """The last changes of the row and of the watched rows, as a text, and the newest of these changes, if any."""
        edited = {name for name in self.fields if name in _columns(type(self.instance))}
        states = [_state_of(self.instance, edited)]
        for name in self.watched:
            for row in getattr(self.instance, name).order_by("pk"):
                states.append(_state_of(row, set(_columns(type(row)))))
        changes = [change for _state, change in states if change]
        return " ".join(state for state, _change in states), max(changes, key=lambda one: one.at, default=None)


def _columns(model: type[models.Model]) -> dict[str, models.Field]:
    """The columns that a form may have, without those that stand for the column of the active language."""
    found = {field.name: field for field in (*model._meta.concrete_fields, *model._meta.many_to_many) if field.editable}
    return {name: field for name, field in found.items() if f"{name}_fr" not in found}


def _state_of(row: models.Model, names: set[str]) -> tuple[str, LastChange | None]:
    """The number of the last change of `row`, and that change; for a row without history, a digest of the columns
    `names`, and None."""
    if change := last_change_of(row):
        return f"{row.pk}:{change.number}", change
    kept = type(row)._default_manager.get(pk=row.pk)  # the form has put its own values into `row`
    columns = _columns(type(row))
    return f"{row.pk}:{digest([_held(kept, columns[name]) for name in sorted(names)])}", None


def _held(row: models.Model, column: models.Field) -> str:
    value = column.value_from_object(row)
    if isinstance(column, models.ManyToManyField):
        value = sorted(each.pk for each in value)
    return f"{column.name}={value}"


def _in_words(change: LastChange | None) -> str:
    kept = _("Nothing is saved; what you typed stands below. Open the page again in another tab to see both.")
    if change is None:
        return f"{_('Somebody has changed this since you opened it.')} {kept}"
    words = {"date": date_format(timezone.localtime(change.at), "DATETIME_FORMAT")}
    if change.by is None:
        return f"{_('This has changed since you opened it, on %(date)s.') % words} {kept}"
    words["name"] = str(change.by)
    return f"{_('%(name)s has changed this since you opened it, on %(date)s.') % words} {kept}"


class GuardedAdmin(admin.ModelAdmin):
    """An admin whose form is a GuardedForm, with the same `watched`."""

    form = GuardedForm
    watched: tuple[str, ...] = ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"watched": self.watched})

    def get_object(self, request, object_id, from_field=None):
        """The row. If it is to be saved, it is locked before it is read, since the admin saves whole rows: so columns
        that are not in the form keep their values."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST":
            row.refresh_from_db(from_queryset=self.model._default_manager.select_for_update(of=("self",)))
        return row
