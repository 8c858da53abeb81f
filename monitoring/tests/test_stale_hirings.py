"""Hirings that nobody finished: gone after their days, with the files that were handed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from monitoring.services.retention import apply_retention
from staff.documents.kinds import DocumentKind
from staff.documents.storage import path_of
from staff.models import HiringDraft
from staff.services.drafts import add_file
from staff.services.papers import Upload
from staff.tests.files import pdf
from staff.tests.hiring import basics, make_draft

pytestmark = pytest.mark.django_db


def test_a_hiring_that_nobody_touched_for_thirty_days_goes_with_its_files(cast, django_capture_on_commit_callbacks):
    now = timezone.now()
    stale, fresh = make_draft(cast.hr, basics=basics(cast.cashier)), make_draft(cast.floor_manager, basics={})
    with tenancy.organisation(ACE):
        draft = add_file(stale, DocumentKind.CV, Upload("cv.pdf", pdf()), by=cast.hr)
        file = path_of(draft.content["documents"][0]["key"])
        HiringDraft.objects.filter(pk=stale.pk).update(changed_at=now - timedelta(days=31))
        HiringDraft.objects.filter(pk=fresh.pk).update(changed_at=now - timedelta(days=29))
    assert file.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert "hiring_drafts 1" in apply_retention(now)
    with tenancy.organisation(ACE):
        assert list(HiringDraft.objects.values_list("pk", flat=True)) == [fresh.pk]
    assert not file.exists()
