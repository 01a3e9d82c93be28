"""The settings that the staff agreed on for their desk, and the mails that each of them wants."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.editing.editing import Editing
from members.editing.given_back import gives_back
from members.editing.sent_once import Answer
from practices import queue
from practices.models import DeskSettings, MailChoice, ModeratorMail
from practices.views.desk.access import moderators_only


@gives_back
class DeskSettingsForm(forms.ModelForm):
    """Settings for the whole desk."""

    class Meta:
        model = DeskSettings
        fields = ["answer_days"]
        help_texts = {
            "answer_days": gettext_lazy(
                "After so many days with us, or with the city, the desk marks a submission as overdue. After half of "
                "them we remind all moderators, if nobody looks after it."
            )
        }
        error_messages = {"answer_days": {"required": gettext_lazy("Enter a number of days.")}}


class MailChoiceForm(forms.Form):
    """Which mails about submissions somebody wants."""

    choice = forms.ChoiceField(
        label=gettext_lazy("Tell me about submissions"),
        choices=MailChoice.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("You never get an email about a city that you act for."),
    )


@moderators_only
def desk_settings(request):
    """Set after how many days something is overdue."""
    row = DeskSettings.objects.get_or_create(pk=1)[0]
    editing = Editing(request, "desk-settings", DeskSettingsForm, row=row, among_staff=True)

    def keep(form: DeskSettingsForm) -> Answer:
        form.save()
        return Answer(reverse("desk_settings"), _("Saved. It holds for the whole desk at once."))

    return editing.save(keep) or editing.page("desk/settings.html", {"usual_wait": queue.usual_wait()})


@moderators_only
def desk_mails(request):
    """Choose when this moderator is told about submissions: for each, once a day, or never."""
    chosen = ModeratorMail.objects.filter(user=request.user).first() or ModeratorMail(user=request.user)
    form = MailChoiceForm(request.POST or None, initial={"choice": chosen.choice})
    if request.method == "POST" and form.is_valid():
        ModeratorMail.objects.update_or_create(user=request.user, defaults=form.cleaned_data)
        messages.success(request, _("Your choice is saved."))
        return redirect("desk_mails")
    return render(request, "desk/mails.html", {"form": form})
