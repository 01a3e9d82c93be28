"""The map of the site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from scn_portal import views

# One login for all: the admin's own would go around two-step login and the limits on wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents

handler400 = views.bad_request

urlpatterns = [
    path("", views.root, name="root"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("", include("members.urls")),
        path("", include("commitments.urls")),
        path("", include("practices.urls")),
        path("", include("digests.urls")),
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
