"""The desk of the newsletter: the state of each frequency, a preview of its next issue, and what staff decide."""

from collections.abc import Mapping
from functools import wraps

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from digests import tallies
from digests.delivery.rendering import render_issue, render_text
from digests.forms import IntroductionForm
from digests.issues import preparation
from digests.issues.compose import Paused, compose_issue
from digests.issues.contents import (
    MAX_ON_PAGES,
    Contents,
    contents_for_page,
    get_contents,
    keys_for_page,
    subject_for_page,
)
from digests.issues.schedule import next_boundary
from digests.models import Frequency, Issue, NextIssue
from digests.views import TEST_TOKEN
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.sign_in.asked_again import ask_again
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.http.decorators import permission_or_404
from scn_portal.base.languages import CODES, other
from scn_portal.base.links import absolute_url
from scn_portal.base.lists import page_or_404
from scn_portal.base.mail import bulk

AHEAD_PER_PAGE = 15


def newsletter_staff_only(view):
    """A decorator for views: 404 for everybody else, and for an unknown frequency."""

    @never_cache
    @permission_or_404("digests.run_newsletter")
    @wraps(view)
    def wrapped(request, **kwargs):
        if "frequency" in kwargs and kwargs["frequency"] not in Frequency.values:
            raise Http404
        return view(request, **kwargs)

    return wrapped


@require_safe
@newsletter_staff_only
def newsletter_desk(request):
    """For each frequency the date of the next issue, the number of readers, and the outcome of the last issue.

    Nothing is counted beyond 10,000.
    """
    return render(request, "digests/desk.html", {"rows": [_frequency_context(frequency) for frequency in Frequency]})


def _frequency_context(frequency: Frequency) -> dict:
    last = Issue.objects.filter(frequency=frequency).order_by("ends_at").last()
    return {
        "frequency": frequency,
        "next": next_boundary(frequency, timezone.now()),
        "upcoming": NextIssue.of(frequency),
        "last": last,
        "readers": tallies.readers(frequency),
        **(tallies.outcomes(last) if last else tallies.NOTHING_SENT),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@newsletter_staff_only
def newsletter_next(request, frequency: str):
    """Preview the next issue in each language; the POST saves its introduction or runs one of ACTIONS."""
    if request.method == "POST" and request.POST.get("verb") != "introduce":
        if request.POST.get("verb") not in ACTIONS:
            raise Http404
        ACTIONS[request.POST["verb"]](request, frequency)
        return redirect("newsletter_next", frequency=frequency)
    editing = Editing(
        request, f"newsletter:{frequency}", IntroductionForm, row=NextIssue.of(frequency), among_staff=True
    )

    def introduce(form: IntroductionForm) -> Answer:
        texts = {code: form.cleaned_data[f"introduction_{code}"] for code in CODES}
        preparation.set_introduction(frequency, **texts)
        return Answer(request.path, _("Saved. It will open the next issue."))

    return editing.save(introduce) or editing.page("digests/desk_next.html", _next_context(request, frequency))


def _next_context(request, frequency: str) -> dict:
    # The reader's own language first.
    languages = (request.LANGUAGE_CODE, other(request.LANGUAGE_CODE))

    def read(issue: Issue) -> dict:
        keys, cut = keys_for_page(issue)
        page = page_or_404(keys, request, per_page=AHEAD_PER_PAGE)
        ahead = preparation.read_ahead(frequency, page, request.LANGUAGE_CODE)
        return {
            "ahead": ahead,
            "page": page,
            "is_cut": bool(cut),
            "most": MAX_ON_PAGES,
            "previews": _previews(issue, contents_for_page(issue, languages, keys, cut)),
        }

    return _frequency_context(Frequency(frequency)) | (preparation.look_ahead(frequency, read) or {})


def _previews(issue: Issue, told: Mapping[str, Contents]) -> list[dict]:
    """The next issue in each language, for readers who follow everything; languages with nothing new are left out."""
    previews = []
    for language, contents in told.items():
        if contents:
            subject, text = render_text(issue, contents, language)
            previews.append({"language": language, "contents": contents, "subject": subject, "text": text})
    return previews


# --- Actions: each reports its result as a message -------------------------------------------------------------------


def _pause(request, frequency: str) -> None:
    preparation.pause(frequency, by=request.user)
    messages.success(
        request, _("Paused. No issue is sent until you resume; the next one will then include everything.")
    )


def _resume(request, frequency: str) -> None:
    preparation.resume(frequency)
    messages.success(request, _("Resumed. The next issue covers everything since the last one."))


def _test(request, frequency: str) -> None:
    """Send one mail in each language, only to this member of staff."""
    rendered = [row for code in CODES if (row := _test_mail(frequency, code, request.user.email))]
    if not rendered:
        messages.warning(request, _("There is nothing new to send yet."))
        return
    connection = get_connection()
    try:
        mail.send_now([message for message, _language, _id in rendered], connection)
    except (mail.ServerAway, OSError):
        messages.error(request, _("The mail server did not accept the test. Try again in a few minutes."))
        return
    finally:
        connection.close()
    for _message, language, message_id in rendered:
        mail.log_sent("digest", message_id, language)
    messages.success(request, _("We are sending the test to %(email)s.") % {"email": request.user.email})


def _test_mail(frequency: str, language: str, address: str) -> tuple[bulk.RenderedMail, str, str] | None:
    """The next issue in `language`, marked as a test, with its language and Message-ID.

    Its personal links lead to a page that says that it is a test.
    """

    def render_test(issue: Issue) -> tuple[bulk.RenderedMail, str, str] | None:
        contents = get_contents(issue, language)
        if not contents:
            return None
        message = render_issue(issue, contents, language)
        with override(language):
            message.subject = f"[{_('Test')}] {message.subject}"
            links = {
                name: absolute_url(reverse(f"newsletter_{name}", args=[TEST_TOKEN]))
                for name in ("unsubscribe", "preferences")
            }
        values = {"address": address, "message_id": mail.new_message_id(), **links}
        return bulk.BulkTemplate(message).fill(values), language, values["message_id"]

    return preparation.preview(frequency, render_test)


def _choose(request, frequency: str) -> None:
    """Leave an item out, put it off, or take that back."""
    choice = request.POST.get("verb", "")
    try:
        preparation.choose(frequency, request.POST.get("item", ""), choice, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, str(CHOSEN[choice]))


CHOSEN: dict[str, str | Promise] = {
    "leave_out": gettext_lazy("Left out: no issue has it, weekly or monthly."),
    "put_off": gettext_lazy("Put off: the issue after the next one has it."),
    "take_back": gettext_lazy("The next issue has it again."),
}
ACTIONS = {"pause": _pause, "resume": _resume, "test": _test, **dict.fromkeys(CHOSEN, _choose)}


@require_http_methods(["GET", "HEAD", "POST"])
@newsletter_staff_only
def newsletter_send(request, frequency: str):
    """Send the next issue before its day: GET asks for confirmation, POST sends."""
    if request.method == "POST":
        ask_again(request)
        _send_now(request, frequency)
        return redirect("newsletter_desk")
    subject = preparation.preview(frequency, lambda issue: subject_for_page(issue, request.LANGUAGE_CODE))
    context = {**_frequency_context(Frequency(frequency)), "subject": subject}
    return render(request, "digests/desk_send.html", context)


def _send_now(request, frequency: str) -> None:
    try:
        issue = compose_issue(frequency, timezone.now())
    except Paused:
        messages.error(request, _("The newsletter is paused, so nothing was sent. Resume it first."))
        return
    if issue is None:
        messages.warning(request, _("Nothing was sent: there is nothing new, or there are no readers."))
        return
    run_after_commit("digests.tasks.deliver")
    count = issue.deliveries.count()
    message = ngettext("Sending it to %(count)s reader.", "Sending it to %(count)s readers.", count)
    messages.success(request, message % {"count": count})
