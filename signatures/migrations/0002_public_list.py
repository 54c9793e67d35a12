"""The public list in the order readers see it, and found by word: GIN on PostgreSQL, FTS5 on SQLite.

Both hold the shown rows alone. On SQLite triggers keep the FTS5 table in step; a later migration
that makes SQLite rebuild signatures_signature drops them and must call `find_by_word` again
(tests/signatures/test_public_list.py fails otherwise).
"""

from django.db import migrations, models

POSTGRESQL = """
CREATE INDEX signature_words ON signatures_signature USING gin (
    array_to_tsvector(string_to_array(words, ' ') || ('letter:' || letter_id::text))
) WITH (gin_pending_list_limit = 1024) WHERE counted AND public
"""

SHOWN = "(%s.counted AND %s.public)"
SAME = "(old.words = new.words AND old.letter_id = new.letter_id AND old.id = new.id)"
FORGET = (
    "INSERT INTO signatures_words(signatures_words, rowid, letter_id, words) "
    "VALUES ('delete', old.id, old.letter_id, old.words);"
)
LEARN = "INSERT INTO signatures_words(rowid, letter_id, words) VALUES (new.id, new.letter_id, new.words);"
OLD, NEW = SHOWN % ("old", "old"), SHOWN % ("new", "new")
MOVES = "UPDATE OF id, letter_id, words, counted, public ON signatures_signature"

SQLITE = [
    """CREATE VIEW signatures_shown AS
       SELECT id, letter_id, words FROM signatures_signature WHERE counted AND public""",
    """CREATE VIRTUAL TABLE signatures_words USING fts5(
       letter_id, words, content='signatures_shown', content_rowid='id', prefix='1 2 3',
       detail='column', columnsize=0,
       tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co Cn'")""",
    f"""CREATE TRIGGER signatures_words_insert AFTER INSERT ON signatures_signature
        WHEN {NEW} BEGIN {LEARN} END""",
    f"""CREATE TRIGGER signatures_words_delete AFTER DELETE ON signatures_signature
        WHEN {OLD} BEGIN {FORGET} END""",
    f"""CREATE TRIGGER signatures_words_leave BEFORE {MOVES}
        WHEN {OLD} AND NOT ({NEW} AND {SAME}) BEGIN {FORGET} END""",
    f"""CREATE TRIGGER signatures_words_enter AFTER {MOVES}
        WHEN {NEW} AND NOT ({OLD} AND {SAME}) BEGIN {LEARN} END""",
    "INSERT INTO signatures_words(signatures_words) VALUES ('rebuild')",
]
TRIGGERS = ("insert", "delete", "leave", "enter")


def find_by_word(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        return
    for statement in SQLITE:
        schema_editor.execute(statement)


def find_no_more(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX signature_words")
        return
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS signatures_words_{name}")
    schema_editor.execute("DROP TABLE signatures_words")
    schema_editor.execute("DROP VIEW signatures_shown")


class Migration(migrations.Migration):
    dependencies = [("signatures", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="signature", name="signature_by_day"),
        migrations.RemoveIndex(model_name="signature", name="signature_by_name"),
        migrations.AddIndex(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("counted", True), ("public", True)),
                fields=["letter", "-day", "name_key", "uid"],
                name="signature_by_day",
            ),
        ),
        migrations.AddIndex(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("counted", True), ("public", True)),
                fields=["letter", "name_key", "uid"],
                name="signature_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("counted", True), ("public", False)),
                fields=["letter"],
                name="signature_not_shown",
            ),
        ),
        migrations.RunPython(find_by_word, find_no_more, elidable=False),
    ]
