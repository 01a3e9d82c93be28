"""The desk of the newsletter: how each frequency stands, what its next issue would tell, and what staff decide."""

from functools import wraps

from django.contrib import messages
from django.core.mail import get_connection
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from digests import composing, content, sending
from digests.forms import IntroductionForm
from digests.models import Delivery, Frequency, Issue, Subscription
from digests.views import TEST_TOKEN
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.languages import CODES, other
from scn_portal.base.links import absolute_url
from scn_portal.base.mail import bulk


def newsletter_staff_only(view):
    """To anybody else this desk does not exist; nor does a frequency that there is not."""

    @never_cache
    @wraps(view)
    def wrapped(request, **kwargs):
        if not request.user.has_perm("digests.run_newsletter"):
            raise Http404
        if "frequency" in kwargs and kwargs["frequency"] not in Frequency.values:
            raise Http404
        return view(request, **kwargs)

    return wrapped


@require_safe
@newsletter_staff_only
def newsletter_desk(request):
    """Each frequency: when it comes next, to how many, and what became of its last issue."""
    return render(request, "digests/desk.html", {"rows": [_standing(frequency) for frequency in Frequency]})


def _standing(frequency: Frequency) -> dict:
    outcomes = {
        name: Count("deliveries", filter=Q(deliveries__outcome=outcome))
        for name, outcome in (
            ("waiting", Delivery.Outcome.WAITING),
            ("sent", Delivery.Outcome.SENT),
            ("refused", Delivery.Outcome.REFUSED),
        )
    }
    return {
        "frequency": frequency,
        "next": composing.next_boundary(frequency, timezone.now()),
        "upcoming": composing.upcoming(frequency),
        "readers": _readers(frequency).count(),
        "last": Issue.objects.filter(frequency=frequency).annotate(**outcomes).order_by("ends_at").last(),
    }


def _readers(frequency: str):
    return Subscription.objects.active().filter(frequency=frequency)


@require_http_methods(["GET", "HEAD", "POST"])
@newsletter_staff_only
def newsletter_next(request, frequency: str):
    """The next issue as it would be now, in each language, and what can be done about it."""
    upcoming = composing.upcoming(frequency)
    sent = request.POST if request.POST.get("verb") == "introduce" else None
    form = IntroductionForm(
        sent, initial={f"introduction_{code}": getattr(upcoming, f"introduction_{code}") for code in CODES}
    )
    if request.method == "POST":
        verb = VERBS.get(request.POST.get("verb", ""))
        if verb is None:
            raise Http404
        if verb(request, frequency, form):
            return redirect("newsletter_next", frequency=frequency)
    context = {
        **_standing(Frequency(frequency)),
        "form": form,
        # The reader's own language first.
        "previews": [
            each
            for code in (request.LANGUAGE_CODE, other(request.LANGUAGE_CODE))
            if (each := _preview(frequency, code))
        ],
    }
    return render(request, "digests/desk_next.html", context)


def _preview(frequency: str, language: str) -> dict | None:
    """The next issue for readers of `language` who follow everything; None where there is nothing to tell."""

    def write(issue: Issue) -> dict | None:
        told = content.contents(issue, language)
        if not told:
            return None
        letter = sending.issue_mail(issue, told, language)
        return {"language": language, "contents": told, "subject": letter.subject, "text": letter.body}

    return composing.preview(frequency, write)


# --- What staff do: each says by a message what came of it, and returns whether to show the page afresh --------------


def _introduce(request, frequency: str, form: IntroductionForm) -> bool:
    if not form.is_valid():
        return False
    composing.introduce(frequency, **{code: form.cleaned_data[f"introduction_{code}"] for code in CODES})
    messages.success(request, _("Saved. The next issue begins with it."))
    return True


def _pause(request, frequency: str, _form) -> bool:
    composing.pause(frequency, by=request.user)
    messages.success(request, _("Paused. No issue is composed until you resume it; nothing is lost meanwhile."))
    return True


def _resume(request, frequency: str, _form) -> bool:
    composing.resume(frequency)
    messages.success(request, _("Resumed. The next issue tells all since the last one."))
    return True


def _test(request, frequency: str, _form) -> bool:
    """One mail in each language, to whoever asks for it alone."""
    letters = [each for code in CODES if (each := _test_mail(frequency, code, request.user.email))]
    if not letters:
        messages.warning(request, _("There is nothing new to send yet."))
        return True
    connection = get_connection()
    try:
        mail.send_now([filled for filled, _language, _id in letters], connection)
    except (mail.ServerAway, OSError):
        messages.error(request, _("The mail server did not take the test. Try again in a few minutes."))
        return True
    finally:
        connection.close()
    for _filled, language, message_id in letters:
        mail.log_sent("digest", message_id, language)
    messages.success(request, _("The test is on its way to %(email)s.") % {"email": request.user.email})
    return True


def _test_mail(frequency: str, language: str, address: str) -> tuple[bulk.RenderedMail, str, str] | None:
    """The next issue in `language`, marked as a test. Its links of a reader lead to a page that says so."""

    def write(issue: Issue) -> tuple[bulk.RenderedMail, str, str] | None:
        told = content.contents(issue, language)
        if not told:
            return None
        letter = sending.issue_mail(issue, told, language)
        with override(language):
            letter.subject = f"[{_('Test')}] {letter.subject}"
            links = {
                name: absolute_url(reverse(f"newsletter_{name}", args=[TEST_TOKEN]))
                for name in ("unsubscribe", "preferences")
            }
        own = {"address": address, "message_id": mail.new_message_id(), **links}
        return bulk.BulkTemplate(letter).fill(own), language, own["message_id"]

    return composing.preview(frequency, write)


VERBS = {"introduce": _introduce, "pause": _pause, "resume": _resume, "test": _test}


@require_http_methods(["GET", "HEAD", "POST"])
@newsletter_staff_only
def newsletter_send(request, frequency: str):
    """Send the next issue before its day: GET asks, POST acts."""
    if request.method == "POST":
        _send_now(request, frequency)
        return redirect("newsletter_desk")
    subject = composing.preview(frequency, lambda issue: _subject(issue, request.LANGUAGE_CODE))
    context = {
        **_standing(Frequency(frequency)),
        "subject": subject,
    }
    return render(request, "digests/desk_send.html", context)


def _subject(issue: Issue, language: str) -> str:
    told = content.contents(issue, language)
    return told.subject if told else ""


def _send_now(request, frequency: str) -> None:
    try:
        issue = composing.compose_issue(frequency, timezone.now())
    except composing.Paused:
        messages.error(request, _("It is paused: nothing was sent. Resume it first."))
        return
    if issue is None:
        messages.warning(request, _("Nothing was sent: there is nothing new, or nobody to tell."))
        return
    run_after_commit("digests.tasks.deliver")
    count = issue.deliveries.count()
    said = ngettext("On its way to %(count)s reader.", "On its way to %(count)s readers.", count)
    messages.success(request, said % {"count": count})
