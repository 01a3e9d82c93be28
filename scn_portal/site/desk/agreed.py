"""What the staff agreed on for their desk, and which mails each of them wants."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from practices import queue
from practices.models import DeskSettings, MailChoice, ModeratorMail
from practices.views.desk.access import moderators_only


class DeskSettingsForm(forms.ModelForm):
    """What holds for all of the desk."""

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
    """After how many days something is overdue."""
    form = DeskSettingsForm(request.POST or None, instance=DeskSettings.load())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. It holds for the whole desk at once."))
        return redirect("desk_settings")
    return render(request, "desk/settings.html", {"form": form, "usual_wait": queue.usual_wait()})


@moderators_only
def desk_mails(request):
    """When this moderator is told of submissions: for each, once a day, or never."""
    chosen = ModeratorMail.objects.filter(user=request.user).first() or ModeratorMail(user=request.user)
    form = MailChoiceForm(request.POST or None, initial={"choice": chosen.choice})
    if request.method == "POST" and form.is_valid():
        ModeratorMail.objects.update_or_create(user=request.user, defaults=form.cleaned_data)
        messages.success(request, _("Your choice is saved."))
        return redirect("desk_mails")
    return render(request, "desk/mails.html", {"form": form})
