"""For everybody with an account: who they are here."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.forms import ProfileForm


def profile(request):
    """Name, function, language and time zone. Mails and pages follow at once."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with override(user.language):
            messages.success(request, _("Your profile is saved. Emails and pages follow it from now on."))
            return redirect(reverse("profile"))
    if form.errors:  # the name above the page is the one that is kept
        request.user.refresh_from_db()
    return render(request, "members/profile.html", {"form": form, "now": timezone.now()})
