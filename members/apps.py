from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from members import followed  # noqa: F401  once the models of the packages are there: history follows them
        from members.sign_in import codes, second_factor, session_ends

        codes.keep_in_the_database()
        second_factor.connect()
        session_ends.connect()
