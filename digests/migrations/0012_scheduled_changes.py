from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0011_estimates_of_spending"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalissue",
            name="scheduled_change",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name="issue",
            name="scheduled_change",
            field=models.CharField(blank=True, max_length=12),
        ),
    ]
