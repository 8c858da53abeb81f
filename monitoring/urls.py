"""Where the monitoring pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from monitoring.api import alerts

urlpatterns: list[URLPattern | URLResolver] = []

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("alerts", alerts.Alerts.as_view(), name="api-alerts"),
    path("alerts/<int:pk>/acknowledge", alerts.Acknowledge.as_view(), name="api-alert-acknowledge"),
]
