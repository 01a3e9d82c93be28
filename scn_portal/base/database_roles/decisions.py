"""What `scn_app`, the role of the web server and the workers, may do to each table, and why: one row per table.

The role reads every table, and owns, truncates and alters none. It can only read a table that is not listed here; a
test and `manage.py database_roles --check` fail until it is listed.
"""

from dataclasses import dataclass

ROLE = "scn_app"
MAIL = ("mailed_at", "mail_attempts", "mail_after")
TAKEN_DOWN = ("taken_down_at", "taken_down_by_id", "taken_down_reason")


@dataclass(frozen=True)
class Decision:
    """What the role may do to the rows of a table, besides reading them. `update` names columns, or is True for all."""

    why: str
    insert: bool = False
    update: bool | tuple[str, ...] = False
    delete: bool = False


def read_only(why: str) -> Decision:
    return Decision(why)


def kept(why: str, *columns: str) -> Decision:
    """Rows are added and stay; only `columns` may change."""
    return Decision(why, insert=True, update=columns)


def never_deleted(why: str) -> Decision:
    return Decision(why, insert=True, update=True)


def free(why: str) -> Decision:
    return Decision(why, insert=True, update=True, delete=True)


_EVENTS = read_only("history: written by triggers alone, in the name of the owner")
_FOLLOWED = free("each change leaves an event")
_ALWAYS_FOLLOWED = never_deleted("never deleted; each change leaves an event")
_OF_DRAFTS = free("belongs to a revision: frozen with it by a trigger, each change leaves an event")
_WAITING = never_deleted("a mail that waits, and then that it left")

TABLES: dict[str, Decision] = {
    # --- Django and its packages ---
    "django_migrations": read_only("migrations are the owner's"),
    "django_content_type": read_only("made by migrations"),
    "auth_permission": read_only("made by migrations"),
    "auth_group": _FOLLOWED,
    "auth_group_permissions": _FOLLOWED,
    "django_session": free("sessions begin, change and end"),
    "django_admin_log": kept("what was done in the admin stays written"),
    "account_emailaddress": _FOLLOWED,
    "account_emailconfirmation": free("allauth makes and forgets them"),
    "mfa_authenticator": _FOLLOWED,
    "usersessions_usersession": free("allauth makes and forgets them"),
    "pghistory_context": read_only("who made an event: written by a function of the owner alone"),
    # --- base ---
    "base_publicrecord": read_only("what is and was public: written by triggers alone"),
    "base_generation": read_only("the generation of what is public: raised by triggers alone"),
    "base_limiteduse": free("how often something was tried lately"),
    "base_keptcount": free("counts of large lists, made anew by a worker"),
    "base_madefile": free("made anew from what is public"),
    # --- members ---
    "members_region": _FOLLOWED,
    "members_regionevent": _EVENTS,
    "members_city": _FOLLOWED,
    "members_cityevent": _EVENTS,
    "members_user": _ALWAYS_FOLLOWED,
    "members_userevent": _EVENTS,
    "members_user_groups": _FOLLOWED,
    "members_followedusergroupevent": _EVENTS,
    "members_user_user_permissions": _FOLLOWED,
    "members_followeduserpermissionevent": _EVENTS,
    "members_followedgroupevent": _EVENTS,
    "members_followedgrouppermissionevent": _EVENTS,
    "members_followedemailaddressevent": _EVENTS,
    "members_followedauthenticatorevent": _EVENTS,
    "members_membership": _FOLLOWED,
    "members_membershipevent": _EVENTS,
    "members_vacancy": kept("why a city was left without a focal point"),
    "members_invitation": free("deleted some time after it was closed; each change leaves an event"),
    "members_invitationevent": _EVENTS,
    "members_lostsecondfactor": never_deleted("who lost a second step, and what two of the staff decided"),
    "members_lostsecondfactorevent": _EVENTS,
    "members_requiredsecondfactor": _FOLLOWED,
    "members_requiredsecondfactorevent": _EVENTS,
    "members_proposal": free("ends when it is released or given up"),
    "members_correction": never_deleted("“this is wrong” and what was decided"),
    "members_riskanswer": kept("what was answered about a risk"),
    "members_accountmail": free("holds secret links for a while, then is deleted"),
    "members_notice": _WAITING,
    "members_reminder": free("kept without its text, and only as long as it is of use"),
    "members_openform": free("who has a form open"),
    "members_scratch": free("what is being typed"),
    "members_sentform": free("which forms were sent lately"),
    # --- commitments ---
    "commitments_declaration": _FOLLOWED,
    "commitments_declarationevent": _EVENTS,
    "commitments_commitment": _FOLLOWED,
    "commitments_commitmentevent": _EVENTS,
    "commitments_endorsement": _FOLLOWED,
    "commitments_endorsementevent": _EVENTS,
    "commitments_pledge": free("drafts are deleted; a trigger asks for the update behind a new status, and each change "
                               "leaves an event"),
    "commitments_pledgeevent": _EVENTS,
    "commitments_searchedpledge": read_only("what public pledges are found by: kept by triggers alone"),
    "commitments_milestone": _FOLLOWED,
    "commitments_milestoneevent": _EVENTS,
    "commitments_progressupdate": kept("append-only; taken down and shown again, which leaves an event", *TAKEN_DOWN),
    "commitments_progressupdateevent": _EVENTS,
    "commitments_updatedocument": free("deleted while it belongs to no update; then frozen by a trigger"),
    "commitments_restorerequest": never_deleted("what a city asked for and what was decided"),
    "commitments_restoredecision": _WAITING,
    # --- practices ---
    "practices_practice": _ALWAYS_FOLLOWED,
    "practices_practiceevent": _EVENTS,
    "practices_retiredaddress": kept("an address that is never used again; also the mail about it", *MAIL),
    "practices_revision": never_deleted("frozen once submitted; a trigger asks for the Transition behind each status"),
    "practices_revisionevent": _EVENTS,
    "practices_revisioncommitment": _OF_DRAFTS,
    "practices_revisioncommitmentevent": _EVENTS,
    "practices_relatedpractices": free("which practices share most with one: found anew after each publication"),
    "practices_adaptation": _OF_DRAFTS,
    "practices_adaptationevent": _EVENTS,
    "practices_partnercity": _OF_DRAFTS,
    "practices_partnercityevent": _EVENTS,
    "practices_attachment": _OF_DRAFTS,
    "practices_attachmentevent": _EVENTS,
    "practices_transition": kept("what was decided stays decided; it is also the mail about it", *MAIL),
    "practices_submittedwords": kept("what the moderators had read"),
    "practices_harmcheck": kept("what a city answered about harm"),
    "practices_message": kept("questions and answers; also the mails", *MAIL),
    "practices_remark": kept("what staff note for each other"),
    "practices_practiceasevidence": kept("an update names a practice"),
    "practices_hold": never_deleted("who looked after a submission"),
    "practices_reasontemplate": free("ready words, edited by staff"),
    "practices_moderationrules": never_deleted("one row, changed by staff"),
    "practices_desksettings": never_deleted("one row, changed by staff"),
    "practices_moderatormail": free("which mails a moderator wants"),
    "practices_submissiondigest": _WAITING,
    "practices_unassignedreminder": _WAITING,
    "practices_sourcecheck": free("whether sources answer"),
    "practices_word": free("made anew from the public texts"),
    "practices_searchedrevision": read_only("what live revisions are found by: kept by triggers alone"),
    "practices_waitingrevision": read_only("what waits, and since when: kept by triggers alone"),
    # --- digests ---
    "digests_subscription": free("readers come and go, and may be forgotten"),
    "digests_consent": free("forgotten with its subscription"),
    "digests_item": never_deleted("a piece of news has its number for good"),
    "digests_postponement": free("put off, and taken back"),
    "digests_nextissue": _ALWAYS_FOLLOWED,
    "digests_nextissueevent": _EVENTS,
    "digests_issue": kept("what went out"),
    "digests_delivery": free("forgotten with its subscription, or 180 days after its issue"),
    "digests_tally": free("counted anew"),
    # --- site ---
    "site_textpage": free("made anew from the code"),
    "site_takedown": never_deleted("what staff took down, why, and that it was shown again"),
    "site_erasure": free("who asked to be erased, and what staff decided; taken back while it waits"),
    "site_erasuremail": free("tells what came of it, then is forgotten"),
    "site_concern": free("what a stranger wrote, forgotten in time"),
    "site_concernanswer": free("forgotten with its concern"),
    "site_patrolseat": free("how far a moderator has read"),
    "site_patroltick": free("what a moderator has ticked off"),
    "site_cityrecord": read_only("what is recorded of a city, in brief: kept by triggers alone"),
}  # fmt: skip

# Our functions that the role may call, and why. Nobody calls those of triggers, and everybody may call those of
# extensions. A function that does for the role what it may not do itself (SECURITY DEFINER) is listed here too. Such a
# function has a fixed search_path, and refuses what nobody has approved.
FUNCTIONS: dict[str, str] = {
    "scn_plain": "a text without accents, for searches by an index; changes nothing",
    "scn_words": "the words of a text, for finding names in it; changes nothing",
    "scn_erase_person": "makes a pseudonym of a person in history too, where an approved erasure waits",
    "scn_city_records": "what is public of cities, in numbers: it reads alone, with the rights of the role",
    "scn_keep_city_records": "counts what is public of cities anew: nothing that was not so before",
    "scn_searched_revisions": "what live practices are found by: it reads alone, with the rights of the role",
    "scn_keep_searched": "copies anew what live practices are found by: nothing that was not so before",
    "scn_searched_pledges": "what public pledges are found by: it reads alone, with the rights of the role",
    "scn_keep_searched_pledges": "copies anew what public pledges are found by: nothing that was not so before",
    "scn_waiting_revisions": "what waits for a moderator or its city: it reads alone, with the rights of the role",
    "scn_keep_waiting": "copies anew what waits: nothing that was not so before",
    "scn_forget_invitations": "takes addresses out of the history of invitations that were deleted",
}
