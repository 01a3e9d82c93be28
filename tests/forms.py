"""What a browser without scripts sends: the fields of the form of a page, as they stand."""

import lxml.html


def form_of(response):
    """The form whose words are kept, or which gives them back."""
    page = lxml.html.document_fromstring(response.content)
    forms = page.xpath("//form[@id='editing'] | //main//form[@method='post']")
    return forms[0]


def fields_of(response) -> dict:
    """Its fields, by name; those with several values as a list."""
    found: dict[str, list] = {}
    form = form_of(response)
    for name, value in form.form_values():
        # lxml takes a choice whose value is empty for one without a value.
        is_empty = form.xpath(".//input[@type='radio'][@checked][@name=$name][@value='']", name=name)
        # Browsers leave out the line end that follows <textarea>.
        is_long = bool(form.xpath(".//textarea[@name=$name]", name=name))
        found.setdefault(name, []).append("" if is_empty else value.removeprefix("\n") if is_long else value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def press(client, response, **changes):
    """Send the form of `response` to where it goes, with `changes`."""
    address = form_of(response).get("action") or response.wsgi_request.get_full_path()
    return client.post(address, fields_of(response) | changes)
