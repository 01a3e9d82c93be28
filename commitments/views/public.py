"""Pages that everybody reads: the Declaration and its commitments."""

from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from commitments.kept_statistics import with_city_counts
from commitments.models import Commitment, Declaration
from scn_portal.base.http.public import public_page


@public_page()
def declaration(request):
    """The Declaration and its seven commitments, with a note on which text this is."""
    text = get_object_or_404(Declaration, slug="melbourne-2018")
    context = {"declaration": text, "commitments": text.commitments.all(), "is_source": text.is_source(get_language())}
    return render(request, "commitments/declaration.html", context)


@public_page()
def commitment_list(request):
    """The seven commitments, each with the number of cities that have pledged under it."""
    commitments = with_city_counts(Commitment.objects.of_melbourne())
    return render(request, "commitments/commitment_list.html", {"commitments": commitments})
