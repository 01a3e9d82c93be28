"""Copies of a revision: its texts and everything that belongs to them. The files themselves are shared."""

from django.utils import timezone

from practices.choices import Status
from practices.models import Adaptation, PartnerCity, Practice, Revision, RevisionCommitment


def copy_of(revision: Revision, **changes) -> Revision:
    """A draft with the texts, facts and documents of `revision`, and the `changes` to its columns.

    The caller has locked the practice.
    """
    newest = revision.practice.newest
    draft = Revision.objects.select_related("practice__city").get(pk=revision.pk)
    draft.pk, draft.number, draft.status, draft.corrects = None, newest.number + 1, Status.DRAFT, None
    draft.submitted_at = draft.publish_at = draft.published_at = None
    draft.reason, draft.created_at = "", timezone.now()
    for name, value in changes.items():
        setattr(draft, name, value)
    draft._state.adding = True
    draft.save()
    _copy_relations(revision, draft)
    return draft


def lock(practice: Practice) -> Practice:
    """The practice, locked until the transaction ends, so that changes of its revisions happen one after the other."""
    return Practice.objects.select_for_update(of=("self",)).get(pk=practice.pk)


def _copy_relations(old: Revision, new: Revision) -> None:
    RevisionCommitment.objects.bulk_create(
        RevisionCommitment(revision=new, commitment=commitment) for commitment in old.commitments.all()
    )
    Adaptation.objects.bulk_create(Adaptation(revision=new, original=practice) for practice in old.adapted_from.all())
    PartnerCity.objects.bulk_create(PartnerCity(revision=new, city=city) for city in old.partner_cities.all())
    for document in old.attachments.all():
        document.pk, document.revision, document._state.adding = None, new, True
        document.save()
