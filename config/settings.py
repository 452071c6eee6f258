"""Every setting, from the environment. SITE_URL tells a laptop from production (DESIGN: laptop or
production); whatever must be set and is not stops the start with the name of what is missing."""

from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from config import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# ── where we are ────────────────────────────────────────────────────────────────────────────────
SITE_URL, LAPTOP = env.site_url()
SITE_HOST = urlsplit(SITE_URL).hostname or ""
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] if LAPTOP else [SITE_HOST]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DEBUG = False


def _secret_key() -> str:
    key = env.text("SECRET_KEY")
    if key:
        return key
    if not LAPTOP:
        raise ImproperlyConfigured("SECRET_KEY is not set; production needs a long random one.")
    kept = VAR_DIR / "secret_key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(get_random_secret_key(), encoding="utf-8")
    return kept.read_text(encoding="utf-8")


SECRET_KEY = _secret_key()
ADMIN_PATH = env.first_part("ADMIN_PATH", "admin/")

# ── the house ───────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "digests",
    "papers",
    "allauth",
    "allauth.account",
    "csp",
    "markdownx",
    "simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
MIDDLEWARE = [
    "digests.public.prepared.prepared",
    "config.middleware.headers",  # these two first: a redirect to https has their headers as well
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.bounded",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "config.urls"
# SITE_URL has no path. gunicorn takes SCRIPT_NAME from a header that a proxy beside it hands on,
# and one reader's would stand in the links of the page that all others get.
FORCE_SCRIPT_NAME = ""
WSGI_APPLICATION = "config.wsgi.application"
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
                "digests.public.context.masthead",
                "digests.public.cards.site_card",
            ],
        },
    },
]

# ── rows ────────────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Untuned, 83 of 600 concurrent writes ended in "database is locked"; so, none.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A server that is gone without a word must not hold every thread: libpq would wait for ever to
    # connect, and a quarter of an hour for an answer. DATABASE_URL may say otherwise.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 15_000,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        **DATABASES["default"].get("OPTIONS", {}),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    # Pictures, which would crowd the rate limits out of the other.
    "cards": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "cards",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
    # Readers' pages as one process has made them, for the others of this machine.
    "pages": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "pages",
        "TIMEOUT": 24 * 60 * 60,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}

# ── work ────────────────────────────────────────────────────────────────────────────────────────
# Which broker `manage.py up` starts or uses: REDIS_URL's, a private redis-server or valkey-server
# of ours, or the embedded one. `auto` takes the first of the three that can be had.
BROKER = env.choice("BROKER", "auto", ("auto", "url", "private", "embedded"))
REDIS_URL = env.broker_url("REDIS_URL")
BROKER_FILE = VAR_DIR / "broker"


def _broker_url() -> str:
    if REDIS_URL and BROKER in ("auto", "url"):
        return REDIS_URL
    if BROKER == "url" or not LAPTOP:
        raise ImproperlyConfigured("REDIS_URL is not set; write redis://HOST:6379/0.")
    if BROKER_FILE.exists():
        return BROKER_FILE.read_text(encoding="utf-8").strip()
    return "redis://127.0.0.1:1/0"  # nothing listens there: rings fail at once, rows stay queued


LEASE_SECONDS = 300.0  # one step's time; below the visibility timeout, above every deadline in it
CELERY_BROKER_URL = _broker_url()
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 30,
    "unacked_restore_throttle": 1,
    # Of the web processes; config.celery gives workers patience.
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5  # nothing is lost after it: rows are swept
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "Asia/Tokyo"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "papers.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "heartbeat": {"task": "papers.heartbeat", "schedule": 60.0, "options": {"expires": 55}},
    # On each full minute, which is the next look that the desk names.
    "publish-due": {
        "task": "digests.publish_due",
        "schedule": crontab(),
        "options": {"expires": 55},
    },
    # Publishing asks for it at once; this is for every other change that readers see.
    "warm": {"task": "digests.warm", "schedule": 60.0, "options": {"expires": 55}},
    "look": {
        "task": "digests.look_at_sources",
        "schedule": crontab(minute=0),  # on the hour; who is due is asked of each source's window
        "options": {"expires": 3000},
    },
    "tidy": {"task": "digests.tidy", "schedule": crontab(hour=4, minute=30)},
}

# ── arXiv and upstream lists ────────────────────────────────────────────────────────────────────
ARXIV_API_URL = env.text("ARXIV_API_URL", "https://export.arxiv.org/api/query")
ARXIV_PDF_URL = env.text("ARXIV_PDF_URL", "https://arxiv.org/pdf")
ARXIV_CONTACT = env.text("ARXIV_CONTACT", SITE_URL)
LANE_GAPS = {
    "api": env.arxiv_gap("ARXIV_API_GAP", ARXIV_API_URL),
    "pdf": env.arxiv_gap("ARXIV_PDF_GAP", ARXIV_PDF_URL),
}
# Hosts that an editor's address of a list may name (https only, no redirects).
LIST_HOSTS = env.words("LIST_HOSTS", "raw.githubusercontent.com")

# ── a language model, if there is one ───────────────────────────────────────────────────────────
# Any server that speaks OpenAI's chat completions. Without LLM_MODEL drafts are extracted.
LLM_BASE_URL = env.text("LLM_BASE_URL", "https://api.openai.com/v1")
LLM_MODEL = env.text("LLM_MODEL")
LLM_API_KEY = env.text("LLM_API_KEY")
LLM_TIMEOUT = env.number("LLM_TIMEOUT", 120, least=1)
LLM_RETRIES = env.whole("LLM_RETRIES", 2)
# Prices for a million tokens, in LLM_CURRENCY; what is not set is not known, and not 0.
LLM_PRICE_IN = env.money("LLM_PRICE_IN")
LLM_PRICE_CACHED = env.money("LLM_PRICE_CACHED")
LLM_PRICE_OUT = env.money("LLM_PRICE_OUT")
LLM_CURRENCY = env.text("LLM_CURRENCY", "JPY").upper()
LLM_MONTHLY_BUDGET = env.money("LLM_MONTHLY_BUDGET")
if LLM_MONTHLY_BUDGET is not None and None in (LLM_PRICE_IN, LLM_PRICE_CACHED, LLM_PRICE_OUT):
    raise ImproperlyConfigured(
        "LLM_MONTHLY_BUDGET can't be kept without prices; "
        "write LLM_PRICE_IN, LLM_PRICE_CACHED and LLM_PRICE_OUT too."
    )

# ── people ──────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "digests.Editor"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# With it, whoever asks for a review of an issue is not the one who may publish or schedule it.
REQUIRE_SECOND_PERSON = env.flag("REQUIRE_SECOND_PERSON", False)
ACCOUNT_ADAPTER = "digests.accounts.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_HOST}] "
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "digests.desk.access.csrf_failure"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/" + ADMIN_PATH
SESSION_COOKIE_NAME = "session" if LAPTOP else "__Host-session"
CSRF_COOKIE_NAME = "csrf" if LAPTOP else "__Host-csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LAPTOP
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST")
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"editors@{SITE_HOST}")

# ── the web ─────────────────────────────────────────────────────────────────────────────────────
SECURE_SSL_REDIRECT = not LAPTOP
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", False) else None
)
# How many proxies stand before us, each of which adds to X-Forwarded-For whom it heard.
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXIES", 0)
# Ready pages that each web process keeps (digests.public.prepared); 0 for none.
PREPARED_MB = env.whole("PREPARED_MB", 32)
SECURE_HSTS_SECONDS = 0 if LAPTOP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not LAPTOP
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000

# ── files ───────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.text("MEDIA_DIR", str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Our own guarded views answer here (digests.desk.markdown); markdownx's are never included.
MARKDOWNX_URLS_PATH = f"/{ADMIN_PATH}desk/markdown/preview/"
MARKDOWNX_UPLOAD_URLS_PATH = f"/{ADMIN_PATH}desk/markdown/upload/"

# ── words and times ─────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "ja", ("ja", "en"))
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [
    BASE_DIR / "locale",
    BASE_DIR / "locale" / "third_party",  # words of packages that have no Japanese of their own
]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"

LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_LEVEL = env.choice("LOG_LEVEL", "info", LEVELS).upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "config.logs.Line", "format": "%(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        # Some thirteen thousand lines a day of a house at rest; rows tell what became of work.
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},  # each request with its address, a password in it too
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
