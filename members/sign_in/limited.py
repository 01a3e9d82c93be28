"""The limits of allauth's forms, in one table. allauth's own limits would be in the cache."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from members.sign_in import guesses
from scn_portal.base.http.error_pages import too_many
from scn_portal.base.limits import TooMany


def _asks_for_a_link(request: HttpRequest) -> None:
    guesses.password_reset(request, request.POST.get("email", ""))


def _asks_for_a_code(request: HttpRequest) -> None:
    guesses.sign_in_code(request, request.POST.get("email", ""))


def _changes_an_account(request: HttpRequest) -> None:
    if request.user.is_authenticated:
        guesses.own_change(request.user)


# By the name of the URL pattern. Passwords and codes of the second step are counted when they are checked.
FORMS: dict[str, Callable[[HttpRequest], None]] = {
    "account_reset_password": _asks_for_a_link,
    "account_request_login_code": _asks_for_a_code,
    "account_confirm_login_code": guesses.form_of_accounts,
    "account_reset_password_from_key": guesses.form_of_accounts,
    "account_signup": guesses.form_of_accounts,
    "mfa_login_webauthn": guesses.form_of_accounts,
    "account_email": _changes_an_account,
    "account_change_password": _changes_an_account,
    "account_set_password": _changes_an_account,
    "mfa_activate_totp": _changes_an_account,
    "mfa_add_webauthn": _changes_an_account,
    "mfa_generate_recovery_codes": _changes_an_account,
}


class LimitedFormsMiddleware:
    """Counts each form of FORMS that is sent; answers 429 if a limit is reached."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if request.method == "POST" and name in FORMS:
            try:
                FORMS[name](request)
            except TooMany as refused:
                return too_many(request, refused)
        return None
