"""The project's own app, and the Django admin under our own site."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig


class ProjectConfig(AppConfig):
    """Wiring only: checks, template tags, reports to outside, and the grants that follow every migration."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from config import auditing, caching, checks, personal, reporting, tenancy  # noqa: F401  (checks register)

        caching.connect()
        if settings.SENTRY_DSN:
            reporting.start_sentry(settings.SENTRY_DSN)
        if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            reporting.start_tracing()
        settings.TEMPORARY_ROOT.mkdir(parents=True, exist_ok=True)
        post_migrate.connect(auditing.follow_the_table, sender=self, dispatch_uid="audit_triggers")
        post_migrate.connect(tenancy.grant_to_application, dispatch_uid="grant_to_application")


class StaffAdminConfig(AdminConfig):
    """Django's admin with a site that asks the permission table who may enter."""

    default_site = "staff.adminsite.StaffAdminSite"
