import time
import uuid

from django.db import migrations, models


def first_stamp(apps, schema_editor):
    stamp = apps.get_model("digests", "SiteStamp")
    stamp.objects.create(pk=1, mark=uuid.uuid4().hex, moved=int(time.time()) - 120)  # site_stamp.ROOM


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0004_notes_previews_comments_and_watched_sources"),
    ]

    operations = [
        migrations.CreateModel(
            name="SiteStamp",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("mark", models.CharField(max_length=32)),
                ("moved", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_site_stamp")
                ],
            },
        ),
        migrations.RunPython(first_stamp, migrations.RunPython.noop),
    ]
