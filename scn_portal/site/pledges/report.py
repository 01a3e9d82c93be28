"""The form of a progress update, with the practices of its city."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commitments.forms import ProgressUpdateForm
from members.editing.given_back import gives_back
from practices import evidence
from practices.models import Practice


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
        if offered.exists():
            self.fields["practices"].queryset = offered
        else:
            del self.fields["practices"]
