"""The URLs of the portal."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from digests.bounces import webhooks
from scn_portal.base.http import error_pages
from scn_portal.base.http.routes import kept_i18n_patterns
from scn_portal.site import commitment_page, health, home, static_pages
from scn_portal.site.api import docs as api_docs
from scn_portal.site.api import v1 as api
from scn_portal.site.changes import page as changes
from scn_portal.site.compare import page as compare
from scn_portal.site.downloads import catalogue, dictionary, package
from scn_portal.site.downloads import views as downloads
from scn_portal.site.files import waiting
from scn_portal.site.places import page as places
from scn_portal.site.search import views as search
from scn_portal.site.sharing import urls as sharing


@secure_admin_login
@login_not_required
def admin_door(request, **context):
    """Replaces the admin's own login, which would bypass the second step and the limits on wrong passwords."""
    return redirect("admin:index")


admin.site.login = admin_door  # type: ignore[method-assign]  # as allauth documents

handler400 = error_pages.bad_request
handler500 = error_pages.server_error

urlpatterns = [
    path("", home.root, name="root"),
    *kept_i18n_patterns(
        path("", home.home, name="home"),
        path(_("search/"), search.search, name="search"),
        *sharing.in_two_languages,
        *downloads.urlpatterns,
        *dictionary.urlpatterns,
        *waiting.urlpatterns,
        *api_docs.urlpatterns,
        path(_("commitments/<int:number>/"), commitment_page.commitment_detail, name="commitment_detail"),
        path("", include("scn_portal.site.cities.urls")),
        path("", include("scn_portal.site.todo.urls")),
        path("", include("scn_portal.site.desk.urls")),
        path("", include("scn_portal.site.privacy.urls")),
        path("", include("scn_portal.site.charts.urls")),
        path("", include("scn_portal.site.embeds.urls")),
        path("", include("scn_portal.site.pdf.urls")),
        path("", include("scn_portal.site.printing.urls")),
        *changes.urlpatterns,
        path("", include("scn_portal.site.pledges.urls")),
        *places.urlpatterns,
        *compare.urlpatterns,
        path("", include("members.urls")),
        path("", include("commitments.urls")),
        path("", include("practices.urls")),
        path("", include("digests.urls")),
        *static_pages.urlpatterns,
        path("accounts/", include("allauth.urls")),
        # The admin's own page for this has no limit, sends no mail and ends no other session.
        path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
        path("admin/", admin.site.urls),
    ),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("taken-down", health.taken_down, name="taken_down"),
    *sharing.urlpatterns,
    *package.urlpatterns,
    *catalogue.urlpatterns,
    path("api/v1/docs", api_docs.redirect_to_docs, name="api_docs_door"),
    *api.urlpatterns,
    *webhooks.urlpatterns(settings.MAIL_PROVIDER),
]

if settings.DEMO:
    from scn_portal.demo import mail

    urlpatterns += [
        path("dev/mail/", mail.mail_list, name="dev_mail"),
        path("dev/mail/<str:name>/", mail.mail_detail, name="dev_mail_detail"),
    ]
