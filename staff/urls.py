"""Where the staff pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from staff import views
from staff.api import audit, auth, people, places

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", views.login, name="login"),
    path("logout", views.logout, name="logout"),
    path("team/", views.team, name="team"),
    path("account/", views.account, name="account"),
    path("account/preferences", views.preferences, name="account-preferences"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/login", auth.Login.as_view(), name="api-login"),
    path("auth/refresh", auth.Refresh.as_view(), name="api-refresh"),
    path("auth/logout", auth.Logout.as_view(), name="api-logout"),
    path("auth/me", auth.Me.as_view(), name="api-me"),
    path("branches", places.Branches.as_view(), name="api-branches"),
    path("branches/<int:pk>", places.BranchDetail.as_view(), name="api-branch"),
    path("departments", places.Departments.as_view(), name="api-departments"),
    path("departments/<int:pk>", places.DepartmentDetail.as_view(), name="api-department"),
    path("sub-departments", places.SubDepartments.as_view(), name="api-sub-departments"),
    path("sub-departments/<int:pk>", places.SubDepartmentDetail.as_view(), name="api-sub-department"),
    path("roles", places.Roles.as_view(), name="api-roles"),
    path("roles/<int:pk>", places.RoleDetail.as_view(), name="api-role"),
    path("staff", people.Staff.as_view(), name="api-staff"),
    path("staff/<int:pk>", people.StaffDetail.as_view(), name="api-person"),
    path("profile", people.Profile.as_view(), name="api-profile"),
    path("audit", audit.Audit.as_view(), name="api-audit"),
]
