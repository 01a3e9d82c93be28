"""The answers for each role, address and method that `READ` and `DO` of test_every_address.py do not cover.

A new address has a row there, or in OURS or OPEN here; without one, tests/trust/test_addresses.py fails.
"""

from tests.site.test_every_address import ANYBODY, DO, READ, E, F, S, V

# In addition to the people of `READ` and `DO`, in which “staff” may moderate, look after cities and send the
# newsletter.
CITIES, MODERATOR, SUPERUSER, NO_CITY, TAKEN_AWAY = (
    "staff for cities", "moderator alone", "superuser", "no city", "taken away",
)  # fmt: skip
ROLES = ("nobody", "stranger", NO_CITY, TAKEN_AWAY, V, E, F, CITIES, MODERATOR, S, SUPERUSER)
DESK, ALL_STAFF, LOOK_AFTER_CITIES = {MODERATOR, S, SUPERUSER}, {S, SUPERUSER}, {CITIES, S, SUPERUSER}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")

# Pages for staff who look after cities, and pages for the group of the staff; every moderator may use the other pages
# for “staff”.
ABOUT_CITIES = {
    "my_city_people", "remove_person", "person_role", "withdraw_invitation", "people_confirm", "send_invitation_again",
    "cities_desk", "correction_decide", "restore_decide", "desk_erasures", "desk_erasure", "desk_erasure_approve",
    "desk_erasure_refuse",
}  # fmt: skip
OF_THE_GROUP = {
    "lost_second_steps",
    "desk_staff",
    "desk_person_history",
    "newsletter_desk",
    "newsletter_next",
    "newsletter_send",
}

# Pages that accept a form from their readers; all others refuse POST.
FORMS = {
    "fact_wrong", "my_city_people", "remove_person", "person_role", "withdraw_invitation", "profile", "reminders",
    "newsletter_of_account", "pledge_new", "pledge_edit", "pledge_close", "pledge_publish", "pledge_report",
    "pledge_take_down", "pledge_restore", "pledge_delete", "milestone_new", "milestone_edit", "milestone_delete",
    "milestone_take_down",
    "update_take_down", "update_restore", "proposed_update", "practice_new", "practice_task", "practice_translation",
    "practice_check", "practice_documents", "practice_act", "document_remove", "lead_picture_page", "desk_decide",
    "desk_ask", "desk_remark", "desk_correct", "hold_hand_over", "desk_reason_new", "desk_rules", "desk_settings",
    "desk_staff", "desk_mails", "newsletter_next", "newsletter_send",
    "erase_me", "desk_address", "desk_erasure_approve", "desk_erasure_refuse", "lost_second_steps",
    "desk_reason", "desk_reason_delete", "staff_invitation_withdraw", "take_down",
}  # fmt: skip
# Reading this page does something, so HEAD is refused.
NO_HEAD = {"newsletter_confirm"}
# Pages that answer 404 to an empty form.
EMPTY_IS_NOTHING = {"newsletter_next"}
# Pages of the desk that check the user before the method.
ASKS_WHO_FIRST = {"desk_reasons", "desk_revision", "desk_submitted"}

# Addresses that `READ` and `DO` leave out: path arguments, roles that may read, roles that may act. None: no such
# method.
OURS: dict[str, tuple[list, set | None, set | None]] = {
    "hold_take": (["submitted"], None, DESK),
    "hold_release": (["submitted"], None, DESK),
    "patrol_tick": (["nothing"], None, DESK),
    "desk_reason": (["reason"], DESK, DESK),
    "desk_reason_delete": (["reason"], DESK, DESK),
    "take_down": (["kind", "pledge"], DESK, DESK),
    "staff_invitation_again": (["staff_invitation"], None, ALL_STAFF),
    "staff_invitation_withdraw": (["staff_invitation"], ALL_STAFF, ALL_STAFF),
    # These rows do not exist, which is all that anybody learns.
    "take_down_restore": (["kind", "pledge"], set(), set()),
    "desk_concern": (["nothing"], set(), set()),
    "desk_submitted": (["submitted", "nothing"], set(), None),
    "desk_link": ([], set(), None),
    "practice_answer": (["nothing"], set(), set()),
    "lost_second_step_decide": (["nothing"], None, set()),
    "editing_discard": ([], set(), set()),
    "editing_leave": ([], None, set()),
}
# Addresses that are open to all, and the same for all: path arguments, the answer, the answer to a POST.
OPEN: dict[str, tuple[list, int, int]] = {
    **{
        name: ([], 200, 405)
        for name in (
            "about", "accessibility", "api_docs", "calendar", "changes", "changes_feed", "charts", "city_list",
            "city_map", "commitment_list", "compare", "concern_sent", "contact", "data_dictionary", "data_package",
            "datapackage_json", "declaration", "embedded_map", "guide", "healthz", "home", "join", "legal", "matrix",
            "method", "newsletter_issues", "newsletter_sent", "open_data", "operator", "picture", "pledge_list",
            "practice_feed", "practice_list", "printed_cities", "printed_matrix", "printed_practices", "privacy",
            "readyz", "robots", "search", "sitemap_index", "worried",
        )
    },
    **{
        name: (["city"], 200, 405)
        for name in (
            "city_badge", "city_calendar", "city_detail", "city_feed", "city_pdf", "city_picture", "embedded_city",
        )
    },
    **{
        name: (["number"], 200, 405)
        for name in ("commitment_calendar", "commitment_detail", "commitment_feed", "commitment_picture")
    },
    **{name: (["slug"], 200, 405) for name in ("practice_detail", "practice_pdf", "practice_picture")},
    **{name: (["pledges"], 200, 405) for name in ("chart_csv", "chart_svg", "embedded_chart")},
    "concern": ([], 200, 200),
    "newsletter": ([], 200, 200),
    "root": ([], 302, 405),
    "taken_down": ([], 204, 405),
    "catalogue": (["jsonld"], 200, 405),
    "country": (["ca"], 200, 405),
    "region": (["somewhere"], 200, 405),
    "download": (["cities", "csv"], 200, 405),
    "sitemap": (["cities", "one"], 200, 405),
    "pledge_detail": (["pledge"], 200, 405),
    "document": (["slug", "none", "none"], 404, 405),
    "file_waiting": (["none"], 404, 405),
    "lead_picture": (["slug", "none"], 404, 405),
    "newsletter_issue": (["nothing"], 404, 405),
    # These need a token, and the argument is none.
    "invitation": (["none"], 410, 410),
    "newsletter_confirm": (["none"], 410, 405),
    "newsletter_preferences": (["none"], 410, 410),
    "newsletter_unsubscribe": (["none"], 410, 410),
    # Scripts use these, so users who are not signed in get an answer in JSON.
    "editing_keep": ([], 405, 401),
}  # fmt: skip


def _people(name: str, allowed: set) -> set:
    """The roles of ROLES that `allowed` of `READ` or `DO` stands for."""
    found = {role for role in allowed if role in (V, E, F, "nobody", "stranger")}
    if allowed >= ANYBODY:
        return found | set(ROLES) - {"nobody"}
    if S in allowed:
        found |= LOOK_AFTER_CITIES if name in ABOUT_CITIES else ALL_STAFF if name in OF_THE_GROUP else DESK
    return found


def rows() -> dict[str, tuple[list, set | None, set | None]]:
    """For each address that is not open to all: path arguments, roles that may read, roles that may act."""
    found: dict[str, tuple[list, set | None, set | None]] = {}
    for name, (arguments, allowed) in READ.items():
        people = _people(name, allowed)
        found[name] = (arguments, people, people if name in FORMS else None)
    for name, (arguments, allowed) in DO.items():
        found[name] = (arguments, None, _people(name, allowed))
    return found | OURS


def expected(name: str, role: str, method: str) -> int | str:
    """A status, “sign in”, or “done” if the role may do it."""
    if method not in ("GET", "HEAD", "POST") or (method == "HEAD" and name in NO_HEAD):
        return 405
    if name in OPEN:
        return OPEN[name][2 if method == "POST" else 1]
    _arguments, readers, doers = rows()[name]
    people = doers if method == "POST" else readers
    if role == "nobody" and (people is None or role not in people) and not (readers and role in readers):
        return "sign in"
    if people is None:
        return 404 if name in ASKS_WHO_FIRST and role not in DESK else 405
    if role not in people or (method == "POST" and name in EMPTY_IS_NOTHING):
        return 404
    return "done"
