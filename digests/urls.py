from django.urls import path
from django.utils.translation import gettext_lazy as _

from digests import staff_views, views

urlpatterns = [
    path(_("newsletter/"), views.newsletter, name="newsletter"),
    path(_("newsletter/sent/"), views.newsletter_sent, name="newsletter_sent"),
    path(_("newsletter/confirm/<str:token>/"), views.newsletter_confirm, name="newsletter_confirm"),
    path(_("newsletter/unsubscribe/<str:token>/"), views.newsletter_unsubscribe, name="newsletter_unsubscribe"),
    path(_("newsletter/preferences/<str:token>/"), views.newsletter_preferences, name="newsletter_preferences"),
    path(_("newsletter/issues/"), views.issue_list, name="newsletter_issues"),
    path(_("newsletter/issues/<int:pk>/"), views.issue_detail, name="newsletter_issue"),
    path(_("newsletter/mine/"), views.newsletter_of_account, name="newsletter_of_account"),
    path(_("desk/newsletter/"), staff_views.newsletter_desk, name="newsletter_desk"),
    path(_("desk/newsletter/<slug:frequency>/"), staff_views.newsletter_next, name="newsletter_next"),
    path(_("desk/newsletter/<slug:frequency>/send/"), staff_views.newsletter_send, name="newsletter_send"),
]
