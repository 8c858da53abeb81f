"""Where the notifications pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from notifications import api, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("notifications/", views.centre, name="notifications"),
    path("notifications/badge", views.badge, name="notifications-badge"),
    path("notifications/read-all", views.read_all, name="notifications-read-all"),
    path("notifications/<int:pk>/read", views.read, name="notifications-read"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("notifications", api.Notifications.as_view(), name="api-notifications"),
    path("notifications/unread-count", api.UnreadCount.as_view(), name="api-notifications-unread"),
    path("notifications/mark-all-read", api.MarkAllRead.as_view(), name="api-notifications-read-all"),
    path("notifications/<int:pk>", api.NotificationDetail.as_view(), name="api-notification"),
    path("notifications/<int:pk>/read", api.MarkRead.as_view(), name="api-notification-read"),
]
