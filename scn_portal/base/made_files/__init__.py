"""Files that cost more than a page: a worker makes each once, everybody is served the same file.

`wanted.Wanted` names a file. `asking` finds it and puts it in line, once however many ask; `making` is what the worker
does; `serving` sends it; `keeping` is for what is quick to make and asked for often; `sweeping` forgets.
"""
