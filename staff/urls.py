"""Where the staff pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from staff.api import auth, careers, people, places
from staff.views import account
from staff.views import careers as career_pages
from staff.views import leaving as leaving_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", account.login, name="login"),
    path("logout", account.logout, name="logout"),
    path("team/", account.team, name="team"),
    path("account/", account.account, name="account"),
    path("account/preferences", account.preferences, name="account-preferences"),
    path("people/<int:pk>/change/", career_pages.begin_change, name="begin-change"),
    path("people/<int:pk>/change/<slug:step>", career_pages.change, name="change"),
    path("people/<int:pk>/salary", leaving_pages.salary, name="salary"),
    path("people/<int:pk>/terminate", leaving_pages.terminate, name="terminate"),
    path("people/<int:pk>/restore", leaving_pages.restore, name="restore"),
    path("people/changes/", career_pages.changes, name="changes"),
    path("people/changes/<int:pk>/", career_pages.change_detail, name="change-detail"),
    path("people/changes/<int:pk>/decide", career_pages.change_decide, name="change-decide"),
    path("people/left/", leaving_pages.left, name="left"),
    path("people/left/<int:pk>/clearance", leaving_pages.clearance, name="clearance"),
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
    path("staff/<int:pk>/change", careers.StaffChange.as_view(), name="api-staff-change"),
    path("staff/<int:pk>/terminate", careers.StaffTerminate.as_view(), name="api-staff-terminate"),
    path("staff/<int:pk>/restore", careers.StaffRestore.as_view(), name="api-staff-restore"),
    path("staff/<int:pk>/history", careers.StaffHistory.as_view(), name="api-staff-history"),
    path("staff/<int:pk>/access-log", careers.StaffAccessLog.as_view(), name="api-staff-access-log"),
    path("staff/changes", careers.Changes.as_view(), name="api-changes"),
    path("staff/changes/<int:pk>/approve", careers.ChangeApprove.as_view(), name="api-change-approve"),
    path("staff/changes/<int:pk>/decline", careers.ChangeDecline.as_view(), name="api-change-decline"),
    path("staff/changes/<int:pk>/withdraw", careers.ChangeWithdraw.as_view(), name="api-change-withdraw"),
    path("staff/left", careers.Leavers.as_view(), name="api-left"),
    path("staff/left/<int:pk>/clearance", careers.LeaverClearance.as_view(), name="api-clearance"),
    path("profile", people.Profile.as_view(), name="api-profile"),
]
