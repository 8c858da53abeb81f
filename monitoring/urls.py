"""Where the monitoring pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from monitoring import health, views
from monitoring.api import alerts, cache, traffic

urlpatterns: list[URLPattern | URLResolver] = [
    # Answered by health.Probes before they come here; named, so that they stand on the site's map.
    *(path(where[1:], view, name=where[1:].replace("/", "-")) for where, view in health.PUBLIC.items()),
    path("health/detailed", health.Detailed.as_view(), name="health-detailed"),
    path("health/metrics", health.Process.as_view(), name="health-metrics"),
    path("health/workers", health.Workers.as_view(), name="health-workers"),
    path("metrics", views.metrics, name="metrics"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", traffic.metrics, name="api-metrics"),
    path("cache/stats", cache.cache_stats, name="api-cache-stats"),
    path("health/status", health.Status.as_view(), name="api-health-status"),
    path("alerts", alerts.Alerts.as_view(), name="api-alerts"),
    path("alerts/<int:pk>/acknowledge", alerts.Acknowledge.as_view(), name="api-alert-acknowledge"),
]
