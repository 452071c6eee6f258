import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# What is loaded before the web processes part (gunicorn --preload) they share; what the collector
# never visits stays shared.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
