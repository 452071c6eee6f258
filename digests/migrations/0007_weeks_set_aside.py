import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0006_removed_entries'),
    ]

    operations = [
        migrations.CreateModel(
            name='SetAside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('preview', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='set_asides', to='digests.weekpreview')),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'list that was set aside',
                'verbose_name_plural': 'lists that were set aside',
                'ordering': ['-at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('preview',), name='a_list_is_set_aside_once')],
            },
        ),
    ]
