"""What a person learned and where they worked before: told at hiring, kept by Human Resource."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from staff.models.papers import Kept, KeptQuerySet
from staff.models.people import Person


class Education(Kept):
    """A school or a course, and what it ended with."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="education")
    institution = models.CharField(max_length=120)
    qualification = models.CharField(max_length=80)
    field = models.CharField("field of study", max_length=80, blank=True)
    begun_on = models.DateField("from", null=True, blank=True)
    ended_on = models.DateField("to", null=True, blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_on", "-id"]
        verbose_name_plural = "education"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(begun_on=None) | Q(ended_on__gte=F("begun_on")),
                name="education_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.qualification}, {self.institution}"


class Experience(Kept):
    """A position held elsewhere, and why it was left."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="experience")
    employer = models.CharField(max_length=120)
    position = models.CharField(max_length=80)
    begun_on = models.DateField("from", null=True, blank=True)
    ended_on = models.DateField("to", null=True, blank=True)
    why_left = models.CharField("why they left", max_length=200, blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_on", "-id"]
        verbose_name_plural = "experience"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(begun_on=None) | Q(ended_on__gte=F("begun_on")),
                name="experience_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}, {self.employer}"
