"""What a form knows about itself, signed, in a hidden field: which form it is, who opened it, and at which version."""

import json
import uuid
from dataclasses import asdict, dataclass, field, replace

from django.core import signing
from django.http import QueryDict

from members.editing.values import digest

NAME = "opened"
# On the page that compares: what the form knew before. Its scratch copy still belongs to that.
NAME_BEFORE = "opened_before"
# A search that is part of a form: its button, its words, the words of the results that are shown, the button that Enter
# presses, and the button beside a result that puts it into the form without saving the form.
FIND, FIND_WORDS, FOUND_WORDS, ENTER, TAKE = SEARCH = ("find", "find_words", "found_words", "enter", "take_found")
# Names that belong to the page and not to the text.
OF_THE_PAGE = ("csrfmiddlewaretoken", "leave_to", "cancel_to", "again", NAME_BEFORE, *SEARCH)
CHOICE, SHOWN = "take-", "shown-"
SALT = "members.editing"


@dataclass(frozen=True)
class Opened:
    """A form that somebody has opened.

    `form` names the form and its row, such as `practice:12`; `kind` is the name of its class; `user` is the key of the
    person; `version` is that of the row (None if there is no row yet, or it has no version); `digests` has a digest of
    each field; `number` is unique to this form; `among_staff`: only staff open it.
    """

    form: str
    kind: str
    user: int
    version: int | None = None
    digests: dict[str, str] = field(default_factory=dict)
    among_staff: bool = False
    number: str = field(default_factory=lambda: uuid.uuid4().hex)

    def signed(self) -> str:
        return signing.dumps(asdict(self), salt=SALT, compress=True)

    def at(self, version: int | None, digests: dict[str, str]) -> "Opened":
        """The same form, opened again at `version`."""
        return replace(self, version=version, digests=digests)

    def is_changed_by(self, data: QueryDict) -> bool:
        """Whether `data` has other values than the form had when it was opened."""
        return any(digest(data.getlist(name)) != before for name, before in self.digests.items())


def read(data: QueryDict, name: str = NAME) -> Opened | None:
    """What the sent form knows about itself; None if it does not say, or if the signature is not ours."""
    try:
        return Opened(**signing.loads(data.get(name, ""), salt=SALT))
    except (signing.BadSignature, json.JSONDecodeError, TypeError):
        return None


def is_search(data: QueryDict) -> bool:
    """Whether the form was sent to look something up, and not to be saved: with the button of the search, with one
    beside a result, or with Enter after other words were typed into the search."""
    is_asked_anew = data.get(FIND_WORDS, "").strip() != data.get(FOUND_WORDS, "").strip()
    return FIND in data or TAKE in data or (ENTER in data and is_asked_anew)


def words_of(data: QueryDict) -> dict[str, list[str]]:
    """The values that were typed, by name, with what the form knew about itself before, and without values that belong
    only to the page."""
    words: dict[str, list[str]] = {
        name: [str(value).replace("\0", "\ufffd") for value in values]  # PostgreSQL keeps no NUL
        for name, values in data.lists()
        if name not in OF_THE_PAGE and not name.startswith((CHOICE, SHOWN))
    }
    return words | ({NAME: [str(data[NAME_BEFORE])]} if NAME_BEFORE in data else {})
