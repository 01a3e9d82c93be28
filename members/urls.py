from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from members.views import invitation, people, profile, second_factor

urlpatterns = [
    path("", include("members.editing.urls")),
    path(_("my-city/invitations/<int:pk>/withdraw/"), people.withdraw_invitation, name="withdraw_invitation"),
    path(_("my-city/invitations/<int:pk>/again/"), people.send_invitation_again, name="send_invitation_again"),
    path(_("my-city/people/<int:pk>/role/"), people.person_role, name="person_role"),
    path(_("my-city/<slug:slug>/people/"), people.my_city_people, name="my_city_people"),
    path(_("my-city/<slug:slug>/people/confirm/"), people.people_confirm, name="people_confirm"),
    path(_("my-city/<slug:slug>/people/sign-off/"), people.sign_off, name="sign_off"),
    path(_("my-city/<slug:slug>/people/second-step/"), second_factor.city_second_step, name="city_second_step"),
    path("accounts/2fa/authenticate/", second_factor.SecondStepAsked.as_view(), name="mfa_authenticate"),
    path(_("account/second-step/"), second_factor.second_step, name="second_step"),
    path(_("account/second-step/later/"), second_factor.second_step_later, name="second_step_later"),
    path(_("invitation/<str:token>/"), invitation.invitation, name="invitation"),
    path(_("account/profile/"), profile.profile, name="profile"),
]
