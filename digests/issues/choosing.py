"""What staff leave out of the newsletter, or put off to the next issue, and which items an issue therefore has."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from digests.issues.schedule import next_boundary
from digests.models import Issue, Item, ItemKind, Postponement


def items_of(issue: Issue, after: int | None = None) -> QuerySet[Item]:
    """The items of `issue`, which may not be saved yet, for a reader who has got those up to `after`.

    Without what staff left out, or put off to the next issue; with what was put off to this one.
    """
    first = issue.items_from if after is None else after
    put_off = Postponement.objects.filter(item=OuterRef("pk"), frequency=issue.frequency)
    chosen = Q(Q(pk__gt=first, pk__lte=issue.items_until), ~Exists(put_off.filter(_skipped_by(issue))))
    # Whoever has got more or less than the last issue, by another frequency, may have had these.
    if first == issue.items_from:
        carried = put_off.filter(carried=issue) if issue.pk else put_off.filter(skipped__isnull=False, carried=None)
        chosen |= Q(Exists(carried))
    return Item.objects.filter(chosen, left_out_at=None)


def _skipped_by(issue: Issue) -> Q:
    return Q(skipped=issue) if issue.pk else Q(skipped=None, until__gte=issue.ends_at)


def newest_of(issue: Issue, most: int) -> tuple[QuerySet[Item], set[ItemKind]]:
    """The newest items of each kind that `issue` may have, with what was put off to it; and the kinds that have more
    than `most`, of which there is one more.

    Whether each is public, and what staff decided about it, is not asked yet.
    """
    new = Item.objects.filter(pk__gt=issue.items_from, pk__lte=issue.items_until)
    place = Window(RowNumber(), partition_by="kind", order_by=F("pk").desc())
    found = list(new.annotate(place=place).filter(place__lte=most + 1).values_list("pk", "kind", "place"))
    carried = Q(carried=issue) if issue.pk else Q(skipped__isnull=False, carried=None)
    put_off = Postponement.objects.filter(carried, frequency=issue.frequency).order_by("-pk")
    cut = {ItemKind(kind) for _pk, kind, place in found if place > most}
    # Their ids, read first: with a query of them inside, the database would read all items that there ever were.
    pks = [*put_off.values_list("item", flat=True)[:most], *(pk for pk, _kind, _place in found)]
    return Item.objects.filter(pk__in=pks), cut


def record_composed(issue: Issue) -> None:
    """Note what `issue`, just saved, carries and what it skips. Under the lock of composing."""
    put_off = Postponement.objects.filter(frequency=issue.frequency)
    put_off.filter(skipped__isnull=False, carried=None).update(carried=issue)
    new = Q(item__gt=issue.items_from, item__lte=issue.items_until)
    put_off.filter(new, skipped=None, until__gte=issue.ends_at).update(skipped=issue)


def upcoming(frequency: str, items_from: int) -> QuerySet[Item]:
    """The items that the next issue of `frequency` is about to have, with those that staff took out of it."""
    waiting = Postponement.objects.filter(frequency=frequency, skipped__isnull=False, carried=None)
    return Item.objects.filter(Q(pk__gt=items_from) | Exists(waiting.filter(item=OuterRef("pk"))))


@transaction.atomic
def leave_out(item: Item, *, by) -> None:
    """Keep `item` from every issue, of whatever frequency. Safe to repeat: the first one stays named."""
    Item.objects.filter(pk=item.pk, left_out_at=None).update(left_out_at=timezone.now(), left_out_by=by)


@transaction.atomic
def put_off(item: Item, frequency: str, *, by) -> Postponement:
    """Move `item` from the next issue of `frequency` to the one after. Raises ValidationError the second time."""
    item = Item.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if Postponement.objects.filter(item=item, frequency=frequency).exists():
        raise ValidationError(_("This has already been put off once."))
    until = next_boundary(frequency, timezone.now())
    return Postponement.objects.create(item=item, frequency=frequency, by=by, until=until)


@transaction.atomic
def take_back(item: Item, frequency: str) -> None:
    """Undo both, as long as no issue has skipped it."""
    Item.objects.filter(pk=item.pk).update(left_out_at=None, left_out_by=None)
    Postponement.objects.filter(item=item, frequency=frequency, skipped=None).delete()
