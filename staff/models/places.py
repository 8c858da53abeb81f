"""Where people work and as what: organisation, branch, department, sub-department, role."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models

from config.tenancy import Owned
from staff.plans import WIDEST, Plan
from staff.roles import Category, Duty, Reach

CODE = RegexValidator(r"^[A-Z][A-Z0-9]{1,4}$", "Two to five capital letters or digits, beginning with a letter.")


def known_timezone(name: str) -> None:
    """Refuse a zone that the IANA database does not have, such as "Lagos"."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone; write one like Africa/Lagos or Europe/London.")


class SecondStep(models.TextChoices):
    """For whom signing in takes two steps, whether or not they want it; everybody else may have it."""

    NOBODY = "nobody", "Nobody has to"
    MANAGERS = "managers", "Senior admins and everybody who enters the admin"
    EVERYBODY = "everybody", "Everybody"


class Organisation(models.Model):
    """A chain that rents this installation. Its row is the root of everything it owns."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    prefix = models.CharField(max_length=5, validators=[CODE], help_text="Begins every employee number: ACE-BOD-00042.")
    currency = models.CharField(max_length=3, default="NGN")
    timezone = models.CharField(max_length=64, default="Africa/Lagos", validators=[known_timezone])
    second_step = models.CharField(
        "two-step sign-in", max_length=9, choices=SecondStep, default=SecondStep.MANAGERS, db_default="managers"
    )
    plan = models.CharField(max_length=10, choices=Plan, default=WIDEST, db_default="enterprise")
    # The last day of the plan; after it the smallest takes its place.
    plan_until = models.DateField("last day of the plan", null=True, blank=True)
    next_plan = models.CharField(max_length=10, choices=Plan, blank=True, default="", db_default="")
    next_plan_on = models.DateField("day of the next plan", null=True, blank=True)
    last_employee_number = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            # Two organisations with one prefix would print the same employee numbers on their badges.
            models.UniqueConstraint(fields=["prefix"], name="organisation_prefix_once"),
            models.CheckConstraint(
                condition=models.Q(next_plan="") ^ models.Q(next_plan_on__isnull=False),
                name="organisation_next_plan_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Branch(Owned):
    """One store. Its zone decides what every time on its rosters means."""

    name = models.CharField(max_length=80)
    code = models.CharField(max_length=5, validators=[CODE], help_text="Stands in employee numbers: ACE-BOD-00042.")
    timezone = models.CharField(max_length=64, default="Africa/Lagos", validators=[known_timezone])
    week_start = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(6)], help_text="First day of the roster's week: 0 is Monday."
    )
    opens = models.TimeField(default="08:30")
    closes = models.TimeField(default="20:00")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "branches"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="branch_name_once"),
            models.UniqueConstraint(fields=["organisation", "code"], name="branch_code_once"),
            models.CheckConstraint(condition=models.Q(week_start__lte=6), name="branch_week_start_is_a_day"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The branch's time zone, for reading and showing times."""
        return ZoneInfo(self.timezone)


class Department(Owned):
    """A line of work that every branch may have: SuperMarket, Eatery, Lounge."""

    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order on screens; also picks the colour.")

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="department_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def aisle(self) -> int:
        """The number of its colour on screens, 1 to 5."""
        return self.position % 5 + 1


class SubDepartment(Owned):
    """A part of a department with its own supervisor: Cinema, Arcade."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="sub_departments")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["department__position", "name"]
        verbose_name = "sub-department"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "department", "name"], name="sub_department_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Role(Owned):
    """A job: its category, whom its holder reaches, and for senior roles what they are there for."""

    name = models.CharField(max_length=80)
    category = models.CharField(max_length=12, choices=Category)
    reach = models.CharField(max_length=12, choices=Reach)
    duty = models.CharField(
        max_length=9, choices=Duty, default=Duty.LINE, help_text="Other than “line” only with the whole organisation."
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="roles")
    sub_department = models.ForeignKey(
        SubDepartment, on_delete=models.PROTECT, null=True, blank=True, related_name="roles"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="role_name_once"),
            models.CheckConstraint(
                condition=models.Q(duty="line") ^ models.Q(reach="organisation"),
                name="role_duty_goes_with_reach",
                violation_error_message="A role with the whole organisation audits, leads or is Human Resource; "
                "any other role has the duty “line”.",
            ),
            models.CheckConstraint(
                condition=~models.Q(category="general") | models.Q(reach="self"),
                name="role_general_reaches_self",
                violation_error_message="A general role reaches only its holder.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
