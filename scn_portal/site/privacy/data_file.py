"""The file of what is held about a person with very many rows: a worker makes it, only that person may fetch it, and it
is deleted within an hour.

Its key is made from the person and a secret, which only the session that requested the file has.
"""

import secrets
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from members.models import User
from scn_portal.base.made_files import asking
from scn_portal.base.made_files.about import About
from scn_portal.base.made_files.answers import not_yet
from scn_portal.base.made_files.making import Work
from scn_portal.base.made_files.serving import file_response
from scn_portal.base.made_files.sweeping import is_over
from scn_portal.base.made_files.wanted import OF_A_PERSON, Wanted
from scn_portal.base.models import MadeFile, State
from scn_portal.site.privacy import held

IN_SESSION = "my-data-file"
CONTENT_TYPE = "application/json; charset=utf-8"
# One value per line, for people who open it in an editor. With `indent`, Python would not use its encoder in C.
encoder = DjangoJSONEncoder(ensure_ascii=False, separators=(",\n", ": "))


def asked_for(request: HttpRequest) -> HttpResponseBase | None:
    """The file that was requested in this session, or where to wait for it; None if none was requested, or it has
    expired."""
    if not (parameters := request.session.get(IN_SESSION)):
        return None
    wanted = _wanted(parameters)
    file = asking.find(wanted)
    return None if file is None or is_over(file) else _answer(request, wanted, file)


def ask(request: HttpRequest) -> HttpResponseBase:
    """Request the file. The answer says where to wait for it."""
    parameters = {"person": str(request.user.pk), "secret": secrets.token_urlsafe(), "language": get_language()}
    request.session[IN_SESSION] = parameters
    return _answer(request, _wanted(parameters), None)


def make(parameters: dict[str, str], work: Work) -> None:
    """Write the file, in a worker."""
    person = User.objects.get(pk=parameters["person"], is_active=True)
    with override(parameters["language"]):
        about = encoder.encode({"person": person.pk, "made_at": work.begun_at})
        work.file.write(f'{about[:-1]},\n"parts": ['.encode())
        for number, (group, pieces) in enumerate(groupby(held.read_in_pieces(person), itemgetter(0))):
            heading = encoder.encode(held.heading_in_json(group))
            work.file.write(f'{"," if number else ""}\n{heading[:-1]},\n"rows": ['.encode())
            _write_rows(work, (row for _group, rows in pieces for row in rows))
            work.file.write(b"]}")
        work.file.write(b"]}")


def _write_rows(work: Work, rows: Iterable[held.Row]) -> None:
    for number, row in enumerate(rows):
        work.file.write(f"{',' if number else ''}\n{encoder.encode(held.row_in_json(row))}".encode())
        work.say(0)  # the progress is not known, but this stops the work if there is no point in going on


def about(parameters: dict[str, str]) -> About:
    """The title and the path of the file."""
    return About(_("What we hold about you"), reverse("my_data_file"))


def _wanted(parameters: dict[str, str]) -> Wanted:
    return Wanted(OF_A_PERSON, "json", parameters)


def _answer(request: HttpRequest, wanted: Wanted, file: MadeFile | None) -> HttpResponseBase:
    if file and file.state == State.READY:
        try:
            return file_response(request, file, CONTENT_TYPE)
        except FileNotFoundError:
            file.delete()
    asking.ask(wanted)
    return not_yet(request, wanted)
