"""Context that only the pages of the demo have."""

from django.conf import settings

from scn_portal.demo.accounts import code_of


def demo_code(request) -> dict:
    """`demo_code`: the code that the app of the user who is signing in would show; "" for accounts that are not the
    demo's."""
    stage = getattr(request, "_login_stage", None) if settings.DEMO else None
    return {"demo_code": code_of(stage.login.user) if stage else ""}
