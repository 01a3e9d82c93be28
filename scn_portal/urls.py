"""The map of the site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from digests import providers
from scn_portal import city_map, city_page, maintenance, pages, views
from scn_portal.api import docs as api_docs
from scn_portal.api import v1 as api
from scn_portal.downloads import views as downloads
from scn_portal.search import views as search
from scn_portal.sharing import urls as sharing

# One login for all: the admin's own would go around two-step login and the limits on wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents

handler400 = views.bad_request
handler500 = maintenance.server_error

urlpatterns = [
    path("", views.root, name="root"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    *sharing.urlpatterns,
    path("api/v1/docs", api_docs.door, name="api_docs_door"),
    *api.urlpatterns,
    *providers.urlpatterns(settings.MAIL_PROVIDER),
    *i18n_patterns(
        path("", views.home, name="home"),
        path(_("search/"), search.search, name="search"),
        *sharing.in_two_languages,
        *downloads.urlpatterns,
        *api_docs.urlpatterns,
        path(_("cities/map.json"), city_map.city_map, name="city_map"),
        path(_("cities/<slug:slug>/"), city_page.city_detail, name="city_detail"),
        path("", include("members.urls")),
        path("", include("commitments.urls")),
        path("", include("practices.urls")),
        path("", include("digests.urls")),
        *pages.urlpatterns,
        path("accounts/", include("allauth.urls")),
        path("admin/", admin.site.urls),
    ),
]

if settings.DEMO:
    from scn_portal import demo_mail

    urlpatterns += [
        path("dev/mail/", demo_mail.mail_list, name="dev_mail"),
        path("dev/mail/<str:name>/", demo_mail.mail_detail, name="dev_mail_detail"),
    ]
