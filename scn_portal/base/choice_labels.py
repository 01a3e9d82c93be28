"""The label of a choice, in the active language."""

from django.db.models import TextChoices


def label_of(choices: type[TextChoices], value: str) -> str:
    """The label of `value`; an unknown value itself. For `get_…_display` of what lists show: Django's own way puts the
    labels of all choices into words for each row, and takes ten times as long."""
    try:
        return str(choices(value).label)
    except ValueError:
        return value
