"""Nothing typed is lost: what every form of the workspace and of the desk has in common (decision 14).

A view makes an `Editing`, saves with it or shows its page. The words that are being typed are kept in a scratch copy, a
text that somebody else has changed meanwhile is compared before anything is saved, a form sent twice is saved once, and
a form whose session has ended is given back with all that it held.
"""
