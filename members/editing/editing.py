"""One person's work on one form: a view uses `Editing` to save the form or to show its page."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property

from members.editing import given_back, last_change, presence, scratch, sent_once
from members.editing.opened import FIND_WORDS, NAME, NAME_BEFORE, OF_THE_PAGE, SHOWN, Opened, is_search, read
from members.editing.sent_once import Answer, fingerprint
from members.editing.values import digests
from members.editing.versions import Difference, decide, differences
from members.models import Scratch
from scn_portal.base.forms import take_any_length
from scn_portal.base.versions import Versioned

F = TypeVar("F", bound=forms.BaseForm)


class Editing(Generic[F]):
    """A form that the person of `request` edits. `name` says which form of which row it is, such as `practice:12`.

    With `row`, the form edits that row, and what others have saved since the form was opened is compared before saving:
    by the `version` of the row, or, if it has none, by the values that the form had. `options` are passed to the form.
    `among_staff`: only staff open it.

        editing = Editing(request, f"pledge:{pledge.pk}", PledgeForm, row=pledge)
        return editing.save(change) or editing.page("commitments/pledge_form.html", {"pledge": pledge})
    """

    def __init__(
        self,
        request,
        name: str,
        form_class: type[F],
        *,
        row: models.Model | None = None,
        among_staff: bool = False,
        **options,
    ):
        self.request, self.name, self.row, self.among_staff = request, name, row, among_staff
        self.form_class, self.options = form_class, options | ({"instance": row} if row else {})
        self.differences: list[Difference] = []
        self.scratch: Scratch | None = None
        self.form: F | None = None
        # Whether somebody has saved the row since the form of the scratch copy was opened.
        self.is_overtaken = False
        self.opened = self._as_sent() if request.method == "POST" else None

    # --- Saving ------------------------------------------------------------------------------------------------------

    def save(self, action: Callable[[F], Answer]) -> HttpResponse | None:
        """Save the form with `action` and return the answer. None if the view has to show the page, such as with errors
        or with the results of a search in the form.

        `action` gets the valid form, in a transaction, with the row locked. It may raise ValidationError: then nothing
        is saved, and the form shows the error.
        """
        if self.request.method != "POST":
            return None
        if self.opened and self.opened.user != self.request.user.pk:
            return given_back.page(self.request, self.opened)
        if self.is_search:
            self._take_as_sent()
            return None
        try:
            with transaction.atomic():
                answer = self._answered() or self._saved(action)
        except ValidationError as error:
            self._bound().add_error(None, error)
            answer = None
        if answer is None:
            self._keep()
            return None
        messages.success(self.request, answer.message)
        return redirect(answer.address)

    def _take_as_sent(self) -> None:
        """Prepare the form as it was sent for being shown again, neither validated nor saved."""
        self._skip_validation(self._bound())
        self._keep(self._bound().data)

    @staticmethod
    def _skip_validation(form: forms.BaseForm) -> None:
        form._errors, form.cleaned_data = forms.utils.ErrorDict(), {}

    def _answered(self) -> Answer | None:
        if self.row:
            self._lock(self.row)
        return sent_once.answered(self.request.user, self.opened, self.sent) if self.opened else None

    def _saved(self, action: Callable[[F], Answer]) -> Answer | None:
        self._compare()
        if self.differences or not self._bound().is_valid():
            return None
        if self.opened and (first := sent_once.claim(self.request.user, self.opened, self.sent)):
            return first
        answer = action(self._bound())
        self._close(answer)
        return answer

    def _close(self, answer: Answer) -> None:
        scratch.discard(self.request.user, self.name)
        presence.leave(self.request.user, self.name)
        if self.opened:
            sent_once.remember(self.request.user, self.opened, self.sent, answer)

    def _keep(self, words: Any = None) -> None:
        """Keep what was sent as a scratch copy; or `words`, if the form has put a search result into it."""
        # Words that could not be saved are kept at once: without JavaScript, the person may close the page now.
        if self.opened:
            try:
                scratch.keep(self.request.user, self.opened, self.request.POST if words is None else words)
            except ValidationError as error:
                self._bound().add_error(None, error)

    @staticmethod
    def _lock(row: models.Model) -> None:
        locked = type(row)._default_manager.select_for_update(of=("self",))
        try:
            row.refresh_from_db(from_queryset=locked)
        except type(row).DoesNotExist as error:
            raise Http404 from error

    def _compare(self) -> None:
        """Look for changes that others have saved since the form was opened, and apply the choices of the writer."""
        if self.row is None:
            return
        current = self._built(None)
        data, undecided = decide(self.request.POST, current)
        self.form = self._built(data)
        if self.opened is None or not (undecided or self._is_changed_since(self.opened, current)):
            return
        before = read(data, NAME_BEFORE) or self.opened
        self.differences = differences(current, self.form, before, undecided)
        if self.differences:
            self.opened_anew = self.opened.at(self._version(), digests(current))
            self._skip_validation(self.form)  # until the writer has chosen

    def keep(self) -> None:
        """Keep what was sent, for a page that shows it again without validating it."""
        form = self._bound()
        form._errors, form.cleaned_data = forms.utils.ErrorDict(), {}
        self._keep()

    @property
    def sent_form(self) -> F:
        """The form as it was sent."""
        return self._bound()

    # --- The page ----------------------------------------------------------------------------------------------------

    def page(self, template: str, context: dict) -> HttpResponse:
        """The form with `template`, or the page that compares two texts; with `form` and `editing` in its context."""
        if self.request.method != "POST":
            self._open()
        self.opened = self.opened or self._new().at(self._version(), digests(self._built(None)))
        self.others = presence.others(self.request.user, self.name, among_staff=self.among_staff)
        presence.note(self.request.user, self.name)
        if self.differences:
            return render(self.request, "editing/compare.html", context | {"editing": self, "saved": self._saved_by()})
        return render(self.request, template, context | {"editing": self, "form": self._bound()})

    def _saved_by(self) -> str:
        assert self.row, "only what is saved differs"
        change = last_change.last_change_of(self.row)
        return last_change.in_words(change, self.request.user, among_staff=self.among_staff)

    def _open(self) -> None:
        self.form = self._built(None)
        self.scratch = scratch.kept(self.request.user, self.name)
        if self.scratch:
            self._fill_in(scratch.typed(self.scratch))

    def _fill_in(self, typed: QueryDict) -> None:
        """Replace the words of the row with those of the scratch copy; the form still counts as opened back then."""
        self.form = self._built(None)
        for name, field in self.form.fields.items():
            if not field.widget.value_omitted_from_data(typed, {}, name):
                self.form.initial[name] = field.widget.value_from_datadict(typed, {}, name)
        self.opened = read(typed)
        if self.row and self.opened:
            self.is_overtaken = self._is_changed_since(self.opened, self._built(None))

    @property
    def signed(self) -> str:
        """The value of the hidden field of the form."""
        assert self.opened, "a page was opened, or a form was sent"
        return self.opened.signed()

    @property
    def signed_anew(self) -> str:
        """The same for the page that compares, whose form is opened at the version that it shows."""
        return self.opened_anew.signed()

    @property
    def before(self) -> str:
        """On the page that compares: the signed `Opened` of the form when it was first opened."""
        return self.request.POST.get(NAME_BEFORE) or self.request.POST.get(NAME, "")

    @property
    def reference(self) -> str:
        """The signed name of the form for the page that discards, short enough for an address."""
        return self._new().signed()

    @property
    def is_search(self) -> bool:
        """Whether the form was sent to look something up, and not to be saved."""
        return is_search(self.request.POST)

    @property
    def find_words(self) -> str:
        """The words typed into the search of the form."""
        return self.request.POST.get(FIND_WORDS, "").strip()

    @property
    def now(self):
        return timezone.now()

    @property
    def alike(self) -> list[tuple[str, str]]:
        """On the page that compares: the names and values that were sent and do not differ, for hidden fields."""
        assert self.form is not None
        shown = {NAME, *OF_THE_PAGE, *(each.field.name for each in self.differences)}
        pairs = ((name, value) for name, values in self.form.data.lists() for value in values)
        return [(name, value) for name, value in pairs if name not in shown and not name.startswith(("take-", SHOWN))]

    # --- The form ----------------------------------------------------------------------------------------------------

    def _as_sent(self) -> Opened | None:
        """What the sent form knows about itself, if anything. If its signature is not ours, a new `Opened` that does
        not tell when it was opened."""
        opened = read(self.request.POST)
        if opened is None and NAME in self.request.POST:
            return self._new()
        return opened

    @cached_property
    def sent(self) -> QueryDict:
        """What was sent, with fingerprints of its files: the same words with another file are not the same form."""
        words = self.request.POST.copy()
        for name, file in self.request.FILES.items():
            words.appendlist(name, fingerprint(file))
        return words

    def _new(self) -> Opened:
        return Opened(self.name, self.form_class.__name__, self.request.user.pk, among_staff=self.among_staff)

    def _version(self) -> int | None:
        return getattr(self.row, "version", None)

    def _is_changed_since(self, opened: Opened, current: F) -> bool:
        """Whether the row was saved since then; for a row without a version, whether the form would have other values
        now."""
        if isinstance(self.row, Versioned):
            return opened.version != self.row.version
        return opened.digests != digests(current)

    def _built(self, data: QueryDict | None) -> F:
        files = {"files": self.request.FILES} if data is not None and self.request.FILES else {}
        form = self.form_class(data, **files, **self.options)
        take_any_length(form.fields.values())
        return form

    def _bound(self) -> F:
        if self.form is None:
            self.form = self._built(self.request.POST)
        return self.form
