"""The form of a progress update, with the practices of its city."""

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commitments.forms import ProgressUpdateForm
from members.editing.given_back import gives_back
from members.editing.opened import TAKE
from practices import evidence
from practices.fields import ChosenBoxes, keys_in
from practices.models import Practice

# The form does not list all practices of a city that has hundreds: it offers the latest, and a search finds the others.
MAX_OFFERED, MAX_FOUND = 50, 10


def _with_taken(data: QueryDict | None) -> QueryDict | None:
    """`data` with the practices that were taken from the search results added to the chosen ones."""
    if not data or TAKE not in data:
        return data
    taken = data.copy()
    taken.setlist("practices", [*data.getlist("practices"), *taken.pop(TAKE)])
    return taken


class PracticesField(forms.ModelMultipleChoiceField):
    """Published practices, by their titles."""

    def label_from_instance(self, practice: Practice) -> str:
        assert practice.live, "only published ones are on offer"
        return practice.live.text("title", get_language()).value


@gives_back
class ReportForm(ProgressUpdateForm):
    """Report how a pledge stands, with what shows it: addresses, files, and practices of the city."""

    practices = PracticesField(
        Practice.objects.none(),
        label=_("Practices of your city"),
        help_text=_("Those that show it."),
        required=False,
        widget=ChosenBoxes,
    )

    has_search = False  # for practices of the city beyond the latest

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(_with_taken(data), *args, **kwargs)
        offered = evidence.of_city(self.pledge.city) if self.pledge.city_id else Practice.objects.none()
        latest = list(offered.order_by("-pk").values_list("pk", flat=True)[: MAX_OFFERED + 1])
        if latest:
            self._offer_latest(offered, latest)
        else:
            del self.fields["practices"]

    def _offer_latest(self, offered: QuerySet[Practice], latest: list[int]) -> None:
        """Accept all practices; if there are many, show only the latest and the chosen ones."""
        field = self.fields["practices"]
        field.queryset = offered.order_by("-pk")
        field.widget.offered = latest[:MAX_OFFERED]
        self.has_search = len(latest) > MAX_OFFERED
        if self.has_search:
            field.help_text = _(
                "Those that show it. The latest %(count)d of your city are on offer; search below for others."
            ) % {"count": MAX_OFFERED}

    def found_by(self, words: str) -> list[tuple[int, str]]:
        """The practices of the city that `words` find and that the form does not show: their keys and titles."""
        field = self.fields["practices"]
        shown = [*field.widget.offered, *keys_in(self["practices"].value() or ())]
        found = evidence.found_by(words, self.pledge.city).exclude(pk__in=shown)
        return [(each.pk, field.label_from_instance(each)) for each in found[:MAX_FOUND]]
