"""The statuses of revisions, and the target groups, themes and evaluations of practices."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Changed only by `practices.moderation`."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    SENT_BACK = "sent_back", _("Sent back")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Replaced by a newer one")
    REPLACED = "replaced", _("Replaced before it was public")
    ARCHIVED = "archived", _("Archived")


WRITABLE = (Status.DRAFT, Status.SENT_BACK)
OPEN = (*WRITABLE, Status.SUBMITTED, Status.SCHEDULED)
# Only the city reads these, and they may lack even a title.
UNTITLED_ALLOWED = (*WRITABLE, Status.WITHDRAWN)
# These are public, or have been.
ONCE_PUBLIC = (Status.PUBLISHED, Status.SUPERSEDED, Status.ARCHIVED)

# Only the city reads the texts of these: they are being written, or were taken back.
HIDDEN_FROM_MODERATORS = (Status.DRAFT, Status.SENT_BACK, Status.WITHDRAWN)


class TargetGroup(models.TextChoices):
    """The people that a practice is for."""

    CIVIL_SOCIETY = "civil_society", _("Civil society organisations")
    DEPRIVED_AREAS = "deprived_areas", _("Deprived neighbourhoods")
    OFFICIALS = "officials", _("Elected officials and municipal managers")
    FAITH = "faith", _("Faith communities")
    FAMILIES = "families", _("Families and parents")
    FRONTLINE = "frontline", _("Frontline staff")
    PUBLIC = "public", _("General public")
    AT_RISK = "at_risk", _("People at risk of radicalisation")
    RETURNEES = "returnees", _("Returnees from conflict zones")
    SCHOOLS = "schools", _("Schools and teachers")
    VICTIMS = "victims", _("Victims and groups targeted by hate")
    YOUNG = "young", _("Young people")


class Theme(models.TextChoices):
    """What a practice is about."""

    CASE_WORK = "case_work", _("Support for individuals, case by case")
    COMMUNICATION = "communication", _("Communication and counter-narratives")
    COORDINATION = "coordination", _("Coordination between institutions")
    CRISIS = "crisis", _("Response after an attack or a crisis")
    DIALOGUE = "dialogue", _("Dialogue and intercultural life")
    EDUCATION = "education", _("Schools and education")
    EXIT = "exit", _("Disengagement and reintegration")
    FAMILIES = "families", _("Support for families")
    HATE = "hate", _("Hate crime and discrimination")
    ONLINE = "online", _("Hate and extremism online")
    PARTICIPATION = "participation", _("Participation and local democracy")
    RESEARCH = "research", _("Research and data")
    TRAINING = "training", _("Training of staff")
    YOUTH = "youth", _("Work with young people")


class Evaluation(models.TextChoices):
    """Who evaluated what a practice changed. Empty: not stated."""

    NONE = "none", _("Not evaluated")
    INTERNAL = "internal", _("Evaluated by the city")
    EXTERNAL = "external", _("Evaluated independently")


class Scope(models.TextChoices):
    """How far a practice reaches."""

    NEIGHBOURHOOD = "neighbourhood", _("A neighbourhood")
    CITY = "city", _("The whole city")
    METROPOLITAN = "metropolitan", _("The metropolitan area")
    CROSS_BORDER = "cross_border", _("Across a border")


class Continuation(models.TextChoices):
    """Whether a practice still goes on. Empty: not stated."""

    ONGOING = "ongoing", _("Ongoing")
    ENDED = "ended", _("Ended")


class CostBand(models.TextChoices):
    """What a practice costs in a year, whoever pays. Empty: not stated."""

    UNDER_10 = "under_10", _("Less than 10,000 euros")
    UNDER_50 = "under_50", _("10,000 to 50,000 euros")
    UNDER_250 = "under_250", _("50,000 to 250,000 euros")
    UNDER_1000 = "under_1000", _("250,000 to 1 million euros")
    OVER_1000 = "over_1000", _("More than 1 million euros")
