"""What is public under each category and name, and editions in order. Rows of an older house are
written after migrating (`manage.py furnish`)."""

import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("category", "Category"),
    ("author", "Author"),
    ("paper", "Paper"),
    ("issue", "Issue"),
]


def part_of(model):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name="places", to=model
    )


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0007_weeks_set_aside"),
        ("papers", "0001_the_first_rows"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(
                fields=["first_published_at", "id"], name="editions_by_publication"
            ),
        ),
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(fields=["first_on"], name="editions_by_week"),
        ),
        migrations.CreateModel(
            name="Shelf",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("key", models.CharField(max_length=120)),
                ("papers", models.PositiveIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
                ("told", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key"), name="one_shelf_a_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("key", models.CharField(max_length=120)),
                ("published_at", models.DateTimeField()),
                ("position", models.PositiveIntegerField()),
                ("is_newest", models.BooleanField()),
                ("edition", part_of("digests.edition")),
                ("entry", part_of("digests.editionentry")),
                ("paper", part_of("papers.paper")),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["kind", "key", "-published_at", "-edition", "position"],
                        name="places_in_order",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "key", "entry"), name="an_entry_once_a_shelf"
                    )
                ],
            },
        ),
    ]
