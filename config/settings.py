"""Environment in, Django's settings out: strict parsing, safe defaults, a sentence for every fault.

Every variable read here stands in `.env.example`, and a test holds the two together.
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from config import logs, reporting
from config.admin_look import UNFOLD as UNFOLD
from config.env import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment.of(BASE_DIR)

# ── Who answers, and how ─────────────────────────────────────────────────────
SECRET_KEY = env.text("SECRET_KEY")
# What stands encrypted in the database (config/secrets.py), newest first; without any the key comes from SECRET_KEY.
ENCRYPTION_KEYS = env.keys("ENCRYPTION_KEYS")
DEBUG = env.flag("DEBUG", default=False)
HTTPS = env.flag("HTTPS", default=True)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
ORGANISATION_OF_REQUEST = "staff.signin.organisation_of"
CALLER_OF_REQUEST = "staff.signin.caller_of"
TICKET_OF_TOKEN = "staff.signin.ticket_of"
OBSERVED = "monitoring.middleware.Observed"
# What people's careers ask of the apps above them, which `staff` may not import: to tell somebody something, to take
# the shifts of somebody who leaves back in the same transaction, and to say beforehand what leaving would mean.
TELL = "notifications.services.tell_one"
WHEN_SOMEBODY_LEAVES = ["roster.services.leaving.free_shifts_of"]
WHEN_SOMEBODY_IS_ERASED = ["monitoring.backups.erasures.note"]
WHAT_LEAVING_MEANS = ["roster.selectors.leaving.shifts_that_open"]
# What a new organisation begins with, each entered into it: shift templates and rules, criteria, required documents.
WHEN_AN_ORGANISATION_IS_FOUNDED = [
    "roster.defaults.add_defaults", "reviews.defaults.add_defaults", "staff.services.requests.add_required_defaults",
]  # fmt: skip
# Who calls the installation's webhook when somebody seems to attack an organisation.
CALL_WEBHOOK = "monitoring.services.calling.call_webhook"
# Whose X-Forwarded-For is believed: the addresses of our own proxies, as networks.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
# What each web process runs beside its requests.
STARTS_WITH_WEB = ["monitoring.watchman.start"]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "csp",
    "config.apps.ProjectConfig",
    "staff",
    "notifications",
    "documents",
    "roster",
    "reviews",
    "monitoring",
]

MIDDLEWARE = [
    "config.errors.RequestId",
    # Answers a load balancer before anything is asked: no redirect, no session, no host name.
    "monitoring.health.Probes",
    "monitoring.middleware.Observe",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.throttle.RateLimits",
    "config.callers.Origins",
    # Outside of the transaction: a refusal that takes its own back is counted all the same.
    "staff.watching.Watch",
    # From here on a signed-in request runs inside its organisation and one transaction.
    "config.tenancy.OrganisationMiddleware",
    "staff.middleware.Authentication",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # An operator who visits: from here on inside the organisation that they look at.
    "staff.visiting.Visits",
    # Last, so that a refusal's page still stands inside the organisation.
    "config.refusals.RefusalPages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "config.views.shell",
            ],
        },
    }
]

# ── Data ─────────────────────────────────────────────────────────────────────
# The application's role is neither owner nor superuser, so row-level security binds it.
# manage.py sets DATABASE_ROLE=owner for the few commands that change tables.
DATABASE_ROLE = env.one_of("DATABASE_ROLE", {"APPLICATION", "OWNER"}, "APPLICATION")
_application, _owner = env.database("DATABASE_URL"), env.database("DATABASE_OWNER_URL")
if _application and not _owner:
    env.refuse("DATABASE_OWNER_URL is not set; migrations need the role that owns the tables.")
if not _application:
    env.refuse(
        "There is no database: start the embedded one with `make run`, or set DATABASE_URL and DATABASE_OWNER_URL."
    )
DATABASE_APPLICATION_USER = _application.get("USER", "")
DATABASE_OWNER = _owner
DATABASE_POOL = env.number("DATABASE_POOL", 0)

# Seconds. Left alone a pool tries to reconnect after 1, 2, 4, 8 … and is still away when PostgreSQL is long back; one
# that gives up soon tries again for the next request.
POOL = {"min_size": 1, "timeout": 3, "reconnect_timeout": 1}

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **(_owner if DATABASE_ROLE == "OWNER" else _application),
        "CONN_MAX_AGE": 0 if DATABASE_POOL else 60,
        "CONN_HEALTH_CHECKS": True,
        # A pool only in web processes: shared across prefork children it times out (celery#9953).
        "OPTIONS": {"pool": POOL | {"max_size": DATABASE_POOL}} if DATABASE_POOL else {},
    }
}
# Backups: the key, the folder (default: beside the embedded server's data), a second folder elsewhere.
BACKUP_KEY = env.text("BACKUP_KEY", "")
BACKUP_TO = env.text("BACKUP_TO", "")
BACKUP_COPY_TO = env.text("BACKUP_COPY_TO", "")
# Of a given server: the role that may read every row, and PostgreSQL's programs if the embedded ones do not fit it.
BACKUP_DATABASE = env.database("BACKUP_DATABASE_URL")
BACKUP_PROGRAMS = env.text("BACKUP_PROGRAMS", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
BROKER_URL = env.text("BROKER_URL", REDIS_URL)
# Copies of what people ask for again and again: config/caching. A TTL bounds memory; the stamps see to the truth.
CACHE_ENABLED = env.flag("CACHE_ENABLED", default=True)
CACHE_DEFAULT_TTL = env.number("CACHE_DEFAULT_TTL", 900, least=1)
_dashboard = env.number("CACHE_TTL_DASHBOARD", 600, least=1)
CACHE_TTLS = {
    "notifications": env.number("CACHE_TTL_NOTIFICATIONS", 300, least=1),
    "unread_count": env.number("CACHE_TTL_UNREAD_COUNT", 300, least=1),
    "schedule": env.number("CACHE_TTL_SCHEDULE", 900, least=1),
    "dashboard": _dashboard,
    "review_figures": _dashboard,
    "paper_figures": _dashboard,
    "own_papers": _dashboard,
    "my_reviews": env.number("CACHE_TTL_MY_REVIEWS", 1800, least=1),
    "reviews_of_staff": env.number("CACHE_TTL_REVIEWS_OF_STAFF", 1800, least=1),
    "reviews_by_manager": env.number("CACHE_TTL_REVIEWS_BY_MANAGER", 1800, least=1),
    "reference": env.number("CACHE_TTL_REFERENCE", 300, least=1),
}
CACHE_TIMEOUT = 0.5  # seconds, for connecting and for an answer
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_CONNECT_TIMEOUT": CACHE_TIMEOUT,
            "SOCKET_TIMEOUT": CACHE_TIMEOUT,
        },
    }
}

# ── People and sessions ──────────────────────────────────────────────────────
AUTH_USER_MODEL = "staff.Person"
# E-mail is unique in the installation by the table staff_signin; a unique key here would tell one organisation
# whom another employs.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["staff.signin.EmailBackend"]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["staff.signin.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "staff.passwords.NotAmongTheLast"},
]
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())

# ── The browser's rules ──────────────────────────────────────────────────────
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_FAILURE_VIEW = "config.refusals.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
# A scraper and a health check come past the proxy that speaks TLS, within the machines' own network.
SECURE_REDIRECT_EXEMPT = [r"^metrics$", r"^health/", r"^api/v1/health/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", default=False) else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# ── API ──────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["staff.signin.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["config.parsing.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "config.api.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.error_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "AUTH_HEADER_TYPES": ("Bearer",),
    "UPDATE_LAST_LOGIN": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Ace Mall Staff",
    "DESCRIPTION": "Rosters, people and notifications of one organisation, as far as the signed-in person reaches. "
    "Where the organisation’s plan does not include the API, whatever takes or gives a token, except auth/logout, "
    "answers 403 `plan_required`.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],  # public, also to a client that sends its token along
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {"int": {"type": "string"}},  # ids are opaque to clients
    # Fields of one name with other values in it: each set is named after what it belongs to.
    "ENUM_NAME_OVERRIDES": {
        "DocumentKind": "staff.documents.kinds.DocumentKind",
        "DocumentState": "staff.api.papers.STATES",
        "HiringStep": "staff.api.drafts.STEP_NAMES",
        "PaperKind": "staff.documents.kinds.PaperKind",
        "SecurityKind": "staff.models.SecurityKind",
        "ReviewState": "reviews.api.reviews.STATES",
        "ShiftState": "roster.api.shifts.STATES",
        "BreachLevel": "roster.api.shifts.LEVELS",
        "AlertLevel": "monitoring.models.Level",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.schema.document_errors",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# ── Telling people outside the product ───────────────────────────────────────
SITE_URL = env.site("SITE_URL", "http://127.0.0.1:8000/")
_mail = env.mail_server("EMAIL_URL")
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Ace Mall Staff <no-reply@localhost>")
ALERT_EMAILS = env.addresses("ALERT_EMAILS")
if ALERT_EMAILS and not EMAIL_HOST:
    env.refuse("ALERT_EMAILS names people, but EMAIL_URL names no mail server: nothing would reach them.")
ALERT_WEBHOOK_URL = env.site("ALERT_WEBHOOK_URL")
# A webhook that may reach 127.0.0.1 or 10.0.0.0/8 can be pointed at what only this machine sees.
ALLOW_PRIVATE_WEBHOOKS = env.flag("ALLOW_PRIVATE_WEBHOOKS", default=False)

# ── Jobs ─────────────────────────────────────────────────────────────────────
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A hung broker may hold a publishing request for a second, never for a minute: the outbox is swept anyway.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    # kombu tries to connect for 4 s and more unless told; `retry=False` does not reach this loop.
    "connect_retries_timeout": 0.5,
    "interval_start": 0.1,
    "interval_max": 0.1,
    # Longer than any task may take: a message that is still at work must not be delivered a second time.
    "visibility_timeout": 7200,
}
# Its ticks are claimed in PostgreSQL, so that two beats send each once (docs/decisions/0007-jobs.md).
CELERY_BEAT_SCHEDULER = "monitoring.beat:ClaimingScheduler"

# ── How long things are kept: days, by the kinds of monitoring/services/retention.py
KEEP_DAYS = {
    "notifications": env.number("KEEP_NOTIFICATIONS_DAYS", 90, least=1),
    "deliveries": env.number("KEEP_DELIVERIES_DAYS", 90, least=1),
    "job_runs": env.number("KEEP_JOB_RUNS_DAYS", 90, least=1),
    "alerts": env.number("KEEP_ALERTS_DAYS", 365, least=1),
    # Seven years; the database itself keeps the last one whatever stands here.
    "audit": env.number("KEEP_AUDIT_DAYS", 2557, least=366),
    "sessions": env.number("KEEP_SESSIONS_DAYS", 30, least=1),
    "security_events": env.number("KEEP_SECURITY_EVENTS_DAYS", 365, least=1),
    "visits": env.number("KEEP_VISITS_DAYS", 365, least=1),
    "letters": env.number("KEEP_LETTERS_DAYS", 30, least=1),
    "hiring_drafts": env.number("KEEP_HIRING_DRAFTS_DAYS", 30, least=1),
    # Personal data of people who left: seven years, after which they are erased.
    "leavers": env.number("KEEP_LEAVERS_DAYS", 2557, least=1),
}
KEEP_TEMPORARY_HOURS = env.number("KEEP_TEMPORARY_HOURS", 24, least=1)

# ── Words, times and files ───────────────────────────────────────────────────
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served straight from the apps' folders unless a build has collected them: nothing to wait for at the first start.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT.exists()
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = BASE_DIR / ".local" / "media"
# Uploads in progress and whatever else is of no use tomorrow; the nightly upkeep empties it.
TEMPORARY_ROOT: Path = BASE_DIR / ".local" / "tmp"
FILE_UPLOAD_TEMP_DIR = TEMPORARY_ROOT
FILE_UPLOAD_HANDLERS = [
    "config.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# ClamAV looks at every upload where this names one; while it does not answer, nothing is taken.
CLAMD_URL = env.clamd("CLAMD_URL")
CLAMD_TIMEOUT = 10  # seconds, for all of a look
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

# ── Being watched ────────────────────────────────────────────────────────────
# Lets a scraper read what only senior admins and operators may; empty lets no scraper in.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
METRICS_FROM_LOOPBACK = env.flag("METRICS_FROM_LOOPBACK", default=False)
PROMETHEUS_FOLDER = env.text("PROMETHEUS_FOLDER", "") or str(BASE_DIR / ".local" / "prometheus")
# Which commit this is, where there is no .git to ask.
GIT_COMMIT = env.text("GIT_COMMIT", "")

SENTRY_DSN = env.text("SENTRY_DSN", "")
OTEL_EXPORTER_OTLP_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_ENDPOINT", "")
for _setting, _value in (("SENTRY_DSN", SENTRY_DSN), ("OTEL_EXPORTER_OTLP_ENDPOINT", OTEL_EXPORTER_OTLP_ENDPOINT)):
    if _value and (_sentence := reporting.missing(_setting)):
        env.refuse(_sentence)

LOG_LEVEL = env.one_of("LOG_LEVEL", {"DEBUG", "INFO", "WARNING", "ERROR"}, "INFO")
LOG_FORMAT = env.one_of("LOG_FORMAT", {"JSON", "TEXT"}, "JSON")
SLOW_AFTER_MS = env.number("SLOW_AFTER_MS", 1000, least=1)
# What a command prints is its answer, so what it logs goes beside it; a server has only its log.
_log_to = sys.stderr if Path(sys.argv[0]).name == "manage.py" else sys.stdout
LOGGING = logs.configuration(form=LOG_FORMAT, level=LOG_LEVEL, stream=_log_to)

env.finish()
