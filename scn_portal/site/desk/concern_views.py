"""The public page to report a concern, and the desk's list of them.

The public pages set no cookie and use no session. They take no CSRF token either: a forged request could only report
a concern, which anybody may.
"""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import get_language, get_language_from_path, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commitments.models import Pledge
from members.models import City
from practices.models import Revision
from practices.views.desk.access import moderators_only
from scn_portal.base.forms import AtMost
from scn_portal.base.http.public import public_page
from scn_portal.base.limits import TooMany, network_of
from scn_portal.base.lists import page_or_404
from scn_portal.base.models import PublicRecord
from scn_portal.base.one_line import one_line
from scn_portal.site.desk import concerns
from scn_portal.site.desk.forms import CloseConcernForm
from scn_portal.site.models import Concern

CONCERNS_PER_PAGE = 30
MAX_PATH = 500


class ConcernForm(forms.Form):
    """What somebody finds wrong with a page. `website` is a trap: readers do not see it, programs fill it in."""

    words = forms.CharField(
        label=gettext_lazy("What should we look at?"),
        help_text=gettext_lazy(
            "Say which words, picture or document, and why. Do not name anybody whom it could harm."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
        validators=[AtMost(4000)],
        error_messages={"required": gettext_lazy("Write what we should look at.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Your email address"),
        help_text=gettext_lazy("Only to tell you what became of it. We delete it after that."),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        validators=[one_line],
    )
    website = forms.CharField(
        label=gettext_lazy("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    page = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput, validators=[one_line])
    version = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput, validators=[one_line])


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def concern(request):
    """Report a concern about the page in `?page=`."""
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ("page", "version")}
    asked["version"] = asked["version"] or version_of(path_of_ours(asked["page"]))
    form = ConcernForm(request.POST if request.method == "POST" else None, initial=asked)
    page = path_of_ours(form["page"].value() or "")
    if request.method == "POST" and form.is_valid():
        if not form.cleaned_data["website"]:
            try:
                _report(request, form, page)
            except TooMany as refused:
                request.too_many = refused
                context = {"form": form, "page": page, "minutes": -(-refused.retry_after // 60)}
                return render(request, "site/concern.html", context)
        return redirect("concern_sent")
    return render(request, "site/concern.html", {"form": form, "page": page})


def _report(request, form: ConcernForm, page: str) -> None:
    told = {name: form.cleaned_data[name] for name in ("version", "words", "email")}
    concerns.report(**told, page=page, language=get_language(), network=network_of(request))


def path_of_ours(path: str) -> str:
    """`path` if it is one of the portal, without its query if it is too long; else “/”."""
    bare = path.partition("?")[0]
    if len(bare) > MAX_PATH or _resolved(bare) is None:
        return "/"
    return path if len(path) <= MAX_PATH else bare


def _resolved(path: str) -> ResolverMatch | None:
    """The view at `path`, whatever language the path is in; None if there is none."""
    with override(get_language_from_path(path) or get_language()):
        try:
            return resolve(path)
        except Resolver404:
            return None


def version_of(page: str) -> str:
    """The version of `page` that is public now: the number of the revision of a practice, the version of a pledge, or
    the time of the last change of a city. Empty for other pages."""
    found = _resolved(page.partition("?")[0])
    if found is None:
        return ""
    match found.url_name:
        case "practice_detail":
            live = Revision.objects.live().filter(practice__slug=found.kwargs["slug"]).first()
            return str(live.number) if live else ""
        case "pledge_detail":
            pledge = Pledge.objects.public().filter(pk=found.kwargs["pk"]).first()
            return str(pledge.version) if pledge else ""
        case "city_detail":
            city = City.objects.shown().filter(slug=found.kwargs["slug"]).first()
            changed = PublicRecord.objects.of_city(city.pk).last_change() if city else None
            return f"{changed:%Y-%m-%d %H:%M} UTC" if changed else ""
    return ""


@public_page()
def concern_sent(request):
    return render(request, "site/concern_sent.html")


# --- The desk --------------------------------------------------------------------------------------------------------


@require_safe
@moderators_only
def desk_concerns(request):
    """The open concerns, the longest waiting first; with `?closed` the closed ones, the last closed first."""
    is_closed = "closed" in request.GET
    rows = (
        Concern.objects.exclude(closed_at=None).order_by("-closed_at", "-pk") if is_closed else Concern.objects.open()
    )
    page = page_or_404(rows.select_related("closed_by", "answer"), request, per_page=CONCERNS_PER_PAGE)
    context = {"page": page, "is_closed": is_closed, "query": "closed" if is_closed else ""}
    return render(request, "desk/concerns.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@moderators_only
def desk_concern(request, pk: int):
    """One concern, with the form to close it and to answer."""
    rows = Concern.objects.select_related("closed_by", "answer")
    row = get_object_or_404(rows, pk=pk)
    form = CloseConcernForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            concerns.close(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            messages.success(request, _("Closed. They get your answer by email.") if row.email else _("Closed."))
            return redirect("desk_concerns")
    context = {"concern": rows.get(pk=pk), "form": form, "version_now": version_of(row.page)}
    return render(request, "desk/concern.html", context)
