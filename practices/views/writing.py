"""Pages for writing a practice: the list of its tasks, each task, the translation, check and submit."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members import proposals
from members.editing.editing import Editing
from members.editing.sent_once import Answer
from members.models import City, Scratch
from members.place_names import named_in
from practices import moderation, related, story
from practices.choices import HIDDEN_FROM_MODERATORS
from practices.models import Practice, Revision
from practices.permissions import is_moderator
from practices.writing import checks
from practices.writing.forms import FORMS, RevisionForm, TranslationForm
from practices.writing.submission import SubmissionForm
from practices.writing.table import BY_SLUG, TASKS, State, WritingTask, state_of, state_of_translation
from scn_portal.base.forms import MAX_LENGTH_TEXT
from scn_portal.base.languages import Text, other
from scn_portal.base.markdown import lists_from_pasted


@dataclass(frozen=True)
class Line:
    """A line of the list: its label, its address, and its state."""

    title: str | Promise
    path: str
    state: State
    is_unsaved: bool = False


def practice_new(request, slug: str):
    """Begin a draft of a practice of a city, with its essentials."""
    city = get_object_or_404(City.objects.editable_by(request.user), slug=slug)
    draft = Revision(number=1, author=request.user)
    editing = Editing(request, f"practice-new:{city.slug}", FORMS["essentials"], instance=draft)

    def begin(form: RevisionForm) -> Answer:
        form.instance.practice = Practice.objects.create(city=city, created_by=request.user)
        form.save()
        message = _("Your draft is saved. Only your city sees it until you submit it.")
        return Answer(reverse("practice_edit", args=[form.instance.practice_id]), message)

    return editing.save(begin) or editing.page("practices/practice_new.html", {"city": city})


@require_safe
def practice_edit(request, pk: int):
    """The tasks of the open draft of a practice, each with its topic and its state."""
    practice, revision = _draft_of(request, pk)
    if not revision.is_writable:
        return _no_longer_writable(request, practice)
    context = {
        "city": practice.city,
        "practice": practice,
        "revision": revision,
        "lines": _lines(practice, revision, request.user),
        "translation": _translation_line(practice, revision, request.user),
        "needed": checks.needed(revision),
    }
    return render(request, "practices/tasks.html", context)


def _lines(practice: Practice, revision: Revision, user) -> list[Line]:
    unsaved = _unsaved(practice, user)
    return [
        Line(task.title, _path_of(task, practice), state_of(task, revision), task.slug in unsaved) for task in TASKS
    ]


def _path_of(task: WritingTask, practice: Practice) -> str:
    if task.page:
        return reverse(task.page, args=[practice.pk])
    return reverse("practice_task", args=[practice.pk, task.slug])


def _translation_line(practice: Practice, revision: Revision, user) -> Line:
    title = _("The other language: English") if revision.source_language == "fr" else _("The other language: French")
    path = reverse("practice_translation", args=[practice.pk])
    return Line(title, path, state_of_translation(revision), "translation" in _unsaved(practice, user))


def _unsaved(practice: Practice, user) -> set[str]:
    """The tasks in which `user` has typed words that are kept but not saved."""
    kept = Scratch.objects.filter(user=user, form__startswith=f"practice:{practice.pk}:")
    return {form.rpartition(":")[2] for form in kept.values_list("form", flat=True)}


def practice_task(request, pk: int, slug: str):
    """One task. If the text was submitted meanwhile, the form comes back with what was typed."""
    practice, revision = _draft_of(request, pk)
    task = BY_SLUG.get(slug)
    if task is None or task.page:
        raise Http404
    if request.method != "POST" and not revision.is_writable:
        return _no_longer_writable(request, practice)
    language = revision.source_language
    editing = Editing(request, f"practice:{practice.pk}:{slug}", FORMS[slug], row=revision, language=language)

    def change(form: RevisionForm) -> Answer:
        form.save()
        return Answer(_after(request, practice, slug), _("Your draft is saved."))

    context = {"city": practice.city, "practice": practice, "revision": revision, "task": task}
    if answer := editing.save(change):
        return answer
    return editing.page("practices/task.html", context | _beside(editing, task.slug, revision))


def _after(request, practice: Practice, slug: str) -> str:
    """The address after a task is saved: the list, or the same page if something was chosen from a search."""
    for button, place in (("choose", "originals"), ("choose_city", "partners")):
        if button in request.POST:
            return reverse("practice_task", args=[practice.pk, slug]) + f"#{place}"
    return reverse("practice_edit", args=[practice.pk])


def _beside(editing: Editing, slug: str, revision: Revision) -> dict:
    """The context of the side column of a task: similar practices, or the results of a search for originals or
    partners."""
    words = editing.find_words
    if slug == "essentials":
        words = " ".join(revision.text(name, revision.source_language).value for name in ("title", "summary"))
        return {"similar": related.similar_to(words, revision.practice.city)}
    if slug == "learning":
        found = related.found_by(words, besides=revision.practice, language=get_language()) if words else []
        return {"words": words, "found": found}
    if slug == "story":
        return {"words": words, "found": _partners(words, editing, revision) if words else []}
    return {}


def _partners(words: str, editing: Editing, revision: Revision) -> list[City]:
    """Cities that `words` name, without those already chosen in the form."""
    chosen = set(editing.request.POST.getlist("partner_cities"))
    others = City.objects.listed().filter(pk__in=named_in(words)).exclude(pk=revision.practice.city_id)
    return [city for city in others if str(city.pk) not in chosen][: related.MAX_FOUND]


def practice_translation(request, pk: int):
    """The translation beside the source: the texts that are missing, and those that have changed since they were
    translated."""
    practice, revision = _draft_of(request, pk)
    if request.method != "POST" and not revision.is_writable:
        return _no_longer_writable(request, practice)
    name, target = f"practice:{practice.pk}:translation", other(revision.source_language)
    editing = Editing(request, name, TranslationForm, row=revision, language=target)

    def change(form: RevisionForm) -> Answer:
        form.save()
        return Answer(reverse("practice_edit", args=[practice.pk]), _("Your draft is saved."))

    context = {"city": practice.city, "practice": practice, "revision": revision, "target": target}
    return editing.save(change) or editing.page("practices/translation.html", context)


def practice_check(request, pk: int):
    """Check and submit: what a moderator would ask, the risks, the harm check and the note to the moderator."""
    practice, revision = _draft_of(request, pk)
    if request.method != "POST" and not revision.is_writable:
        return _no_longer_writable(request, practice)
    if request.method != "POST" and proposals.waits_for_a_focal_point(request.user, practice.city):
        # The user who submits is responsible for the text, so they answer the questions of that page too.
        messages.info(request, _("In your city a focal point checks and submits practices. Propose it to them here."))
        return redirect("practice_workspace", pk=practice.pk)
    editing = Editing(request, f"practice:{practice.pk}:check", SubmissionForm, row=revision)

    def submit(form: SubmissionForm) -> Answer:
        proposals.require_release(request.user, practice.city)
        try:
            moderation.perform(
                "submit", revision=revision, by=request.user, note=form.cleaned_data["note"], harm=form.harm_check()
            )
        except moderation.Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        message = _("Submitted. A moderator will read it, and you will get the decision by email.")
        return Answer(reverse("practice_workspace", args=[practice.pk]), message)

    if answer := editing.save(submit):
        return answer
    context = {
        "city": practice.city,
        "practice": practice,
        "revision": revision,
        "needed": checks.needed(revision),
        "asked": checks.asked_about(revision),
    }
    return editing.page("practices/check.html", context)


@require_safe
def practice_preview(request, pk: int):
    """A revision as the public would read it: for its city, and for moderators once it is submitted."""
    readable = Q(practice__in=Practice.objects.visible_in_workspace_to(request.user))
    if is_moderator.test(request.user):
        readable |= ~Q(status__in=HIDDEN_FROM_MODERATORS)
    revisions = (
        Revision.objects.filter(readable).select_related("practice__city").with_served().with_first_publication()
    )
    revision = get_object_or_404(revisions, pk=pk)
    context = story.context_of(revision) | {"practice": revision.practice}
    context["can_write"] = City.objects.editable_by(request.user).filter(pk=revision.practice.city_id).exists()
    return render(request, "practices/preview.html", context)


# Both use POST: words that are being written do not belong in addresses, which servers log.


@require_POST
def practice_similar(request, slug: str):
    """The fragment of a page with similar practices, while `words` are being written."""
    city = get_object_or_404(City.objects.editable_by(request.user), slug=slug)
    context = {"similar": related.similar_to(request.POST.get("words", ""), city)}
    return render(request, "practices/_similar.html", context)


@require_POST
def markdown_preview(request):
    """The fragment of a page with a preview of `text`, in `language`."""
    language = "fr" if request.POST.get("language") == "fr" else "en"
    text = lists_from_pasted(request.POST.get("text", "")[:MAX_LENGTH_TEXT])
    return render(request, "practices/_markdown.html", {"shown": Text(text, language)})


def _draft_of(request, pk: int) -> tuple[Practice, Revision]:
    """The practice and its newest revision; Http404 unless the user writes for its city."""
    practice = get_object_or_404(Practice.objects.editable_by(request.user).select_related("city"), pk=pk)
    revision = practice.newest
    revision.practice = practice
    return practice, revision


def _no_longer_writable(request, practice: Practice):
    messages.info(request, _("This text can no longer be changed. Open a new draft to continue writing."))
    return redirect("practice_workspace", pk=practice.pk)
