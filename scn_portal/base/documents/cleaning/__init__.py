"""What is done to a file before it is kept: a picture is drawn anew, a PDF rewritten or refused.

Nothing of Django is imported here, and the modules name each other relatively: run as a program (`__main__`), they do
their work in a process of its own, whose memory the kernel limits.
"""
