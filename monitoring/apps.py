from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Watches everything; from the start of every process it records the runs of jobs."""

    name = "monitoring"

    def ready(self) -> None:
        from config import logs, tenancy
        from monitoring import signals, slow, taskcounts, tracing

        tracing.connect()  # first, so that what the others write about a task carries its id
        signals.connect()
        taskcounts.connect()
        slow.connect()
        logs.CONTEXT["organisation"] = tenancy.current
