from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0005_site_stamp"),
    ]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="historicalentry",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
