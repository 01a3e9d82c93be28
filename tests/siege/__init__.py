"""`make siege`: the whole portal under use while part after part of it fails, and what was lost, counted.

All parts are real: granian as the Dockerfile starts it, a Celery worker and beat, PostgreSQL, Redis, an SMTP server.
Readers read, cities report and attach files, moderators publish, an issue of the newsletter goes out. Meanwhile Redis,
PostgreSQL, the mail server, workers and the disk fail in turn. Afterwards the test checks that everything that was
acknowledged is there.
"""
