"""The admin's form of a row that others edit too: one that was opened before the last change saves nothing."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.editing.last_change import LastChange, last_change_of

FIELD = "opened_at_change"


class GuardedForm(forms.ModelForm):
    """Carries the number of the last change that it was opened on, and refuses to be saved on a later one.

    `watched` names the relations whose rows are edited on the same page.
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
        """Which changes of the row and of the watched rows were the last, and the newest of them."""
        watched: list[models.Model] = [self.instance]
        for name in self.watched:
            watched += getattr(self.instance, name).order_by("pk")
        changes = [(row.pk, last_change_of(row)) for row in watched]
        state = " ".join(f"{pk}:{change.number}" for pk, change in changes if change)
        return state, max((change for _pk, change in changes if change), key=lambda one: one.at, default=None)


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
    """An admin whose form is a GuardedForm. `watched` as there."""

    form = GuardedForm
    watched: tuple[str, ...] = ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"watched": self.watched})
