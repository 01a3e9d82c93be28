"""The page that asks before something that cannot be undone: what will happen, and one button.

A view shows it for GET and acts for POST:

    if request.method != "POST":
        return ask(request, Question(title=…, consequences=[…], button=…, back=…))
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from scn_portal.base.languages import Text

Words = str | Promise


@dataclass(frozen=True)
class Question:
    """What the page says: a question as its title, each consequence as a sentence, the words of the button, and the
    path to go back to. `what` is the title of the thing itself, such as a practice.

    `form` asks for more before the button, such as a reason. `is_danger`: something is taken away or deleted.
    """

    title: Words
    consequences: Sequence[Words]
    button: Words
    back: str
    what: Text | None = None
    form: forms.Form | None = None
    is_danger: bool = True


def ask(request: HttpRequest, question: Question, **context: object) -> HttpResponse:
    """The page with `question`. `context` may give `city`, for the way back in the crumbs."""
    return render(request, "confirm.html", {"city": None, "question": question, "form": question.form} | context)
