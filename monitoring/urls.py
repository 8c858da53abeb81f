"""Where the monitoring pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from monitoring import api, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", views.metrics, name="metrics"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics", api.metrics, name="api-metrics"),
]
