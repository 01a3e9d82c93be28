# The image of web, worker and beat. Built from the lock file; runs without root.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock ./
# No development tools, no embedded servers; with the part that hears providers of mail, used where one is named.
RUN uv sync --locked --no-default-groups --extra anymail --no-cache
COPY . .
RUN .venv/bin/python -m scn_portal.compile_messages
# Settings want every value; these serve to collect the static files and do not reach the image.
RUN SCN_ENV=production SECRET_KEY=only-to-collect-the-static-files-while-the-image-is-built \
    SECOND_FACTOR_KEY=only-to-collect-the-static-files-while-the-image-is-built \
    ALLOWED_HOSTS=localhost TRUSTED_PROXY_COUNT=0 SITE_URL=https://localhost DATABASE_URL=postgres://localhost/scn \
    REDIS_URL=redis://localhost/0 CACHE_URL=redis://localhost/1 EMAIL_URL=smtp://localhost:25 \
    DEFAULT_FROM_EMAIL=portal@localhost LEGAL_PUBLISHER=nobody LEGAL_HOST=nowhere CONTACT_EMAIL=portal@example.org \
    MEDIA_ROOT=/app/media \
    .venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin scn
WORKDIR /app
COPY --from=build /app /app
# A volume mounted here takes its owner from this folder.
RUN install --directory --owner scn /app/media
USER scn
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 SCN_ENV=production
EXPOSE 8000
# The first of ALLOWED_HOSTS is sent along: Django answers to no other name.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0]}), timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "scn_portal.wsgi:application"]
