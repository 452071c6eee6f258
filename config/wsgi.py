import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# What is loaded before the web processes part (gunicorn --preload) they share; what the collector
# never visits stays shared.
import_module(settings.ROOT_URLCONF)
reverse("public:home")  # works all addresses out
translation.gettext("Japanese")  # reads the words of the site's language
for path in (settings.BASE_DIR / "templates" / "public").glob("*.html"):
    get_template(f"public/{path.name}")
gc.collect()
gc.freeze()
