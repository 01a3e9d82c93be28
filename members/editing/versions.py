"""A form that was opened at a version that is no longer the newest: its differences, and the writer's choices."""

from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from members.editing.opened import CHOICE, SHOWN, Opened
from members.editing.values import as_sent, compared, digest, in_words, writable_names


@dataclass(frozen=True)
class Difference:
    """A field with one value in the database (`theirs`) and another in the sent form (`yours`), both in words.

    `field` is that of the sent form. `take` is the choice that is offered: "theirs" if the writer changed nothing,
    "yours" if nobody else did, "" if the writer has to choose.
    """

    field: BoundField
    theirs: str
    yours: str
    take: str
    theirs_changed: bool
    is_undecided: bool = False

    @property
    def label(self) -> str:
        language = {"en": _("in English"), "fr": _("in French")}.get(self.field.field.widget.attrs.get("lang", ""))
        return f"{self.field.label} ({language})" if language else str(self.field.label)

    @property
    def input(self) -> str:
        """The field to edit."""
        attributes: dict[str, str | bool] = {"id": f"{self.choice}-text", "aria-label": self.label}
        return self.field.as_widget(attrs=attributes)

    @property
    def choice(self) -> str:
        return f"{CHOICE}{self.field.name}"

    @property
    def shown(self) -> tuple[str, str]:
        """The name and value of the hidden field that later tells whether the writer has edited the text again."""
        return f"{SHOWN}{self.field.name}", digest(self.field.form.data.getlist(self.field.name))


def differences(current: forms.BaseForm, sent: forms.BaseForm, opened: Opened, undecided: set[str]) -> list[Difference]:
    """The differences between `current`, an unbound form of the row as it is, and `sent`. Empty if nobody else changed
    these fields, unless there are `undecided` ones."""
    found = [
        _difference(sent[name], as_sent(current[name]), opened.digests.get(name), name in undecided)
        for name in writable_names(current)
        if name in sent.fields and compared(as_sent(current[name])) != compared(sent.data.getlist(name))
    ]
    return found if undecided or any(each.theirs_changed for each in found) else []


def _difference(field: BoundField, theirs: list[str], before: str | None, is_undecided: bool) -> Difference:
    yours = field.form.data.getlist(field.name)
    theirs_changed, yours_changed = digest(theirs) != before, digest(yours) != before
    take = "yours" if not theirs_changed else "theirs" if not yours_changed else ""
    said = in_words(field.field, theirs), in_words(field.field, yours)
    return Difference(field, *said, "" if is_undecided else take, theirs_changed, is_undecided)


def decide(data: QueryDict, current: forms.BaseForm) -> tuple[QueryDict, set[str]]:
    """`data` with the choices from the page that compares applied, and the names of the fields without a choice."""
    decided, undecided = data.copy(), set()
    for name in writable_names(current):
        if f"{SHOWN}{name}" not in data:
            continue
        choice = data.get(f"{CHOICE}{name}")
        is_edited = digest(data.getlist(name)) != data[f"{SHOWN}{name}"]
        if choice == "theirs" and not is_edited:
            decided.setlist(name, as_sent(current[name]))
        elif choice != "yours" and not (is_edited and not choice):
            undecided.add(name)
    return decided, undecided
