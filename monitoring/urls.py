"""Where the monitoring pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from monitoring import views
from monitoring.api import alerts, cache, traffic

urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", views.metrics, name="metrics"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", traffic.metrics, name="api-metrics"),
    path("cache/stats", cache.cache_stats, name="api-cache-stats"),
    path("alerts", alerts.Alerts.as_view(), name="api-alerts"),
    path("alerts/<int:pk>/acknowledge", alerts.Acknowledge.as_view(), name="api-alert-acknowledge"),
]
