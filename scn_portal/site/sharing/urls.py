"""URLs of feeds, calendars, pictures, badges and the site map.

Their last part has a dot, which no slug has, so that none hides the page of a city or a practice.
"""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from scn_portal.site.sharing import badges, calendars, feeds, pictures, sitemaps

urlpatterns = [
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemaps.index, name="sitemap_index"),
    path("sitemap-<slug:name>-<int:number>.xml", sitemaps.section, name="sitemap"),
]

in_two_languages = [
    path(_("practices/feed.xml"), feeds.practice_feed, name="practice_feed"),
    path(_("cities/<slug:slug>/feed.xml"), feeds.city_feed, name="city_feed"),
    path(_("commitments/<int:number>/feed.xml"), feeds.commitment_feed, name="commitment_feed"),
    path(_("calendar.ics"), calendars.network_calendar, name="calendar"),
    path(_("cities/<slug:slug>/calendar.ics"), calendars.city_calendar, name="city_calendar"),
    path(_("commitments/<int:number>/calendar.ics"), calendars.commitment_calendar, name="commitment_calendar"),
    path("picture.png", pictures.site_picture, name="picture"),
    path(_("cities/<slug:slug>/picture.png"), pictures.city_picture, name="city_picture"),
    path(_("practices/<slug:slug>/picture.png"), pictures.practice_picture, name="practice_picture"),
    path(_("commitments/<int:number>/picture.png"), pictures.commitment_picture, name="commitment_picture"),
    path(_("cities/<slug:slug>/badge.svg"), badges.badge, name="city_badge"),
]
