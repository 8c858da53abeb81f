"""Where the staff pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from staff.api import audit, auth, credentials, people, places
from staff.views import directory, security, signing

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", signing.login, name="login"),
    path("login/code", signing.login_code, name="login-code"),
    path("logout", signing.logout, name="logout"),
    path("password/forgot/", signing.password_forgot, name="password-forgot"),
    path("password/reset/", signing.password_reset, name="password-reset"),
    path("password/reset/<str:token>/", signing.password_link, name="password-link"),
    path("password/new/", signing.password_new, name="password-new"),
    path("email/confirm/<str:token>/", signing.email_link, name="email-link"),
    path("team/", directory.team, name="team"),
    path("account/", directory.account, name="account"),
    path("account/preferences", directory.preferences, name="account-preferences"),
    path("account/security/", security.security, name="security"),
    path("account/security/sessions/end", security.end_others, name="sessions-end-others"),
    path("account/security/sessions/<int:pk>/end", security.end_one, name="session-end"),
    path("account/security/second-step/", security.second_step, name="second-step"),
    path("account/security/second-step/off/", security.second_step_off, name="second-step-off"),
    path("account/security/second-step/codes/", security.recovery_codes, name="recovery-codes"),
    path("account/password/", security.password, name="account-password"),
    path("account/email/", security.email, name="account-email"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/login", auth.Login.as_view(), name="api-login"),
    path("auth/refresh", auth.Refresh.as_view(), name="api-refresh"),
    path("auth/logout", auth.Logout.as_view(), name="api-logout"),
    path("auth/me", auth.Me.as_view(), name="api-me"),
    path("auth/sessions", auth.Sessions.as_view(), name="api-sessions"),
    path("auth/sessions/<int:pk>", auth.SessionDetail.as_view(), name="api-session"),
    path("auth/password/change", credentials.PasswordChange.as_view(), name="api-password-change"),
    path("auth/password/forgot", credentials.PasswordForgot.as_view(), name="api-password-forgot"),
    path("auth/password/reset", credentials.PasswordReset.as_view(), name="api-password-reset"),
    path("auth/email/change", credentials.EmailChange.as_view(), name="api-email-change"),
    path("auth/email/confirm", credentials.EmailConfirm.as_view(), name="api-email-confirm"),
    path("auth/2fa/setup", credentials.SecondFactorSetUp.as_view(), name="api-2fa-setup"),
    path("auth/2fa/confirm", credentials.SecondFactorConfirm.as_view(), name="api-2fa-confirm"),
    path("auth/2fa/disable", credentials.SecondFactorDisable.as_view(), name="api-2fa-disable"),
    path("auth/2fa/recovery-codes", credentials.RecoveryCodes.as_view(), name="api-2fa-recovery-codes"),
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
