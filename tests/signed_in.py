"""`client.force_login` signs a user in as if they had just passed all steps of a sign-in, permanently.

The rules of signing in are tested with real sign-ins: tests/trust/test_sign_in*.py.
"""

from allauth.account.internal.flows import login
from django.contrib.auth.signals import user_logged_in

from members.sign_in import second_factor, session_ends

NEVER_OVER = 4_000_000_000  # in the year 2096


def by_force(request, user, **kwargs) -> None:
    if request.path:  # a real sign-in, since force_login creates an empty request
        return
    session = request.session
    session[second_factor.GIVEN] = str(user.pk)
    session[session_ends.SIGNED_IN] = session[session_ends.SEEN] = NEVER_OVER
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": NEVER_OVER}]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)


def connect() -> None:
    user_logged_in.connect(by_force, dispatch_uid="signed_in_by_force")
