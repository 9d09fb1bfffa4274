#!/bin/bash
# SQLAlchemy 2.1.9: one MetaData with two tables that refer to each other, one of whose foreign keys has use_alter. On SQLite,
# which has no ALTER TABLE ... ADD CONSTRAINT, create_all writes that key into the table. Once the same MetaData has been
# created on PostgreSQL, where it is added afterwards, create_all on SQLite leaves it out, without a word: the constraint
# itself is marked then. A copy of the tables (to_metadata) that PostgreSQL has not seen has it still. Nothing is connected
# to here: create_mock_engine tells what would be said.
#
# Output seen:
#   on SQLite: the key is there
#   on PostgreSQL: the key is there
#   on SQLite again: the key is missing
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sqlalchemy==2.1.9 psycopg2-binary==2.9.11
cat > "$folder/look.py" <<'PYTHON'
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, create_mock_engine

metadata = MetaData()
Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code_id", ForeignKey("codes.id", use_alter=True, name="fk_code")),
)
Table(
    "codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("request_id", ForeignKey("requests.id", name="fk_request")),
)


def look(where, address):
    said = []
    engine = create_mock_engine(address, lambda statement, *_, **__: said.append(str(statement.compile(dialect=engine.dialect))))
    metadata.create_all(engine, checkfirst=False)
    print(f"{where}: the key is {'there' if 'fk_code ' in ' '.join(said) else 'missing'}")


look("on SQLite", "sqlite://")
look("on PostgreSQL", "postgresql://")
look("on SQLite again", "sqlite://")
PYTHON
diff <("$folder/venv/bin/python" "$folder/look.py") - <<'SEEN'
on SQLite: the key is there
on PostgreSQL: the key is there
on SQLite again: the key is missing
SEEN
