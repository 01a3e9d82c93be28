from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from scn_portal.base.late_imports import import_when_used

        # Before the URLs are loaded: FIDO2, with its list of all domains, is loaded only when somebody uses a passkey.
        import_when_used("allauth.mfa.webauthn.internal.auth")

        from members import followed  # noqa: F401  history follows models of packages, which are loaded only now
        from members.sign_in import codes, second_factor, session_ends

        codes.keep_in_the_database()
        second_factor.connect()
        session_ends.connect()
