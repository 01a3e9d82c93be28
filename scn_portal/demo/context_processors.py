"""What the pages of the demo say, and no other."""

from django.conf import settings

from scn_portal.demo.accounts import code_of


def demo_code(request) -> dict:
    """`demo_code`: what the app of whoever is signing in would show; "" for an account that the demo did not make."""
    stage = getattr(request, "_login_stage", None) if settings.DEMO else None
    return {"demo_code": code_of(stage.login.user) if stage else ""}
