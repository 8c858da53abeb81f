"""Where the staff pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from staff.api import auth, contacts, papers, people, places
from staff.views import contacts as outside
from staff.views import documents
from staff.views import people as pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", pages.login, name="login"),
    path("logout", pages.logout, name="logout"),
    path("team/", pages.team, name="team"),
    path("account/", pages.account, name="account"),
    path("account/documents/", documents.documents, name="own-documents"),
    path("account/contacts/", outside.contacts, name="own-contacts"),
    path("people/<int:pk>/documents/", documents.documents, name="documents"),
    path("people/<int:pk>/documents/<int:document>/file", documents.document_file, name="document-file"),
    path("people/<int:pk>/documents/<int:document>/remove", documents.document_remove, name="document-remove"),
    path("people/<int:pk>/contacts/", outside.contacts, name="contacts"),
    path("people/<int:pk>/contacts/next-of-kin/add", outside.kin_add, name="kin-add"),
    path("people/<int:pk>/contacts/next-of-kin/<int:kin>", outside.kin_edit, name="kin-edit"),
    path("people/<int:pk>/contacts/guarantors/add", outside.guarantor_add, name="guarantor-add"),
    path("people/<int:pk>/contacts/guarantors/<int:guarantor>", outside.guarantor_edit, name="guarantor-edit"),
    path("people/<int:pk>/contacts/guarantors/<int:guarantor>/papers", outside.paper_add, name="paper-add"),
    path("people/<int:pk>/contacts/papers/<int:paper>/file", outside.paper_file, name="paper-file"),
    path("people/<int:pk>/contacts/papers/<int:paper>/remove", outside.paper_remove, name="paper-remove"),
    path("account/preferences", pages.preferences, name="account-preferences"),
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
    path("staff/<int:pk>/documents", papers.Documents.as_view(), name="api-documents"),
    path("staff/<int:pk>/documents/wanted", papers.DocumentsWanted.as_view(), name="api-documents-wanted"),
    path("staff/<int:pk>/documents/<int:document>", papers.DocumentDetail.as_view(), name="api-document"),
    path("staff/<int:pk>/documents/<int:document>/file", papers.DocumentFile.as_view(), name="api-document-file"),
    path("staff/<int:pk>/next-of-kin", contacts.KinList.as_view(), name="api-next-of-kin"),
    path("staff/<int:pk>/next-of-kin/<int:kin>", contacts.KinDetail.as_view(), name="api-kin"),
    path("staff/<int:pk>/guarantors", contacts.GuarantorList.as_view(), name="api-guarantors"),
    path("staff/<int:pk>/guarantors/<int:guarantor>", contacts.GuarantorDetail.as_view(), name="api-guarantor"),
    path(
        "staff/<int:pk>/guarantors/<int:guarantor>/papers",
        papers.GuarantorPapers.as_view(),
        name="api-guarantor-papers",
    ),
    path(
        "staff/<int:pk>/guarantors/<int:guarantor>/papers/<int:paper>",
        papers.GuarantorPaperDetail.as_view(),
        name="api-guarantor-paper",
    ),
    path(
        "staff/<int:pk>/guarantors/<int:guarantor>/papers/<int:paper>/file",
        papers.GuarantorPaperFile.as_view(),
        name="api-guarantor-paper-file",
    ),
    path("profile", people.Profile.as_view(), name="api-profile"),
]
