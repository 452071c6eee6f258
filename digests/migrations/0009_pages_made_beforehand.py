import django.db.models.deletion
from django.db import migrations, models

NAMES = [("article", "Article"), ("feed", "Feed"), ("summary", "Summary"), ("papers", "Papers")]


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0008_shelves"),
    ]

    operations = [
        migrations.CreateModel(
            name="EditionPage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(choices=NAMES, max_length=10)),
                ("made_by", models.CharField(max_length=64)),
                ("body", models.BinaryField()),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="digests.edition",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("edition", "name"), name="one_page_of_a_name"
                    )
                ],
            },
        ),
    ]
