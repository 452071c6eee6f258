from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DigestsConfig(AppConfig):
    name = "digests"
    verbose_name = _("Weekly digests")

    def ready(self) -> None:
        # Models can be imported only once the apps are loaded.
        import_module("digests.site_stamp").watch()
        import_module("digests.public.warming").watch()
        post_migrate.connect(furnish, sender=self, dispatch_uid="digests.furnish")


def furnish(**_: Any) -> None:
    """Groups, the question bank and the first source: what an empty house needs. Done after
    migrate, since permissions do not exist inside one."""
    call_command("furnish", verbosity=0)
