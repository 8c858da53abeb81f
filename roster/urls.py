"""Where the roster pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from roster.views import schedule

urlpatterns: list[URLPattern | URLResolver] = [
    path("schedule/", schedule.my_schedule, name="my-schedule"),
]

api_urlpatterns: list[URLPattern | URLResolver] = []
