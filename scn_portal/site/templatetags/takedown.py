"""What the desk offers to take down on the page of a revision."""

from django import template

from practices.models import Practice
from scn_portal.site.desk.public_rows import handles_of_practice

register = template.Library()


@register.inclusion_tag("desk/_things_of_a_practice.html")
def things_of_a_practice(practice: Practice) -> dict:
    """A practice that is or was public, with its picture and documents, each with “Take down”."""
    return {"handles": handles_of_practice(practice)}
