"""MEASURES: what is measured, and the budget that each figure has to keep. The budgets are those of the issues."""

from __future__ import annotations

from benchmarks import auditing, backups, commands, copies, observing, pages, people, privacy, rosters, startup
from benchmarks.report import Budget, Measure

MEASURES = (
    Measure(
        "start",
        startup.starts,
        (Budget("make run, the first time, to the first page", "s", 90), Budget("make run, again", "s", 10)),
    ),
    Measure("demo", commands.demo, (Budget("demo data", "s", 30),)),
    Measure(
        "planner",
        pages.planner,
        (
            Budget("planner, 200 people × 7 days: server time", "s", 1),
            Budget("planner, 200 people × 7 days: queries", "queries", 12),
            Budget("planner ÷ a view that does nothing", "×"),
        ),
    ),
    Measure(
        "reads",
        pages.reads,
        (
            Budget("lists and endpoints: most queries, 200 rows", "queries", 10),
            Budget("lists and endpoints: growing from 20 rows to 200", "reads", 0),
        ),
    ),
    Measure(
        "directory",
        people.directory,
        (
            Budget("staff list, 10,000 people: API page with search, p95", "ms", 150),
            Budget("staff list, 10,000 people: API page, deep, p95", "ms", 150),
            Budget("staff list, 10,000 people: /team/ with search, p95", "ms", 150),
        ),
    ),
    Measure("observing", observing.observing, (Budget("limits, log and metrics ÷ a view that does nothing", "×", 1),)),
    Measure(
        "copies",
        copies.copies,
        (
            Budget("a kept list ÷ a view that does nothing, requests/s", "×", least=0.5),
            Budget("a kept list ÷ the same not kept, requests/s", "×", least=15),
        ),
    ),
    Measure("publish", rosters.publishing, (Budget("publish 1,000 assignments", "s", 2),)),
    Measure(
        "audit",
        auditing.audited,
        (
            Budget("audit log ÷ without, one person edited", "×", 1.1),
            Budget("audit log ÷ without, 1,000 assignments published", "×", 1.1),
        ),
    ),
    Measure("export", privacy.exported, (Budget("export of one person, two years of shifts", "s", 2),)),
    Measure("import", commands.import_staff, (Budget("import_staff, 10,000 rows", "s", 30),)),
    Measure("isolation", rosters.isolation, (Budget("row-level security ÷ without, a branch's week", "×"),)),
    Measure(
        "backups",
        backups.backups,
        (
            Budget("backup of 1 GB", "s", 60),
            Budget("trial restore of 1 GB", "s", 300),
            Budget("RPO: writes lost with the disk", "s", 900),
            Budget("RTO: 1 GB back after the disk is lost", "s", 3600),
        ),
    ),
    Measure("suite", commands.suite, (Budget("test suite", "min", 10),), on_request=True),
)
