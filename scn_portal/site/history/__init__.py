"""The recorded history, for the staff: a page for each city and one for each person.

`kinds` is the table of what is recorded and whose it is, `wording` puts columns, values and names into words, `entries`
reads a page of history.
"""
