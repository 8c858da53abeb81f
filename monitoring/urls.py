"""Where the monitoring pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from monitoring import health

urlpatterns: list[URLPattern | URLResolver] = [
    # Answered by health.Probes before they come here; named, so that they stand on the site's map.
    *(path(where[1:], view, name=where[1:].replace("/", "-")) for where, view in health.PUBLIC.items()),
    path("health/detailed", health.Detailed.as_view(), name="health-detailed"),
    path("health/metrics", health.Process.as_view(), name="health-metrics"),
    path("health/workers", health.Workers.as_view(), name="health-workers"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("health/status", health.Status.as_view(), name="api-health-status"),
]
