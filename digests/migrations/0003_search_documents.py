"""What readers search, and the index that the database keeps of it by itself."""

import django.db.models.deletion
from django.db import migrations, models

# Tokens are made by digests.search_text and parted by spaces. The ascii tokenizer takes every
# other character as part of a token, our marks too, which unicode61 would drop.
SQLITE = [
    """
    CREATE VIRTUAL TABLE digests_search_index USING fts5(
        tokens, content='digests_searchdocument', content_rowid='id', tokenize='ascii'
    )
    """,
    """
    CREATE TRIGGER digests_search_insert AFTER INSERT ON digests_searchdocument BEGIN
        INSERT INTO digests_search_index (rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER digests_search_delete AFTER DELETE ON digests_searchdocument BEGIN
        INSERT INTO digests_search_index (digests_search_index, rowid, tokens)
        VALUES ('delete', old.id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER digests_search_update AFTER UPDATE ON digests_searchdocument BEGIN
        INSERT INTO digests_search_index (digests_search_index, rowid, tokens)
        VALUES ('delete', old.id, old.tokens);
        INSERT INTO digests_search_index (rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
]
POSTGRESQL = [
    """
    ALTER TABLE digests_searchdocument
    ADD COLUMN terms tsvector GENERATED ALWAYS AS (tokens::tsvector) STORED
    """,
    # Phrases are checked against it: unpacking it each time costs more than its room.
    "ALTER TABLE digests_searchdocument ALTER COLUMN terms SET STORAGE EXTERNAL",
    """
    CREATE INDEX digests_search_index ON digests_searchdocument
    USING gin (terms) WITH (fastupdate = off)
    """,
]


def add_index(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == 'sqlite' else POSTGRESQL:
        schema_editor.execute(statement)


def remove_index(apps, schema_editor):
    """The rest goes with the table."""
    if schema_editor.connection.vendor == 'sqlite':
        schema_editor.execute('DROP TABLE digests_search_index')


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0002_model_drafts_glossary_and_checks'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchDocument',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('categories', models.JSONField(default=list)),
                ('passages', models.JSONField(default=list)),
                ('tokens', models.TextField()),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='search_document', to='digests.editionentry')),
            ],
        ),
        migrations.RunPython(add_index, remove_index),
    ]
