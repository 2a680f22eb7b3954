"""Settings, taken from the environment; `deploy/up` and `deploy/manage` provide it."""

import os
from pathlib import Path

import pyogrio
import shapely
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("REPRISE_VAR", BASE_DIR / "var"))
SITE_PACKAGES = Path(pyogrio.__file__).parent.parent


def bundled_library(package: str, name: str) -> str:
    """Path of a native library shipped inside a wheel; its file name carries a hash, so it is searched."""
    found = sorted((SITE_PACKAGES / f"{package}.libs").glob(f"{name}*"))
    if not found:
        raise RuntimeError(f"The {package} wheel holds no {name}. Install the locked dependencies (deploy/up).")
    return str(found[0])


def database_socket_folder() -> str:
    """Folder of the private cluster's unix socket; a deep checkout records a shorter one in a file."""
    if host := os.environ.get("REPRISE_DB_HOST"):
        return host
    recorded = VAR / "run" / "socket.path"
    return recorded.read_text().strip() if recorded.exists() else str(VAR / "run")


def secret_key() -> str:
    """The signing key made by `deploy/up`; without it (checks, lock files) a key that signs nothing lasting."""
    path = Path(os.environ.get("REPRISE_SECRET_FILE", VAR / "secret.key"))
    return path.read_text().strip() if path.exists() else os.urandom(32).hex()


# GDAL and GEOS come from the wheels: newer and safer than Debian's (stack decision, deploy/README.md).
GDAL_LIBRARY_PATH = bundled_library("pyogrio", "libgdal")
GEOS_LIBRARY_PATH = bundled_library("shapely", "libgeos_c")
os.environ.setdefault("PROJ_DATA", str(Path(pyogrio.__file__).parent / "proj_data"))
os.environ.setdefault("GDAL_DATA", str(Path(pyogrio.__file__).parent / "gdal_data"))
assert shapely.geos_version >= (3, 11, 0)

SECRET_KEY = secret_key()
DEBUG = os.environ.get("REPRISE_DEBUG", "0") == "1"
ALLOWED_HOSTS = os.environ.get("REPRISE_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
PORT = int(os.environ.get("REPRISE_PORT", "8000"))
DEMO = os.environ.get("REPRISE_PRODUCTION", "0") != "1"
HTTPS = os.environ.get("REPRISE_HTTPS", "0") == "1"
ROOT_URLCONF = "crisis.urls"
ASGI_APPLICATION = "crisis.asgi.application"

INSTALLED_APPS = [
    "crisis",
    "assessments",
    "damage",
    "municipal_units",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.gis",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "pgtrigger",
    "pghistory",
    "csp",
]

MIDDLEWARE = [
    "crisis.openrosa.OpenRosaAnswers",
    "crisis.middleware.CompressTextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "crisis.middleware.ScopeMiddleware",
    "crisis.middleware.SecondFactorMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "crisis.context.page",
            ]
        },
    }
]

# What phones seal is opened with these; they belong to no backup of the database.
SEALING_KEYS = Path(os.environ.get("REPRISE_SEALING_KEYS", VAR / "sealing-keys"))

DATABASES = {
    "default": {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": os.environ.get("REPRISE_DB_NAME", "reprise"),
        "USER": os.environ.get("REPRISE_DB_ROLE", "reprise_web"),
        "HOST": database_socket_folder(),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": os.environ.get("REPRISE_TEST_DB", "test_reprise")},
    }
}

AUTH_USER_MODEL = "municipal_units.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "municipal_units.accounts.InvitationOnlyAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
# Office roles open nothing before they have a second factor (`actor_for`); the demonstration does not ask for one.
SECOND_FACTOR_REQUIRED = not DEMO
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Reprise"
# Lockout: five wrong passwords for one name in a quarter of an hour, whoever tries; more for an office behind one
# address. Counted in the database, so that all server processes count together.
ACCOUNT_RATE_LIMITS = {"login_failed": "60/5m/ip,5/15m/key", "invitation": "30/5m/ip"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
USERSESSIONS_TRACK_ACTIVITY = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "municipal_units_cache"}}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
# Other sites learn nothing. "no-referrer" would too, but then browsers send our own forms with `Origin: null`, and the
# CSRF check refuses every sign-in.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "crisis" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
NODE_MODULES = BASE_DIR / "node_modules"
VENDORED = {
    "vendor/maplibre-gl": NODE_MODULES / "maplibre-gl" / "dist",
}
STATICFILES_DIRS = [(prefix, folder) for prefix, folder in VENDORED.items() if folder.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

FILE_STORE = VAR / "files"
KEYS_FILE = Path(os.environ.get("REPRISE_KEYS", VAR / "keys.json"))  # opens names and phones; never in the database
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_NUMBER_FILES = 256
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
UPLOAD_LIMIT_BYTES = 1024**3
LISTS_WAIT_DAYS = 7  # a list of persons that nobody confirmed is deleted then

# Kinds of file and who reads them; loaded on first use, because they bring pandas and GDAL along.
IMPORTERS = {
    "boundaries": "municipal_units.importers.boundaries.BoundaryImporter",
    "facilities": "municipal_units.importers.facilities.FacilityImporter",
    "population": "municipal_units.importers.population.PopulationImporter",
    "households": "municipal_units.importers.households.HouseholdImporter",
    "damage": "damage.importers.DamageImporter",
    "housing": "damage.importers.HousingImporter",
    "interventions": "assessments.importers.InterventionImporter",
}
# What must be placed anew when boundaries change, and who does it.
AFTER_BOUNDARIES = {
    "facilities": "municipal_units.actions.moves.place_facilities_again",
    "structures": "damage.actions.moves.place_structures_again",
}
PROCRASTINATE_IMPORT_PATHS = ["municipal_units.jobs", "assessments.jobs", "crisis.jobs"]
STATEMENT_TIMEOUT_MS = 5_000
# How long a change can be undone and a deleted record restored.
UNDO_DAYS = 30

# Scripts come from ourselves or carry the request's nonce; nothing comes from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"keys": {"()": "crisis.lib.logs.WithoutKeys"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["keys"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Said for every request and at every start.
    "loggers": {"httpx": {"level": "WARNING"}, "procrastinate.blueprints": {"level": "WARNING"}},
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []
