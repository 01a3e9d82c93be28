"""The part of a form that moves a due date: if the date is public, it asks for a reason."""

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commitments.models import Pledge
from scn_portal.base.forms import PartialDatesForm

WHY_IT_MOVES = _("Only where you move the due date. It stands on the public page, with both dates.")


class MovesItsDueDate(PartialDatesForm):
    """A mixin for the form of a row with a due date: if the date is public, moving it requires a reason."""

    partial_dates = {"due_on": "due"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.due_before = self.instance.due if self.pledge().published_at else ""
        if self.due_before:
            # The reason of the last move says nothing about the next one.
            self.initial["extension_reason"] = ""
        else:
            del self.fields["extension_reason"]

    def reason_typed(self) -> list[str]:
        """The name of the reason field if a reason was typed, since the public reads it; else an empty list."""
        return ["extension_reason"] if self.is_bound and "extension_reason" in self.changed_data else []

    def pledge(self) -> Pledge:
        """The pledge that the row belongs to; the row itself if it is a pledge."""
        return self.instance

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.due_before or "due_on" not in cleaned:
            return cleaned
        is_moved = cleaned["due_on"] != self.due_before
        if is_moved and not cleaned.get("extension_reason"):
            self.add_error("extension_reason", _("Say why the due date moves."))
        elif is_moved:
            self.instance.extension_language, self.instance.extension_noted_at = get_language(), timezone.now()
        else:
            cleaned["extension_reason"] = self.instance.extension_reason
        return cleaned
