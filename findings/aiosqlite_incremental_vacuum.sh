#!/bin/bash
# aiosqlite 0.22.1 on Python's own sqlite3 (CPython 3.11.7, SQLite 3.40.1): `PRAGMA incremental_vacuum(500)` by
# execute_fetchall gives one page back, and by executescript five hundred. The statement gives a page back with each
# step, and has no columns: the module takes it for one that returns nothing and ends it after its first step.
#
# Output seen:
#   execute_fetchall: 1 of 500 pages
#   executescript: 500 of 500 pages
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aiosqlite==0.22.1
cat > "$folder/look.py" <<'PYTHON'
import asyncio
import sys

import aiosqlite


async def freed(name):
    async with aiosqlite.connect(f"{sys.argv[1]}/{name}.sqlite3", isolation_level=None) as connection:
        await connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        await connection.execute("CREATE TABLE filler (filling BLOB)")
        numbers = "[" + ",".join(["0"] * 2_000) + "]"
        await connection.execute("INSERT INTO filler SELECT randomblob(4000) FROM json_each(?)", (numbers,))
        await connection.execute("DROP TABLE filler")
        ((before,),) = await connection.execute_fetchall("PRAGMA freelist_count")
        await getattr(connection, name)("PRAGMA incremental_vacuum(500)")
        ((after,),) = await connection.execute_fetchall("PRAGMA freelist_count")
        print(f"{name}: {before - after} of 500 pages")


asyncio.run(freed("execute_fetchall"))
asyncio.run(freed("executescript"))
PYTHON
diff <("$folder/venv/bin/python" "$folder/look.py" "$folder") - <<'SEEN'
execute_fetchall: 1 of 500 pages
executescript: 500 of 500 pages
SEEN
