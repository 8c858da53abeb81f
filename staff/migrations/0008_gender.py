"""What people say of their gender, for the staff report; of whoever is here already nobody has asked yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staff", "0007_privacy")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="gender",
            field=models.CharField(
                choices=[("female", "Female"), ("male", "Male"), ("other", "Other"), ("not_said", "Not said")],
                db_default="not_said",
                default="not_said",
                max_length=8,
            ),
        ),
    ]
