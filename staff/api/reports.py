"""The staff report and people as files: the same figures and rows as on the pages, with the same rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import FileResponse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import GET_ALONE, Id, limit_of
from config.errors import Invalid
from config.fields import Day, PageAsked
from config.ranges import LARGEST_ID
from config.spreadsheets import CSV, XLSX, as_download
from staff.api.people import StaffFilters
from staff.exporting import GROUPS, PEOPLE, export_people, export_report
from staff.importing import Outcome, import_content
from staff.importing.files import MOST_AT_ONCE
from staff.models import Person
from staff.roles import Category, require
from staff.selectors.reports import BY, SORTS, Asked, line_of, report_page, require_reports, staff_report
from staff.services.history import today_for
from staff.signin import user_of

JSON = "json"
FILE = {(200, "text/csv"): OpenApiTypes.BINARY}
FORMAT = OpenApiParameter("format", enum=[CSV, XLSX], default=CSV)
SALARIES = OpenApiParameter(
    "salaries", enum=["1"], description="With what each is paid; every person gets a line in the access log."
)


class AsAsked(BaseContentNegotiation):
    """`?format=` is the endpoint's own here: answers that are no file are JSON, whatever a client accepts."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


class ReportAsked(PageAsked):
    """What a staff report may be asked for."""

    by = serializers.ChoiceField(choices=list(BY.items()), default="branch")
    sort = serializers.ChoiceField(choices=list(SORTS.items()), default="name")
    on = Day(required=False, help_text="Who is employed on this day; today, if nothing is said.")
    branch = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, required=False)
    department = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, required=False)
    category = serializers.ChoiceField(choices=Category.choices, required=False)
    format = serializers.ChoiceField(choices=[JSON, CSV, XLSX], default=JSON)
    part = serializers.ChoiceField(choices=[GROUPS, PEOPLE], default=GROUPS, help_text="Of CSV; XLSX has both.")


class StaffGroupSerializer(serializers.Serializer[Any]):
    """Some of the people, in figures; years are averages."""

    key = serializers.CharField()
    name = serializers.CharField()
    people = serializers.IntegerField()
    share = serializers.DecimalField(max_digits=4, decimal_places=1, help_text="In percent of all.")
    service = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)
    age = serializers.DecimalField(max_digits=5, decimal_places=1, allow_null=True)


class StaffLineSerializer(serializers.Serializer[Any]):
    """Somebody of the report; full years."""

    id = Id()
    employee_number = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField()
    branch = serializers.CharField()
    department = serializers.CharField()
    gender = serializers.CharField()
    hired_on = serializers.DateField()
    service = serializers.IntegerField()
    age = serializers.IntegerField(allow_null=True)


class StaffReportSerializer(serializers.Serializer[Any]):
    """The groups, everybody together, and a page of the people."""

    by = serializers.CharField()
    on = serializers.DateField()
    total = StaffGroupSerializer()
    groups = StaffGroupSerializer(many=True)
    results = StaffLineSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class StaffReportView(APIView):
    """People in reach by branch, department, role, gender, seniority or age; for those who see profiles."""

    http_method_names = GET_ALONE
    content_negotiation_class = AsAsked

    @extend_schema(
        operation_id="staff_report",
        parameters=[ReportAsked],
        responses={(200, "application/json"): StaffReportSerializer},
    )
    def get(self, request: Request) -> Response | FileResponse:
        """The report; as CSV or XLSX it is an export, which is written down."""
        user = user_of(request)
        require_reports(user)
        given = ReportAsked(data=request.query_params)
        given.is_valid(raise_exception=True)
        fields = dict(given.validated_data)
        form, part, cursor = fields.pop("format"), fields.pop("part"), fields.pop("cursor", "")
        fields.pop("limit", None)
        asked = Asked(**{"on": today_for(user), **fields})
        if form != JSON:
            made = export_report(user, asked, form=form, part=part)
            return as_download(made.file, made.name, form)
        page = report_page(user, asked, after=cursor, size=limit_of(request))
        report = staff_report(user, asked)
        shown = {"by": asked.by, "on": asked.on, "total": report.total, "groups": report.groups, "next": page.next}
        lines = [line_of(person, asked.on) for person in page.rows]
        return Response(StaffReportSerializer({**shown, "results": lines}).data)


class StaffExport(APIView):
    """People as a file."""

    http_method_names = GET_ALONE
    content_negotiation_class = AsAsked
    filter_backends = [DjangoFilterBackend]
    filterset_class = StaffFilters

    @extend_schema(operation_id="staff_export", parameters=[FORMAT, SALARIES], responses=FILE)
    def get(self, request: Request) -> FileResponse:
        """The import's columns with number and status, of all people or of those that the list's filters choose."""
        user = user_of(request)
        require(user, "export_people")
        given = ExportAsked(data=request.query_params)
        given.is_valid(raise_exception=True)
        chosen = StaffFilters(request.query_params, queryset=Person.objects.all(), request=request)
        if not chosen.is_valid():
            raise serializers.ValidationError(chosen.errors)
        form = given.validated_data["format"]
        made = export_people(
            chosen.qs,
            by=user,
            form=form,
            salaries=given.validated_data["salaries"],
            asked={name: str(value) for name, value in chosen.form.cleaned_data.items() if value},
        )
        return as_download(made.file, made.name, form)


class ExportAsked(serializers.Serializer[Any]):
    """How people go out."""

    format = serializers.ChoiceField(choices=[CSV, XLSX], default=CSV)
    salaries = serializers.BooleanField(default=False)


class ImportFields(serializers.Serializer[Any]):
    """A file of people, as multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True, help_text="CSV or XLSX, 1,000 rows at most.")
    commit = serializers.BooleanField(default=False, help_text="Write it; without it this is a rehearsal.")
    seen = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="That of the report which was looked at: answered 412 where somebody has changed one of the people.",
    )


class ImportChangeSerializer(serializers.Serializer[Any]):
    """One value, before and after, in words."""

    column = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class ImportFaultSerializer(serializers.Serializer[Any]):
    """What is wrong with a row."""

    column = serializers.CharField()
    value = serializers.CharField()
    reason = serializers.CharField()


class ImportRowSerializer(serializers.Serializer[Any]):
    """One row of the file."""

    line = serializers.IntegerField()
    who = serializers.CharField()
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    changes = ImportChangeSerializer(many=True)
    faults = ImportFaultSerializer(many=True)


class ImportSerializer(serializers.Serializer[Any]):
    """What the file would do, or did; `hired` and `changed` count people whom it has written."""

    new = serializers.IntegerField()
    changes = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    bad = serializers.IntegerField()
    hired = serializers.IntegerField()
    changed = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())
    rows = ImportRowSerializer(many=True)
    seen = serializers.CharField()


class StaffImport(APIView):
    """People from a file: somebody new for each row that names nobody who is here, and changes of the others."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="staff_import", request={"multipart/form-data": ImportFields}, responses=ImportSerializer
    )
    def post(self, request: Request) -> Response:
        """A rehearsal unless `commit`; then all of it or, where a row is not right, nothing."""
        user = user_of(request)
        require(user, "import_people")
        given = ImportFields(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        commit, file = fields["commit"], fields["file"]
        report = import_content(
            file.read(), file.name, by=user, commit=commit, seen=fields.get("seen", ""), most=MOST_AT_ONCE
        )
        if commit and report.bad:
            faults = {f"{fault.line}.{fault.column}": fault.reason for fault in report.faults}
            raise Invalid(f"{report.bad} of {len(report.rows)} rows not right: nothing was written.", fields=faults)
        return Response(ImportSerializer(report).data)
