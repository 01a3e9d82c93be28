"""For everybody with an account: their profile."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.forms import ProfileForm
from members.models import User


def profile(request):
    """Edit the name, function, language and time zone. Mails and pages use them at once."""
    person = User.objects.get(pk=request.user.pk)  # a copy, so that the page header shows the saved name
    editing = Editing(request, "profile", ProfileForm, row=person)

    def keep(form: ProfileForm) -> Answer:
        user = form.save()
        with override(user.language):
            return Answer(reverse("profile"), _("Your profile is saved. Emails and pages follow it from now on."))

    return editing.save(keep) or editing.page("members/profile.html", {"now": timezone.now()})
