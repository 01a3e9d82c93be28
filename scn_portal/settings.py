"""Settings of Django and of other packages. Values that depend on the deployment are in `scn_portal/environment.py`."""

from typing import Any

import pghistory
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from scn_portal.base import faults, sentinel
from scn_portal.environment import *
from scn_portal.schedule import BOUNCES, SCHEDULE

# --- Parts -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "scn_portal",
    "scn_portal.base",
    "scn_portal.site",
    "scn_portal.demo",
    "members",
    "commitments",
    "practices",
    "digests",
    "modeltranslation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "scn_portal.base.static_files.StaticFilesConfig",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_countries",
    "pgtrigger",
    "pghistory",
]

if MAIL_PROVIDER:
    INSTALLED_APPS.append("anymail")

MIDDLEWARE = [
    "scn_portal.base.request_ids.RequestIdMiddleware",
    "scn_portal.base.counting.CountingMiddleware",
    # First, since they add headers to every response, including static files and errors.
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "scn_portal.base.http.site_host.SiteHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Outside of compression and of everything that reads the user.
    "scn_portal.base.http.caching.CachingMiddleware",
    "scn_portal.base.http.methods.KnownMethodsMiddleware",
    "scn_portal.base.http.compression.CompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "scn_portal.base.http.error_pages.MaintenanceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "members.middleware.ReaderLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "members.editing.given_back.FormsGivenBackMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "members.sign_in.session_ends.LastingAuthenticationMiddleware",
    "members.middleware.ClosedByDefaultMiddleware",
    "members.sign_in.second_factor.SecondFactorMiddleware",
    "scn_portal.base.http.error_pages.TooManyMiddleware",
    "members.sign_in.limited.LimitedFormsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "scn_portal.base.http.history.HistoryMiddleware",
    "members.middleware.ReaderTimeZoneMiddleware",
    "scn_portal.site.gone.GoneMiddleware",
]

ROOT_URLCONF = "scn_portal.urls"
WSGI_APPLICATION = "scn_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "scn_portal.base.templates.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "scn_portal.site.context_processors.site",
                "scn_portal.demo.context_processors.demo_code",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "scn_portal.base.templatetags.flat",
                "scn_portal.base.templatetags.portal",
            ],
        },
    },
    # The texts of mails are Markdown: typed text is made inert, not escaped for HTML.
    {
        "NAME": "mail",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "autoescape": False,
            "loaders": [("scn_portal.base.mail.inert.Loader", ["django.template.loaders.filesystem.Loader"])],
            "builtins": ["django.templatetags.i18n", "scn_portal.base.templatetags.mail"],
        },
    },
]
# With this renderer, templates/ can override Django's form widgets.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
FORMS_URLFIELD_ASSUME_HTTPS = True  # the default of Django 6, for URLs typed without a scheme
INSTALLED_APPS.insert(0, "django.forms")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Languages and time ----------------------------------------------------------------------------------------------

LANGUAGES = [("en", "English"), ("fr", "Français")]
LANGUAGE_CODE = "en"
# The first one is ours; the second changes some texts of allauth.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "allauth"]
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
# A French-only text shows on English pages, labelled, and the other way round: see scn_portal/base/languages.py.
MODELTRANSLATION_FALLBACK_LANGUAGES = {"default": (), "en": ("fr",), "fr": ("en",)}
FORMAT_MODULE_PATH = ["scn_portal.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

COUNTRIES_OVERRIDE = {
    "XK": _("Kosovo"),  # a user-assigned code of ISO 3166 that the network uses
    "MK": _("North Macedonia"),
    "US": _("United States"),  # for the French apostrophe, which the package's own name lacks
}

# --- Static files ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "scn_portal.base.documents.storage.WholeFileStorage"}
    if not MEDIA_BUCKET
    else {
        "BACKEND": "scn_portal.base.documents.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": MEDIA_BUCKET,
            "endpoint_url": MEDIA_ENDPOINT or None,
            "region_name": MEDIA_REGION,
            "access_key": MEDIA_ACCESS_KEY,
            "secret_key": MEDIA_SECRET_KEY,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Files that people send ------------------------------------------------------------------------------------------

# A practice has 26 texts, each perhaps with 25,000 pasted characters, and an accented letter takes six bytes when sent.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "scn_portal.base.http.upload_limit.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "scn_portal.base.documents.storage.RoomyUploadHandler",
]

# --- People ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "members.User"
# A constraint makes addresses unique regardless of case; this check does not see it.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
# Without Django's own backend, which would hash each wrong password a second time; this one inherits from it.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name", "function")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "members.sign_in.known_words.KnownWordsValidator"},
]
LOGIN_URL = "account_login"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
LOGIN_REDIRECT_URL = "my_city"
ACCOUNT_ADAPTER = "members.allauth_adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "members.forms.InvitedSignupForm",
    "login": "members.allauth_forms.LoginForm",
    "add_email": "members.allauth_forms.AddEmailForm",
    "change_password": "members.allauth_forms.ChangePasswordForm",
    "set_password": "members.allauth_forms.SetPasswordForm",
    "request_login_code": "members.allauth_forms.RequestLoginCodeForm",
    "confirm_login_code": "members.allauth_forms.ConfirmLoginCodeForm",
    "reset_password": "members.allauth_forms.ResetPasswordForm",
    "reset_password_from_key": "members.allauth_forms.ResetPasswordKeyForm",
    "reauthenticate": "members.allauth_forms.ReauthenticateForm",
}
MFA_ADAPTER = "members.allauth_adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "members.allauth_forms.AuthenticateForm",
    "reauthenticate": "members.allauth_forms.ReauthenticateWithCodeForm",
    "activate_totp": "members.allauth_forms.ActivateTOTPForm",
    "add_webauthn": "members.allauth_forms.AddWebAuthnForm",
    "authenticate_webauthn": "members.allauth_forms.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "members.allauth_forms.ReauthenticateWebAuthnForm",
    "edit_webauthn": "members.allauth_forms.EditWebAuthnForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Signing up with an invitation verifies the address: the invitation has reached it.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# The limits of allauth are lost with the cache, and trust request headers. Ours are in members/sign_in/guesses.py.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
# Another way to sign in, besides a known browser, when strangers have used up the tries for passwords.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60  # a mail may take some minutes
MFA_PASSKEY_LOGIN_ENABLED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# A mail when a password, an address or the second factor changes, and the password again before such a change.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # clocks of phones are not always right, and somebody may be slow to type
MFA_TOTP_ISSUER = "Strong Cities Network"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

# --- History: every insert, change and deletion of a tracked row, by database triggers -------------------------------

# Not for GET: reading the user would set Vary: Cookie, and public pages could not be cached.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())

# --- Redis: cache and queue -----------------------------------------------------------------------------------------

# Clearing the cache empties its whole Redis database, so the queue uses another.
# The cache has nothing that a page needs, so Redis may be away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": [CACHE_URL],  # a list, since Django would split an address with commas
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2} | sentinel.cache_options(CACHE_URL),
    },
    # Parts of pages: scn_portal/base/fragments.py. Building one takes milliseconds, so the wait for Redis is short.
    "fragments": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": [CACHE_URL],
        "KEY_PREFIX": "fragment",
        "OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.2} | sentinel.cache_options(CACHE_URL),
    },
}
CELERY_BROKER_URL, of_sentinels = sentinel.broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker tries to reach Redis for ever. By default it tries a hundred times, for 47 minutes, and then ends for good.
CELERY_BROKER_CONNECTION_MAX_RETRIES: int | None = None
# A request that starts a task must not hang when the broker is down; beat starts the task again within a minute.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2, "max_retries": 0} | of_sentinels
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Tasks that take minutes have their own queue and worker, so that no mail waits behind them.
CELERY_TASK_ROUTES = {"scn_portal.site.tasks.make_files": {"queue": "files"}}
# Kilobytes. A child that uses more is replaced after its task; this is only a precaution, since normally none does.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 250_000
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE | (BOUNCES if BOUNCES_URL else {})

# Seconds for which caches before the portal keep public answers without asking. After that, a take-down is complete.
FRESH_SECONDS = 10

# Addresses of this machine at which the worker may check sources in tests; no other private address is ever asked.
SOURCE_HOSTS_OF_TESTS: tuple[str, ...] = ()

# --- Mail ------------------------------------------------------------------------------------------------------------

EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL["EMAIL_HOST"]
EMAIL_PORT = EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL["EMAIL_USE_TLS"]
EMAIL_USE_SSL = EMAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20

# --- Safety ----------------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# With this prefix, browsers accept a cookie only from this host, so no other host of the domain can plant one.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and HSTS_INCLUDE_SUBDOMAINS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|taken-down)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Only our own files. `data:` is for the arrows and check marks of Pico and the QR code of allauth.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "upgrade-insecure-requests": HTTPS,
    }
}
# The portal uses passkeys and copies codes to the clipboard; nothing else is allowed. Only names that Chromium knows
# on every system: it warns about others in the console.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media",
        "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer",
        "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial", "storage-access", "usb",
        "window-management", "xr-spatial-tracking",
    )
} | {
    "clipboard-write": ["self"],
    "publickey-credentials-create": ["self"],
    "publickey-credentials-get": ["self"],
}  # fmt: skip
CSRF_FAILURE_VIEW = "members.editing.given_back.refused"
if PRODUCTION:
    CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- Logs ------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # No address and no token in any log line of the web server, the workers and beat.
    "filters": {
        "redacted": {"()": "scn_portal.base.redaction.RedactingFilter"},
        "request_id": {"()": "scn_portal.base.request_ids.RequestIdFilter"},
    },
    "formatters": {
        "line": {
            "format": "{asctime} {levelname}/{processName} {name} [{request_id}]: {message}",
            "style": "{",
        },
        "json": {"()": "scn_portal.base.request_ids.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["redacted", "request_id"]}
    },
    "loggers": {"pikepdf": {"level": "WARNING"}},  # at INFO, it only reports that it logs
    "root": {"handlers": ["console"], "level": "INFO" if SCN_ENV != "test" else "WARNING"},
}
if SENTRY_DSN:
    faults.report_to(SENTRY_DSN, environment=SCN_ENV)
