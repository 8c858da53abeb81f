"""The site map: pages by app, the API under one prefix, the admin."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

import documents.urls
import monitoring.urls
import notifications.urls
import reviews.urls
import roster.urls
import staff.urls
from config import outside, schema, views

API = [
    *staff.urls.api_urlpatterns,
    *documents.urls.api_urlpatterns,
    *roster.urls.api_urlpatterns,
    *reviews.urls.api_urlpatterns,
    *notifications.urls.api_urlpatterns,
    *monitoring.urls.api_urlpatterns,
    path("dashboard/stats", views.dashboard_stats, name="api-dashboard-stats"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("", include(staff.urls)),
    path("people/<int:pk>/", views.person, name="person"),
    path("", include(roster.urls)),
    path("", include(reviews.urls)),
    path("", include(notifications.urls)),
    path("", include(monitoring.urls)),
    path("api/v1/", include(API)),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs", schema.docs, name="api-docs"),
    path("admin/", admin.site.urls),
]

handler400 = outside.bad_request
handler403 = outside.permission_denied
handler404 = outside.not_found
handler500 = outside.server_error
