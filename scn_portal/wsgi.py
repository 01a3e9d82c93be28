"""The WSGI entry, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scn_portal.settings")
os.environ["SCN_PROCESS"] = "web"  # read by the settings

application = get_wsgi_application()

from scn_portal.base.database_roles import starting  # noqa: E402  Django is to be set up first

starting.refuse_as_owner()
