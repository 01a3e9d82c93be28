"""A form whose session has ended, or whose token is no longer valid, is given back with everything that was sent.

The page shows what was sent and nothing else. It answers only requests from our own pages; otherwise, another site
could show words of its choice under our name.
"""

from copy import deepcopy
from typing import TypeVar

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.csrf import csrf_failure

from members.editing.opened import SEARCH, Opened, read
from scn_portal.base.forms import take_any_length
from scn_portal.base.http.same_site import is_from_our_page

AGAIN = "again"
AGAIN_SALT = "members.editing.again"
AGAIN_SECONDS = 24 * 60 * 60
FORMS: dict[str, type[forms.BaseForm]] = {}


F = TypeVar("F", bound=type[forms.BaseForm])


def gives_back(form_class: F) -> F:
    """Register the labels and fields of a form for the page that gives words back, which cannot ask the form's view."""
    FORMS[form_class.__name__] = form_class
    return form_class


def page_for(request: HttpRequest, *, second_step: str = "") -> HttpResponse | None:
    """The page that gives back what `request` sent; None unless one of our forms was sent from one of our pages.
    `second_step` is the address of the page on which the second step has to be given first."""
    opened = read(request.POST)
    return page(request, opened, second_step=second_step) if opened and is_from_our_page(request) else None


def page(request: HttpRequest, opened: Opened, problem: str = "", second_step: str = "") -> HttpResponse:
    """The page with what was sent, in its fields, and what to do next; `problem` is a further explanation, if any."""
    response = render(
        request,
        "editing/given_back.html",
        {
            "given": _form(opened, request.POST),
            "unknown": _unknown(opened, request.POST),
            "files": sorted(request.FILES),
            "again": _again(opened, request.path),
            "sign_in": f"{reverse('account_login')}?next={reverse('editing_signed_in')}",
            "is_signed_in": request.user.is_authenticated,
            "is_somebody_else": request.user.is_authenticated and request.user.pk != opened.user,
            "problem": problem,
            "second_step": second_step,
        },
        status=403,
    )
    add_never_cache_headers(response)
    return response


def _form(opened: Opened, data: QueryDict) -> forms.Form:
    """The fields of the form that were sent, as a form that validates nothing."""
    form = forms.Form(data)
    known = getattr(FORMS.get(opened.kind), "base_fields", {})
    form.fields = {name: deepcopy(field) for name, field in known.items() if name in data}
    if name_fields := getattr(FORMS.get(opened.kind), "name_fields", None):
        name_fields(form.fields)
    take_any_length(form.fields.values())
    for field in form.fields.values():
        field.one_language_is_enough = True  # nothing is required here, so no label says “optional”
    # Not validated: errors are shown once the form can be saved.
    form._errors = forms.utils.ErrorDict()
    return form


def _unknown(opened: Opened, data: QueryDict) -> list[tuple[str, str]]:
    """The names and values that were sent but that no field here can show, for hidden fields."""
    form = _form(opened, data)
    gone = ("csrfmiddlewaretoken", AGAIN, *SEARCH)  # “Save again” saves, even if the form was sent to search
    return [
        (name, value)
        for name, values in data.lists()
        for position, value in enumerate(values)
        if name not in gone and not _is_shown(form.fields.get(name), value, position)
    ]


def _is_shown(field: forms.Field | None, value: str, position: int) -> bool:
    if field is None:
        return False
    if hasattr(field, "choices"):
        return value in {str(choice) for choice, _label in field.choices}
    return position == 0


# --- Sending it again ------------------------------------------------------------------------------------------------


def _again(opened: Opened, path: str) -> str:
    """A proof that this page gave the form back. With it, the form can be sent again after a sign-in in another tab,
    which has made its token useless."""
    return signing.dumps([opened.number, path], salt=AGAIN_SALT)


def is_sent_again(request: HttpRequest) -> bool:
    """Whether we gave this form back to be sent to this address, and the person who had opened it sends it.

    Stricter than a CSRF token: another site can neither make the signatures nor pass for a page of ours.
    """
    try:
        number, path = signing.loads(request.POST.get(AGAIN, ""), salt=AGAIN_SALT, max_age=AGAIN_SECONDS)
    except (signing.BadSignature, ValueError, UnreadablePostError):
        return False
    opened = read(request.POST)
    if opened is None or (opened.number, request.path) != (number, path):
        return False
    return is_from_our_page(request) and request.user.pk == opened.user


class FormsGivenBackMiddleware:
    """Runs before Django's CSRF protection: a form that was given back may be sent again with its own proof."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request, callback, callback_args, callback_kwargs) -> None:
        # A view without CSRF protection may want the raw request, so it is not read here.
        if request.method == "POST" and not getattr(callback, "csrf_exempt", False) and is_sent_again(request):
            request.csrf_processing_done = True


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form without a valid token: it is given back if it is one of ours; otherwise, the plain page."""
    return page_for(request) or csrf_failure(request, reason=reason)
