"""Unique slugs."""

from collections.abc import Callable, Iterable
from itertools import chain, count

from django.db.models import Model
from django.utils.text import slugify


def free_slug(
    model: type[Model],
    names: Iterable[str | None],
    *,
    default: str,
    suffix: str = "",
    is_taken: Callable[[str], bool] = lambda slug: False,
) -> str:
    """A slug that no row of `model` has, from the first of `names` with a slug, or else from `default`.

    If it is taken, by a row or according to `is_taken`, `suffix` is added, then a number from 2 on.
    """
    base = next((slug for name in names if (slug := slugify(name or "")[:110].strip("-"))), default)
    taken = set(model._default_manager.filter(slug__startswith=base).values_list("slug", flat=True))
    longer = f"{base}-{suffix}" if suffix else base
    yet_longer = (f"{longer}-{number}" for number in count(2))
    return next(slug for slug in chain((base, longer), yet_longer) if slug not in taken and not is_taken(slug))
