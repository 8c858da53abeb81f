"""An index on the few runs that are in progress, which every start of a job looks through."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_job_runs")]

    operations = [
        migrations.AddIndex(
            model_name="jobrun",
            index=models.Index(
                condition=models.Q(("outcome", "running")), fields=["started_at"], name="job_run_running"
            ),
        ),
    ]
