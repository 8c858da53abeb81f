"""Where the roster pages and endpoints stand."""

from django.urls import URLPattern, URLResolver, path

from roster.api import assignments, rosters, shifts, templates
from roster.api import schedule as schedule_api
from roster.views import planner, planner_shifts, schedule

urlpatterns: list[URLPattern | URLResolver] = [
    path("schedule/", schedule.my_schedule, name="my-schedule"),
    path("planner/", planner.planner, name="planner"),
    path("planner/review", planner.planner_review_page, name="planner-review"),
    path("planner/publish", planner.planner_publish, name="planner-publish"),
    path("planner/copy-week", planner.planner_copy_week, name="planner-copy-week"),
    path("planner/who", planner_shifts.planner_who, name="planner-who"),
    path("planner/shifts/new", planner_shifts.planner_add, name="planner-add"),
    path("planner/shifts/<int:pk>", planner_shifts.planner_shift, name="planner-shift"),
    path("planner/shifts/<int:pk>/move", planner_shifts.planner_move, name="planner-move"),
    path("planner/shifts/<int:pk>/copy", planner_shifts.planner_copy, name="planner-copy"),
    path("planner/shifts/<int:pk>/open", planner_shifts.planner_open, name="planner-open"),
    path("planner/shifts/<int:pk>/delete", planner_shifts.planner_delete, name="planner-delete"),
]

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("schedule/upcoming", schedule_api.Upcoming.as_view(), name="api-schedule-upcoming"),
    path("schedule/week", schedule_api.Week.as_view(), name="api-schedule-week"),
    path("rosters", rosters.Rosters.as_view(), name="api-rosters"),
    path("rosters/<int:pk>", rosters.RosterDetail.as_view(), name="api-roster"),
    path("rosters/<int:pk>/check", rosters.RosterCheck.as_view(), name="api-roster-check"),
    path("rosters/<int:pk>/copy", rosters.RosterCopy.as_view(), name="api-roster-copy"),
    path("rosters/<int:pk>/publish", rosters.RosterPublish.as_view(), name="api-roster-publish"),
    path("shifts", shifts.Shifts.as_view(), name="api-shifts"),
    path("shifts/<int:pk>", shifts.ShiftDetail.as_view(), name="api-shift"),
    path("assignments", assignments.Assignments.as_view(), name="api-assignments"),
    path("shift-templates", templates.Templates.as_view(), name="api-shift-templates"),
    path("shift-templates/<int:pk>", templates.TemplateDetail.as_view(), name="api-shift-template"),
]
