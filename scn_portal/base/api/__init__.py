"""What the API of each app is built from: responses, parameters, pages, schemas."""

from scn_portal.base.late_imports import import_without

# It asks Django's test framework for one signal: 400 files and unittest with them.
import_without("django.test", "ninja.conf")
