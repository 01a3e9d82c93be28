"""The form of a progress update, with the practices of its city."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commitments.forms import ProgressUpdateForm
from members.editing.given_back import gives_back
from practices import evidence
from practices.models import Practice

# No form lists the practices of a city that has hundreds.
MAX_OFFERED = 50


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
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offered = evidence.of_city(self.pledge.city) if self.pledge.city_id else Practice.objects.none()
        latest = list(offered.order_by("-pk").values_list("pk", flat=True)[: MAX_OFFERED + 1])
        if latest:
            self._offer(offered, latest)
        else:
            del self.fields["practices"]

    def _offer(self, offered: QuerySet[Practice], latest: list[int]) -> None:
        """All are valid; where there are many, the latest are shown, and those that are chosen."""
        field = self.fields["practices"]
        field.queryset = offered
        if len(latest) > MAX_OFFERED:
            chosen = [int(key) for each in self["practices"].value() or () if (key := str(each)).isdecimal()]
            shown = offered.filter(pk__in=[*latest[:MAX_OFFERED], *chosen[:MAX_OFFERED]]).order_by("-pk")
            field.widget.choices = [(each.pk, field.label_from_instance(each)) for each in shown]
            field.help_text = _("Those that show it. The latest %(count)d of your city are on offer.") % {
                "count": MAX_OFFERED
            }
