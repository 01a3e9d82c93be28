"""Cleaning a file before it is kept: a picture is redrawn, a PDF is rewritten or refused.

The modules import nothing of Django, and import each other relatively. As a program (`__main__`), they run in a
separate process, whose memory the kernel limits.
"""
