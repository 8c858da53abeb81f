"""The person: staff member and user in one row."""

from __future__ import annotations

import hashlib
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from config.tenancy import Owned
from staff.models.places import Branch, Department, Role, SubDepartment
from staff.roles import may, reach_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from staff.models.sessions import Session


class Gender(models.TextChoices):
    """As the person says it themselves; nobody has to."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Other"
    NOT_SAID = "not_said", "Not said"


class PersonQuerySet(models.QuerySet["Person"]):
    """People, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """Those whom this user reaches, and the user: everybody else does not exist for them."""
        return self.filter(reach_of(user).over_people())

    def employed(self, day: date) -> Self:
        """Those with a contract on that day."""
        return self.filter(hired_on__lte=day).filter(models.Q(left_on=None) | models.Q(left_on__gte=day))

    def active(self) -> Self:
        """Those who may sign in: nobody of a suspended organisation."""
        return self.filter(is_active=True, organisation__suspended_at=None)

    def with_places(self) -> Self:
        """Joined with role, branch and department, for lists."""
        return self.select_related("role", "branch", "department", "sub_department")

    def matching(self, words: str, *, emails: bool = False) -> Self:
        """Those whose name or number (or e-mail, for who may see it) contains every one of the words, five at most.

        No trigram index: LIKE is not leakproof, so under row-level security PostgreSQL would never use it.
        """
        found = self
        fields = ["first_name", "last_name", "employee_number", *(["email"] if emails else [])]
        for word in words.split()[:5]:
            found = found.filter(reduce(or_, (models.Q(**{f"{field}__icontains": word}) for field in fields)))
        return found


class PersonManager(BaseUserManager["Person"]):
    """Lets Django's own sign-in code find a person by e-mail within the current organisation."""

    def get_queryset(self) -> PersonQuerySet:
        return PersonQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").lower())


class Person(Owned, AbstractBaseUser):
    """A staff member. Permission comes from the role (`staff/roles.py`), never from flags or groups."""

    email = models.EmailField(help_text="Signs in with it; unique in the whole installation.")
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    employee_number = models.CharField(max_length=20, editable=False)
    phone = models.CharField("work phone", max_length=20, blank=True)
    personal_phone = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=300, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    # The key of the file (staff/documents/storage.py); a column, so that lists show faces without a query more.
    picture = models.CharField(max_length=32, blank=True, editable=False)
    gender = models.CharField(max_length=8, choices=Gender, default=Gender.NOT_SAID, db_default=Gender.NOT_SAID)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="people")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="people")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="people")
    sub_department = models.ForeignKey(
        SubDepartment, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    contract_hours = models.DecimalField(
        "contract hours a week", max_digits=4, decimal_places=1, default=40, help_text="Hours a week."
    )
    hired_on = models.DateField()
    left_on = models.DateField("last working day", null=True, blank=True)
    is_active = models.BooleanField("may sign in", default=True)
    is_operator = models.BooleanField("runs the installation", default=False, editable=False)
    # A claim of every token and session: raising it ends them all (production.md section 3).
    token_version = models.PositiveIntegerField(default=1, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    # How they came in, where they are the reader of a request: staff/reader.py.
    session: Session

    objects = PersonManager.from_queryset(PersonQuerySet)()

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "email"], name="person_email_once"),
            models.UniqueConstraint(fields=["organisation", "employee_number"], name="person_number_once"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="person_email_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(left_on=None) | models.Q(left_on__gte=models.F("hired_on")),
                name="person_leaves_after_hiring",
                violation_error_message="The last working day cannot be before the day of hiring.",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "last_name", "first_name", "id"], name="person_by_name"),
            models.Index(fields=["organisation", "branch", "department"], name="person_by_team"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def home_zone(self) -> ZoneInfo:
        """The clock by which a day begins for them: their branch's, else the organisation's."""
        return self.branch.zone if self.branch else ZoneInfo(self.organisation.timezone)

    @property
    def picture_version(self) -> str:
        """What changes when the picture does; empty where there is none. The key itself is nobody's to see."""
        return hashlib.sha256(self.picture.encode()).hexdigest()[:12] if self.picture else ""

    @property
    def is_erased(self) -> bool:
        """Whether this is only a number any more: staff/services/erasing.py."""
        return self.email.startswith("erased-") and self.email.endswith("@invalid")

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        return (self.first_name[:1] + self.last_name[:1]).upper()

    def set_password(self, raw_password: str | None) -> None:
        """A new password ends every session and token; the caller saves."""
        super().set_password(raw_password)
        self.token_version += 1

    def check_password(self, raw_password: str | None) -> bool:
        """Django's, with an upgrade of an older hash that is no new password: no version is raised by it."""

        def upgrade(raw_password: str) -> None:
            self.password = make_password(raw_password)
            self.save(update_fields=["password"])

        return check_password(raw_password, self.password, upgrade)

    def get_session_auth_hash(self) -> str:
        """What a session must still carry to be valid: a new password or a raised token version ends it."""
        return f"{super().get_session_auth_hash()}.{self.token_version}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for earlier in super().get_session_auth_fallback_hash():
            yield f"{earlier}.{self.token_version}"

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.first_name

    # Django's admin asks these four; all of them read the one permission table.
    @property
    def is_staff(self) -> bool:
        return self.is_active and may(self, "enter_admin")

    @property
    def is_superuser(self) -> bool:
        """Never: nobody stands above the permission table."""
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Refused here: each admin class asks the permission table for its own verb."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
