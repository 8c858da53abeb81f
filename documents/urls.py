"""Where the endpoints of asking for documents stand."""

from django.urls import URLPattern, URLResolver, path

from documents import api

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("document-requests", api.DocumentRequests.as_view(), name="api-document-requests"),
    path("document-requests/<int:pk>", api.DocumentRequestDetail.as_view(), name="api-document-request"),
    path("document-requests/<int:pk>/cancel", api.DocumentRequestCancel.as_view(), name="api-document-request-cancel"),
]
