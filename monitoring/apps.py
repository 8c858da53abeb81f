from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Watches everything; from the start of every process it records the runs of jobs."""

    name = "monitoring"

    def ready(self) -> None:
        from monitoring import signals, taskcounts

        signals.connect()
        taskcounts.connect()
