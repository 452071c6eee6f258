from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digests", "0010_author_slugs")]

    operations = [
        migrations.AddField(
            model_name="spending",
            name="estimate",
            field=models.DecimalField(decimal_places=6, max_digits=14, null=True),
        ),
    ]
