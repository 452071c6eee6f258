"""Editions keep the Markdown of their introduction beside its HTML."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("digests", "0012_scheduled_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="introduction",
            field=models.TextField(default=""),
        ),
    ]
