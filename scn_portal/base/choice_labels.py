"""The label of a choice, in the active language."""

from django.db.models import TextChoices


def label_of(choices: type[TextChoices], value: str) -> str:
    """The label of `value`; an unknown value itself. For `get_…_display` in lists: Django's own method translates the
    labels of all choices for each row, and takes ten times as long."""
    try:
        return str(choices(value).label)
    except ValueError:
        return value
