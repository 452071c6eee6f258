"""Entries of older editions have none; readers' pages look theirs up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0009_pages_made_beforehand"),
    ]

    operations = [
        migrations.AddField(
            model_name="editionentry",
            name="author_slugs",
            field=models.JSONField(default=list),
        ),
    ]
