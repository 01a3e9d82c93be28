"""Texts of cities and of the newsletter that still name a person, shown to staff before they erase somebody.

Erasing does not change these texts: a name in them may have to stay, such as that of a mayor who signed. Staff remove
it first, or leave it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst

from commitments.models import Endorsement, Milestone, Pledge, ProgressUpdate, UpdateDocument
from digests.models import Issue, NextIssue
from members.models import City, User
from practices.choices import OPEN, Status
from practices.models import Attachment, Revision
from scn_portal.site.desk.finding import desk_path_of
from scn_portal.site.privacy.erasing import addresses_of

SHOWN_OF_EACH = 20
WORDS = (models.CharField, models.TextField, models.FileField, ArrayField)

STANDING = Q(status__in=[*OPEN, Status.PUBLISHED])


@dataclass(frozen=True)
class Place:
    """A row that names the person: its kind, its name, and its page on the desk, if it has one."""

    kind: str | Promise
    words: str
    path: str


def _of_pledge(pledge: Pledge) -> str:
    return reverse("desk_pledge", args=[pledge.pk])


# Each kind with the condition for its current rows, and the path to its page.
KINDS = (
    (Pledge, Q(), _of_pledge),
    (Milestone, Q(), lambda row: _of_pledge(row.pledge)),
    (ProgressUpdate, Q(taken_down_at=None), lambda row: _of_pledge(row.pledge)),
    (UpdateDocument, Q(), lambda row: _of_pledge(row.pledge)),
    (Revision, STANDING, lambda row: desk_path_of(row)),
    (Attachment, Q(revision__status__in=[*OPEN, Status.PUBLISHED]), lambda row: desk_path_of(row.revision)),
    (City, Q(), lambda row: reverse("desk_city", args=[row.slug])),
    (Endorsement, Q(), lambda row: reverse("desk_city", args=[row.city.slug])),
    (Issue, Q(), lambda row: row.get_absolute_url()),
    (NextIssue, Q(), lambda row: reverse("newsletter_next", args=[row.frequency])),
)


def naming(person: User) -> list[Place]:
    """The places that name `person` or give one of their addresses; at most SHOWN_OF_EACH of each kind."""
    words = [word for word in (person.name.strip(), *addresses_of(person)) if word]
    return [place for model, standing, path in KINDS for place in _places(model, standing, path, words)]


def _places(model, standing: Q, path, words: list[str]) -> Iterator[Place]:
    rows = model.objects.filter(standing).filter(_has_any(model, words)).order_by("pk")
    for row in rows[:SHOWN_OF_EACH]:
        yield Place(capfirst(model._meta.verbose_name), str(row), path(row))


def _has_any(model, words: list[str]) -> Q:
    found = Q()
    for field in model._meta.concrete_fields:
        if isinstance(field, WORDS) and not field.choices:
            for word in words:
                found |= Q(**{f"{field.attname}__icontains": word})
    return found
