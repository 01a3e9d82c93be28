"""“Your data”: reading it, taking it along, asking to be erased."""

from collections import Counter

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scn_portal.base.http.confirmation import Question, ask
from scn_portal.site.privacy import data_file, erasing, held

# The most rows of a table on the page; the file has all of them.
MAX_OF_A_TABLE = 25
# If a person has more rows of a table, a worker makes the file.
MOST_AT_ONCE = 1_000


@require_safe
def my_data(request):
    """What a person can do here, and the request that they have made."""
    return render(request, "site/privacy/my_data.html", {"waiting": erasing.waiting_of(request.user)})


@require_safe
@reauthentication_required
def my_data_page(request):
    """What the portal holds about the person, to read and to print; only the newest rows of a table, if it has many."""
    parts = held.held_about(request.user, most=MAX_OF_A_TABLE)
    of_a_table = Counter(row.model for part in parts for row in part.rows)
    is_cut = max(of_a_table.values()) >= MAX_OF_A_TABLE
    return render(request, "site/privacy/my_data_page.html", {"parts": parts, "is_cut": is_cut, "most": MAX_OF_A_TABLE})


@require_safe
@reauthentication_required
def my_data_file(request):
    """The same as JSON, with all rows: at once if they are few, else as a file that a worker makes."""
    now = timezone.now()
    response = data_file.asked_for(request)
    if response is None:
        try:
            data = held.as_json(request.user, at=now, most=MOST_AT_ONCE)
        except held.TooMuch:
            response = data_file.ask(request)
        else:
            response = HttpResponse(data_file.encoder.encode(data), content_type=data_file.CONTENT_TYPE)
    if response.status_code == 200:
        name = _("my-data-%(date)s.json") % {"date": f"{now:%Y-%m-%d}"}
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def erase_me(request):
    """Ask to be erased, after a confirmation. A person who needs no approval is erased at once."""
    person = request.user
    if request.method != "POST":
        return ask(request, _question_to(person))
    try:
        erasure = erasing.ask(person)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("my_data")
    if erasure.is_approved:
        logout(request)
        return render(request, "site/privacy/erased.html")
    messages.success(request, _("You have asked to be erased. The staff of the network decide, and we write to you."))
    return redirect("my_data")


@require_POST
def erase_me_not(request):
    """Withdraw the request."""
    erasing.withdraw(request.user)
    messages.success(request, _("Your request is withdrawn. Nothing was deleted."))
    return redirect("my_data")


def _question_to(person) -> Question:
    gone = [
        _("Your name, function, addresses, password, sessions, and what you typed and did not save are deleted."),
        _("What you did for a city stays, under “%(pseudonym)s”, and so do its pledges, practices and documents.")
        % {"pseudonym": person.pseudonym},
        _("You can no longer sign in, and your newsletter ends. Your address can be invited again later."),
        _("This cannot be undone. Download your data first, if you want to keep it."),
    ]
    if erasing.needs_approval(person):
        gone.append(_("The staff of the network decide first, so that your city keeps a focal point."))
        button = _("Ask to be erased")
    else:
        gone.append(_("It is done at once."))
        button = _("Erase my data now")
    return Question(title=_("Erase you from the portal?"), consequences=gone, button=button, back=reverse("my_data"))
