"""What a form says beside a field left empty: what to do, in both languages."""

from importlib import import_module

import pytest
from django.conf import settings
from django.forms import BaseForm, Field
from django.utils.module_loading import import_string
from django.utils.translation import gettext, override

from practices.moderation import TRANSITIONS
from tests.factories import MembershipFactory, PledgeFactory, UserFactory

MODULES = ("members.forms", "members.allauth_forms", "members.city_csv", "commitments.forms", "digests.forms",
           "practices.forms", "scn_portal.site.todo.forms", "scn_portal.site.cities.people")  # fmt: skip


def own_forms() -> list[type[BaseForm]]:
    """Every form class that is defined in one of MODULES."""
    found = []
    for module in map(import_module, MODULES):
        found += [
            value for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, BaseForm) and value.__module__ == module.__name__
        ]  # fmt: skip
    return found


def an_empty_form(form: type[BaseForm]) -> BaseForm:
    """The form with nothing filled in."""
    name, arguments = form.__name__, {}
    if name == "ProgressUpdateForm":
        arguments = {"pledge": PledgeFactory()}
    elif name in ("VacancyForm", "RoleForm"):
        arguments = {"membership": MembershipFactory()}
    elif name == "RemovalForm":
        arguments = {"membership": MembershipFactory(), "drafts": 1}
    elif name == "FactForm":
        arguments = {"fact": "population"}
    elif name == "DecisionForm":
        arguments = {"verbs": list(TRANSITIONS.values())}
    elif name in ("ChoicesForm", "SubscribeForm"):
        arguments = {"language": "en"}
    elif name == "EditWebAuthnForm":
        arguments = {"instance": AnAuthenticator()}
    elif name in ("AddWebAuthnForm", "AuthenticateWebAuthnForm", "ReauthenticateWebAuthnForm", "ActivateTOTPForm",
                  "AuthenticateForm", "ReauthenticateForm", "ReauthenticateWithCodeForm", "AddEmailForm",
                  "ChangePasswordForm", "SetPasswordForm"):  # fmt: skip
        arguments = {"user": UserFactory()}
    return form(**arguments)


class AnAuthenticator:
    """A stand-in for a key that has a name."""

    name = "Key"

    def wrap(self):
        return self


@pytest.fixture(autouse=True)
def a_request(rf):
    """allauth's forms look at the request that is being answered."""
    from allauth.core import context

    request = rf.get("/")
    request.session = {}
    with context.request_context(request):
        yield


@pytest.mark.django_db
@pytest.mark.parametrize("form", own_forms(), ids=lambda form: form.__name__)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_required_field_left_empty_says_what_to_do(form, language):
    with override(language):
        fields = an_empty_form(form).fields.items()
        said = {name: str(field.error_messages["required"]) for name, field in fields if field.required}
        default = gettext(str(Field.default_error_messages["required"]))
        assert [name for name, message in said.items() if message == default] == []
    with override("en" if language == "fr" else "fr"):
        others = {name: str(field.error_messages["required"]) for name, field in fields if field.required}
    assert [name for name, message in said.items() if message == others[name]] == []


def test_every_form_of_allauth_that_asks_for_something_is_ours():
    from allauth.account import forms as account
    from allauth.mfa.base import forms as mfa
    from allauth.mfa.totp import forms as totp
    from allauth.mfa.webauthn import forms as webauthn

    used = {import_string(path) for path in (*settings.ACCOUNT_FORMS.values(), *settings.MFA_FORMS.values())}
    # What is not in use here: codes by mail, telephones, sign-up with a passkey alone.
    unused = {"UserForm", "UserTokenForm", "RequestLoginCodeForm", "BaseConfirmCodeForm", "ConfirmLoginCodeForm",
              "ConfirmEmailVerificationCodeForm", "ConfirmPasswordResetCodeForm", "VerifyPhoneForm", "ChangePhoneForm",
              "ChangeEmailForm", "BaseSignupForm", "BaseAuthenticateForm", "DeactivateTOTPForm", "_BaseAddWebAuthnForm",
              "SignupWebAuthnForm", "LoginWebAuthnForm"}  # fmt: skip
    missing = [
        name
        for module in (account, mfa, totp, webauthn)
        for name, theirs in vars(module).items()
        if isinstance(theirs, type) and issubclass(theirs, BaseForm) and theirs.__module__ == module.__name__
        if name not in unused and not any(issubclass(form, theirs) for form in used)
    ]
    assert missing == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "language", "message"),
    [
        ("/en/accounts/login/", "en", "Enter your email address."),
        ("/fr/accounts/login/", "fr", "Saisissez votre adresse courriel."),
        ("/en/newsletter/", "en", "Enter your email address."),
        ("/fr/infolettre/", "fr", "Saisissez votre adresse courriel."),
        ("/en/accounts/password/reset/", "en", "Enter your email address."),
        ("/fr/accounts/password/reset/", "fr", "Saisissez votre adresse courriel."),
    ],
)
def test_the_page_says_it(client, address, language, message):
    page = client.post(address, {"password": ""}).content.decode()
    assert message in page
    assert "This field is required" not in page
    assert "Ce champ est obligatoire" not in page
