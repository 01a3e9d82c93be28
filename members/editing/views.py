"""Views that all forms share: keeping words while they are typed, leaving a form, discarding its words."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members.editing import given_back, presence, scratch, sent_once
from members.editing.opened import Opened, read


@require_POST
@login_not_required
def keep(request):
    """Keep what is being typed. The answer is `{"time": …, "others": […]}`, or `{"problem": …}` with a sentence."""
    opened = read(request.POST)
    if not request.user.is_authenticated or opened is None or opened.user != request.user.pk:
        problem = _("You are signed out: sign in, in another tab. Your words stay on this page.")
        return JsonResponse({"problem": problem}, status=401)
    if sent_once.is_sent(request.user, opened):
        return JsonResponse({"problem": _("This form is saved already.")}, status=409)
    try:
        time = scratch.keep(request.user, opened, request.POST)
    except ValidationError as error:
        return JsonResponse({"problem": error.messages[0]}, status=413)
    presence.note(request.user, opened.form)
    others = presence.others(request.user, opened.form, among_staff=opened.among_staff)
    return JsonResponse({"time": date_format(timezone.localtime(time), "TIME_FORMAT"), "others": others})


@require_POST
def leave(request):
    """Keep the words of a form and go where its button leads: to the other language, or to another page (“Cancel”)."""
    opened = _own(request, request.POST)
    try:
        scratch.keep(request.user, opened, request.POST)
    except ValidationError as error:
        return given_back.page(request, opened, problem=error.messages[0])
    if "cancel_to" in request.POST:
        presence.leave(request.user, opened.form)
        if opened.is_changed_by(request.POST):
            messages.success(request, _("Not saved. Your words are kept for you: open the form again to go on."))
    return redirect(_ours(request, request.POST.get("cancel_to") or request.POST.get("leave_to", "")))


def discard(request):
    """Ask whether to discard the kept words of a form; a POST does it."""
    opened = _own(request, request.POST or request.GET)
    address = _ours(request, (request.POST or request.GET).get("next", ""))
    if request.method == "POST":
        scratch.discard(request.user, opened.form)
        messages.success(request, _("Discarded. The form shows what is saved."))
        return redirect(address)
    context = {"scratch": scratch.kept(request.user, opened.form), "opened": opened.signed(), "address": address}
    return render(request, "editing/discard.html", context)


@require_safe
def signed_in(request):
    """The page after a sign-in in a new tab: the words wait in the other one."""
    return render(request, "editing/signed_in.html")


def _own(request, data: QueryDict) -> Opened:
    opened = read(data)
    if opened is None or opened.user != request.user.pk:
        raise Http404
    return opened


def _ours(request, address: str) -> str:
    """`address`, if it is on this site; otherwise raises Http404."""
    if not address.startswith("/") or not url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}):
        raise Http404
    return address
