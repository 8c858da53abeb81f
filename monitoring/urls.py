"""Where the monitoring pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from monitoring import views
from monitoring.api import alerts, traffic

urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", views.metrics, name="metrics"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", traffic.metrics, name="api-metrics"),
    path("alerts", alerts.Alerts.as_view(), name="api-alerts"),
    path("alerts/<int:pk>/acknowledge", alerts.Acknowledge.as_view(), name="api-alert-acknowledge"),
]
