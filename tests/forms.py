"""What a browser without scripts sends: the fields of the form on a page with their current values."""

import lxml.html

from practices.writing.table import task_of


def form_of(response):
    """The form on a page whose typed words are kept, or that gives them back."""
    page = lxml.html.document_fromstring(response.content)
    forms = page.xpath("//form[@id='editing']") or page.xpath("//main//form[@method='post']")
    return forms[0]


def fields_of(response) -> dict:
    """The values of the fields of the form, by name; a list for fields with several values."""
    found: dict[str, list] = {}
    form = form_of(response)
    for name, value in form.form_values():
        # lxml treats a choice with an empty value as one without a value.
        is_empty = form.xpath(".//input[@type='radio'][@checked][@name=$name][@value='']", name=name)
        # Browsers leave out the line break after <textarea>.
        is_long = bool(form.xpath(".//textarea[@name=$name]", name=name))
        found.setdefault(name, []).append("" if is_empty else value.removeprefix("\n") if is_long else value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def press(client, response, **changes):
    """Send the form of `response` to its address, with `changes`."""
    address = form_of(response).get("action") or response.wsgi_request.get_full_path()
    return client.post(address, fields_of(response) | changes)


def write_practice(client, draft, **typed):
    """Write `typed` into the tasks of `draft`, each field into the task that has it. Returns the answer of the last
    task, or of the first one that was not saved."""
    response = None
    for slug, fields in _by_task(draft, typed).items():
        page = client.get(f"/en/my-city/practices/{draft.practice_id}/edit/{slug}/")
        response = client.post(page.request["PATH_INFO"], (fields_of(page) if page.status_code == 200 else {}) | fields)
        if response.status_code != 302:
            return response
    return response


def _by_task(draft, typed: dict) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for name, value in typed.items():
        is_text = name[-3:] in ("_en", "_fr")
        is_translation = is_text and name[-2:] != draft.source_language
        slug = "translation" if is_translation else task_of(name[:-3] if is_text else name).slug
        found.setdefault(slug, {})[name] = value
    return found


HARMLESS = {"at_risk": "no", "faces": "no", "quoted": "no"}


def submit_practice(client, practice_pk: int, **changes):
    """Send the page “Check and submit” of a practice, with `changes` to its answers."""
    address = f"/en/my-city/practices/{practice_pk}/edit/check/"
    return client.post(address, HARMLESS | changes)
