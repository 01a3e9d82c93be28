"""Files that cost more than a page: a worker makes each of them once, and everybody is served the same file.

`wanted.Wanted` identifies a file. `asking` finds it and queues it, once however many readers ask; `making` is the work
of the worker; `serving` sends the file; `keeping` is for files that are quick to make and often asked for; `sweeping`
deletes old ones.
"""
