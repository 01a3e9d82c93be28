"""The bare view that `bench/floor.py` compares with: Django's default middleware, one query, fifty rows."""

from functools import cache

import django
import environs
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.template import engines
from django.urls import path

_TEMPLATE = """<!DOCTYPE html><title>Cities</title><ul>
{% for pk, name, country in rows %}<li><a href="/{{ pk }}/">{{ name }}</a>, {{ country }}</li>{% endfor %}</ul>"""


def _database() -> dict:
    """The database of the portal, with persistent connections, too."""
    return environs.Env().dj_db_url("DATABASE_URL", conn_max_age=60, conn_health_checks=True)


@cache
def _page():
    """The template, which is compiled once, as templates in files are."""
    return engines["django"].from_string(_TEMPLATE)


def listed(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name_en, country FROM members_city ORDER BY id LIMIT 50")
        rows = cursor.fetchall()
    return HttpResponse(_page().render({"rows": rows}, request))


urlpatterns = [path("", listed)]

if not settings.configured:
    settings.configure(
        SECRET_KEY="floor",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": _database()},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )
    django.setup()
    application = get_wsgi_application()
