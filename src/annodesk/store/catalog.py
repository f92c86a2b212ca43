"""What a schema of the shared database is made of, in the server's own words: to compare one with another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from annodesk.store.security import GROUPS, OWNER, SQL

if TYPE_CHECKING:
    from sqlalchemy import Connection

_GRANTED = r"""coalesce((select string_agg(distinct coalesce(g.rolname, 'public') || ' ' || lower(x.privilege_type)
  || case when x.is_grantable then ' with grant option' else '' end, ', ')
  from aclexplode(\1) x left join pg_roles g on g.oid = x.grantee where x.grantee <> \2), 'nobody')"""


def catalog(db: Connection, schema: str) -> dict[str, str]:
    """Everything in a schema by name, each with its definition, owner and grants."""
    query = _read("catalog").replace(":schema", f"'{schema}'::regnamespace")
    query = re.sub(r"granted\((coalesce\(.*?\)\)|[\w.]+), ([\w.]+)\)", _GRANTED, query)
    # Without a search path the server names everything with its schema.
    before = db.exec_driver_sql("select set_config('search_path', current_setting('search_path'), true)").scalar()
    db.exec_driver_sql("select set_config('search_path', '', true)")
    found = {str(name): str(definition) for name, definition in db.exec_driver_sql(query)}
    db.exec_driver_sql("select set_config('search_path', %s, true)", (before,))
    return found


def of_the_cluster(db: Connection) -> list[str]:
    """What is wrong with roles and with what everybody may do, outside the schema."""
    names = ", ".join(f"'{name}'" for name in (OWNER, *GROUPS))
    query = _read("cluster").replace(":groups", f"array[{names}]::name[]")
    return [str(sentence) for sentence in db.exec_driver_sql(query).scalars()]


def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
