"""Every setting, from the environment (each also as NAME_FILE); see docs/configuration.md."""

from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import keyring, logs

env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where it lives --------------------------------------------------------------------------
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
PORT = env.int("PORT", 8000)
SITE_URL = env.str("SITE_URL", f"http://localhost:{PORT}").rstrip("/")  # in every mail and card
SITE_NAME = env.str("SITE_NAME", "Groundswell")
DEBUG = env.bool("DEBUG", False)
DATABASE_URL = env.str("DATABASE_URL", "")
REDIS_URL = env.str("REDIS_URL", "")  # empty: filesystem broker, limits in memory
EMBEDDED = not DATABASE_URL  # one machine, SQLite, secrets made beside the data
if EMBEDDED:
    DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)  # before anything is put into it

SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"
LOCAL = SITE_HOST in {"localhost", "127.0.0.1", "[::1]"}
if DEBUG and not LOCAL:
    raise ImproperlyConfigured("DEBUG is on while SITE_URL is public. Unset DEBUG.")
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = [SITE_HOST, *env.list("ALSO_HOSTS", default=[])]
if LOCAL:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
_live = f"http://{SITE_HOST}:{PORT + 1}" if LOCAL and not HTTPS else SITE_URL
LIVE_URL = env.str("LIVE_URL", _live).rstrip("/")  # of the streams; same as SITE_URL: by the proxy
LIVE_STREAMS = env.int("LIVE_STREAMS", 10_000)  # of one process; others ask for count.json
LIVE_PER_CLIENT = env.int("LIVE_PER_CLIENT", 6)  # streams of one network address

# --- Secrets ---------------------------------------------------------------------------------
_kept = partial(keyring.kept, folder=DATA_DIR / "secrets", embedded=EMBEDDED)
SECRET_KEY = _kept("SECRET_KEY", env.str("SECRET_KEY", ""), make="text")
MAILBOX_PEPPER = _kept(
    "MAILBOX_PEPPER", env.str("MAILBOX_PEPPER", ""), make="text"
).encode()  # never rotate while letters are open: it decides who has signed already
FIELD_KEYS = keyring.keys(
    "FIELD_KEYS",
    _kept("FIELD_KEYS", env.str("FIELD_KEYS", ""), make="keys"),
)  # newest first; older ones only open
TOKEN_KEYS = keyring.keys(
    "TOKEN_KEYS",
    _kept("TOKEN_KEYS", env.str("TOKEN_KEYS", ""), make="keys"),
)  # newest first; dropping one ends the links it made
LOG_KEYS = keyring.keys(
    "LOG_KEY",
    _kept("LOG_KEY", env.str("LOG_KEY", ""), make="keys"),
)  # Ed25519 seeds, newest first; every checkpoint is signed by all of them

# --- The transparency log --------------------------------------------------------------------
LOG_DIR = Path(env.str("LOG_DIR", str(DATA_DIR / "log")))  # tiles, checkpoint, high-water mark
LOG_ORIGIN = env.str("LOG_ORIGIN", "")  # empty: as it began, SITE_URL/log without its scheme
LOG_INTERVAL = env.int("LOG_INTERVAL", 10)  # seconds between checkpoints, while there is news
LETTER_KEYS_DIR = Path(
    env.str("LETTER_KEYS_DIR", str(DATA_DIR / "letterkeys"))
)  # one file a letter, never in the same backup as the database
WITNESSES = env.str("WITNESSES", "", multiline=True)  # lines of a tlog-policy: whom we ask
WITNESSED_LOGS = env.str("WITNESSED_LOGS", "", multiline=True)  # keys of logs that may ask us
_witness_key = env.str("WITNESS_KEY", "")
WITNESS_KEYS = (
    keyring.keys("WITNESS_KEY", _kept("WITNESS_KEY", _witness_key, make="keys"))
    if EMBEDDED or WITNESSED_LOGS or _witness_key
    else {}
)  # Ed25519 seeds of their own, never the log's; every one of them cosigns

# --- Signing ---------------------------------------------------------------------------------
VERIFICATION_HOURS = env.int("VERIFICATION_HOURS", 72)  # older links offer a fresh mail
PENDING_DAYS = env.int("PENDING_DAYS", 7)  # unconfirmed signatures are deleted after
RETENTION_DAYS = env.int("RETENTION_DAYS", 30)  # addresses are deleted so long after a delivery
SIGNING_LIMITS = env.str("SIGNING_LIMITS", "300/h/ip,3/d/mailbox")
REGISTRATION = env.str("REGISTRATION", "open")  # open | invite | review
PROXIES = env.int("PROXIES", 0)  # how many X-Forwarded-For hops are ours
CHECK_MAIL_DOMAINS = env.bool("CHECK_MAIL_DOMAINS", False)  # ask DNS before mailing, 2 s at most

# --- Backups ---------------------------------------------------------------------------------
ERASURES_DIR = Path(
    env.str("ERASURES_DIR", str(DATA_DIR / "erasures"))
)  # what no backup may bring back; never put back to an older state itself
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])  # age1…: who can open backups
BACKUP_DAYS = env.int("BACKUP_DAYS", 30)  # older ones are deleted by the next

# --- Exports ---------------------------------------------------------------------------------
EXPORT_DIR = DATA_DIR / "exports"
EXPORT_HOURS = env.int("EXPORT_HOURS", 72)  # an undelivered file is deleted after
EXPORT_MEMORY_MB = env.int("EXPORT_MEMORY_MB", 3000)  # each process of one PDF may use
EXPORT_MINUTES = env.int("EXPORT_MINUTES", 30)  # one PDF may take
PDF_CERTIFICATE = env.str("PDF_CERTIFICATE", "", multiline=True)  # empty: our own, made once
PDF_CERTIFICATE_PASSWORD = env.str("PDF_CERTIFICATE_PASSWORD", "")

# --- The people behind the installation ------------------------------------------------------
OPERATOR_NAME = env.str("OPERATOR_NAME", "")  # who answers for this installation (imprint)
OPERATOR_ADDRESS = env.str("OPERATOR_ADDRESS", "")
OPERATOR_EMAIL = env.str("OPERATOR_EMAIL", "")
PROCESSORS = env.str("PROCESSORS", "", multiline=True)  # who works for us, at what; a line each
PAGES_DIR = Path(env.str("PAGES_DIR", str(DATA_DIR / "pages")))  # imprint.md, privacy.md, terms.md
ADMIN_ENABLED = env.bool("ADMIN_ENABLED", False)  # Django's admin for staff, MFA required

# --- Django ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # the templates of its widgets, for our renderer
    "config.staff.StaffAdminConfig",  # django.contrib.admin, and a second proof
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_countries",
    "signatures",
    "campaigns",
    "worker",
    "config",
    *env.list("EXTRA_APPS", default=[]),  # an operator's own additions
]
MIDDLEWARE = [
    "config.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.security_headers",
    "config.middleware.body_limits",
    "config.middleware.sealed_values",
    "config.middleware.no_cookies",
    "config.middleware.any_name",
    "config.middleware.language",
    "config.middleware.wrong_methods",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.session_age",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"  # the streams alone, see campaigns/live
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
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
                "config.context.site",
            ]
        },
    }
]
FORM_RENDERER = "config.forms.Renderer"

# --- Database --------------------------------------------------------------------------------
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "db.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # else readers that turn writers lose at once
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                    "PRAGMA busy_timeout=20000;PRAGMA temp_store=MEMORY;PRAGMA cache_size=-32000;"
                    "PRAGMA secure_delete=ON;"  # what is erased leaves the file, not only the table
                ),
            },
        }
    }
else:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        raise ImproperlyConfigured(
            "For SQLite leave DATABASE_URL empty and set DATA_DIR: the file is DATA_DIR/db.sqlite3."
        )
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Cache -----------------------------------------------------------------------------------
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Language and time -----------------------------------------------------------------------
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "en")
LANGUAGES = [("en", _("English")), ("de", _("German")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "config.formats"

# --- Static files ----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_HASHED = env.bool("STATIC_HASHED", True)  # off in tests: no collectstatic needed
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "config.hashing.Hashed"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_HASHED

# --- Mail ------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", "")
MAIL_TO_FILES = not EMAIL_URL  # DATA_DIR/mail/*.eml, shown at /dev/mail/ on localhost
MAIL_DIR = DATA_DIR / "mail"
if MAIL_TO_FILES:
    EMAIL_BACKEND = "config.filemail.EmailBackend"
else:
    vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <letters@{SITE_HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", "")  # mails come back to name+<id>@host; empty: sender

# --- Worker ----------------------------------------------------------------------------------
MAIL_RELAYS = env.int("MAIL_RELAYS", 2)  # mail connections at once: far servers are slow
MAIL_BATCH = env.int("MAIL_BATCH", 20)  # mails claimed at once; at most so many repeat after a kill
OUTBOX_LEASE = env.int("OUTBOX_LEASE", 30)  # seconds until the work of a killed worker is taken up
BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "worker.broker:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 4000,  # above the longest time limit, else work is handed out twice
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
    }
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,  # the default of a second is what makes mails feel slow
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # the clock asks again
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_DEFAULT_QUEUE = "mail"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # our own log format, scrubbed
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # they own leases, not messages

# --- Security --------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, LIVE_URL],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 31_536_000 if HTTPS else 0)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_AGE = 7 * 24 * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 200_000  # organisers' letters; forms of supporters: see middleware
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
CSRF_FAILURE_VIEW = "config.errors.csrf_failed"

# --- Accounts --------------------------------------------------------------------------------
AUTH_USER_MODEL = "campaigns.Organiser"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_REDIRECT_URL = "/organise/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "campaigns.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {"signup": "campaigns.forms.account.SignupForm"}
ACCOUNT_RATE_LIMITS = {  # of one address ("key") no more than a person needs on a bad day
    "request_login_code": "20/m/ip,3/m/key,30/d/key",
    "signup": "20/m/ip,200/d/ip",
    "confirm_email": "1/10s/key,30/d/key",
}
ACCOUNT_CHANGE_EMAIL = True
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
MFA_ADAPTER = "campaigns.adapters.ProofAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL and not HTTPS

# --- Logs ------------------------------------------------------------------------------------
LOGGING_CONFIG = None
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
logs.configure(level=LOG_LEVEL)
