"""Makes databases as other people have them: names that are reserved words, mixed case, spaces or other scripts, keys of several
columns and types, enums, domains, partitions, identities, generated columns, references to themselves. Seeded: the same again."""

import random

RESERVED = ("order", "user", "select", "group", "table", "limit", "offset", "end", "check", "default", "primary", "references",
            "window", "both", "case", "when", "desc", "having", "union", "left", "to", "update", "delete", "insert", "values", "set",
            "with", "returning", "tag", "all", "bus", "invalidate", "explain", "page", "found", "item", "list", "name", "key", "after")
ODD = ("OrderLines", "orderLines", "order_lines", "Order Lines", "order-lines", "Größe", "café", "注文", "заказы", "2024 sales",
       'a"quote', "it's", "dots.in.it", "percent%", "dollar$1", "back\\slash", "MixedCase", "UPPER", "_underscore", "trailing_",
       "x" * 62 + "1", "x" * 62 + "2", "y" * 63, "日" * 21, "a;b", "semi:colon", "slash/es", "quote''s", "q?x=1&y#z")

_MOOD = "mood"


class Type:
    """A column's type, and its value of a row number as SQL."""

    def __init__(self, sql, value, is_key=False):
        self.sql, self.value, self.is_key = sql, value, is_key


def _uuid(i):
    return f"'00000000-0000-4000-8000-{i:012x}'"


KEYS = (Type("integer", str, True), Type("bigint", lambda i: str(9007199254740993 + i), True), Type("smallint", str, True),
        Type("text", lambda i: f"'row {i}/é%'", True), Type("varchar(20)", lambda i: f"'v{i}'", True), Type("uuid", _uuid, True),
        Type("date", lambda i: f"'2026-01-{i:02}'", True), Type("numeric(10,2)", lambda i: f"{i}.50", True),
        Type("short", lambda i: f"'s{i}'", True), Type(_MOOD, lambda i: ("'sad'", "'it''s ok'", "'très bien'", "'a/b'")[i % 4], True))

OTHERS = KEYS + (
    Type("boolean", lambda i: "true"), Type("real", lambda i: f"{i}.25"), Type("double precision", lambda i: f"{i}e-3"),
    Type("numeric", lambda i: "12345678901234567890.123456789"), Type("timestamptz", lambda i: f"'2026-01-0{i} 10:00:00+02'"),
    Type("timestamp", lambda i: f"'2026-01-0{i} 10:00:00.5'"), Type("time", lambda i: "'10:30'"), Type("interval", lambda i: "'1 day 2 h'"),
    Type("json", lambda i: "'{\"a\": [1, null]}'"), Type("jsonb", lambda i: "'[1, {\"b\": \"c\"}]'"), Type("text[]", lambda i: "'{a,\"b c\",\"\"}'"),
    Type("integer[]", lambda i: "'{1,2}'"), Type("mood[]", lambda i: "'{sad,\"it''s ok\"}'"), Type("uuid[]", lambda i: f"array[{_uuid(i)}]::uuid[]"),
    Type("char(5)", lambda i: "'ab'"), Type("inet", lambda i: "'10.0.0.1/8'"), Type("cidr", lambda i: "'10.0.0.0/8'"), Type("bit(3)", lambda i: "'101'"),
    Type("bytea", lambda i: "'\\x00ff'"), Type("point", lambda i: "'(1,2)'"), Type("int4range", lambda i: "'[1,5)'"), Type("pair", lambda i: "'(1,2)'"),
    Type("tsvector", lambda i: "'a b'"), Type("money", lambda i: "'12.50'"), Type("macaddr", lambda i: "'08:00:2b:01:02:03'"),
    Type("inet[]", lambda i: "'{10.0.0.1}'"), Type("xml", lambda i: "'<a/>'"))

TYPES_SQL = """
create type mood as enum ('sad', 'it''s ok', 'très bien', 'a/b');
create type pair as (a int, b int);
create domain short as varchar(12) check (value <> '');
"""


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class Table:
    def __init__(self, schema, name):
        self.schema, self.name = schema, name
        self.columns = []  # (name, type, further words)
        self.key = []      # names
        self.foreign = []  # (names, table)
        self.is_partitioned = False

    @property
    def sql_name(self):
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    def type_of(self, column):
        return next(kind for name, kind, _ in self.columns if name == column)

    def create(self):
        lines = [f"{quoted(name)} {kind.sql} {more}" for name, kind, more in self.columns]
        lines.append(f"primary key ({', '.join(map(quoted, self.key))})")
        for names, parent in self.foreign:
            lines.append(f"foreign key ({', '.join(map(quoted, names))}) references {parent.sql_name} "
                         f"({', '.join(map(quoted, parent.key))})")
        made = f"create table {self.sql_name} (\n  " + ",\n  ".join(lines) + "\n)"
        if not self.is_partitioned:
            return made + ";"
        parts = "".join(f"\ncreate table {quoted(self.schema)}.{quoted(f'{self.name[:12]} part {n}')} partition of "
                        f"{self.sql_name} for values with (modulus 2, remainder {n});" for n in (0, 1))
        return f"{made} partition by hash ({quoted(self.key[0])});{parts}"

    def _value(self, column, kind, i):
        for names, parent in self.foreign:
            if column in names:
                there = parent.key[names.index(column)]
                return parent.type_of(there).value(1 if parent is self else min(i, 3))
        return kind.value(i)

    def insert(self, rows):
        """The rows 1 to `rows`; each refers to the row of its parent with the same number, at most the third."""
        given = [(name, kind) for name, kind, more in self.columns if "generated always" not in more]
        values = ",\n".join("(" + ", ".join(self._value(name, kind, i) for name, kind in given) + ")" for i in range(1, rows + 1))
        return f"insert into {self.sql_name} ({', '.join(quoted(name) for name, _ in given)}) values\n{values};"


class Schema:
    """Tables in the order in which they can be made."""

    def __init__(self, seed, count):
        self._random = random.Random(seed)
        self.tables = []
        for n in range(count):
            self.tables.append(self._table(n))

    def sql(self, rows=4):
        """No row refers to the fourth row of a table: it can be deleted."""
        schemas = sorted({t.schema for t in self.tables})
        lines = [f"create schema if not exists {quoted(s)};" for s in schemas] + [TYPES_SQL]
        for t in self.tables:
            lines += [t.create(), t.insert(rows)]
        return "\n".join(lines)

    def _name(self, n):
        pool = RESERVED + ODD
        schema = ("public", "public", "shop", "Other Schema")[(n // len(pool)) % 4]
        name = pool[n % len(pool)]
        if (n // len(pool)) % 4 == 1:
            name = f"{name[:12]} {n}"
        return schema, name

    def _column_name(self, taken):
        name = self._random.choice(RESERVED + ODD + ("note", "title", "status", "created_at", "amount"))
        return name if name not in taken else f"{name[:12]} {len(taken)}"

    def _table(self, n):
        pick = self._random
        t = Table(*self._name(n))
        taken = set()

        def add(kind, more=""):
            name = self._column_name(taken)
            taken.add(name)
            t.columns.append((name, kind, more))
            return name

        self._add_key(t, add)
        for _ in range(pick.randrange(0, 3)):
            self._add_reference(t, add)
        for _ in range(pick.randrange(1, 7)):
            more = pick.choice(("", "", "not null"))
            add(pick.choice(OTHERS), more)
        if pick.random() < 0.3:
            add(Type("text", None), "generated always as ('x') stored")
        if pick.random() < 0.3:
            add(KEYS[0], "not null default 7")
        t.is_partitioned = pick.random() < 0.1
        return t

    def _add_key(self, t, add):
        pick = self._random
        if pick.random() < 0.25:
            t.key = [add(Type("bigint", str, True), "generated by default as identity (start 100)")]
            return
        t.key = [add(pick.choice(KEYS), "not null") for _ in range(pick.choice((1, 1, 1, 2, 3)))]

    def _add_reference(self, t, add):
        """To an earlier table, or to itself."""
        pick = self._random
        parent = pick.choice(self.tables + [t])
        if parent.is_partitioned and parent is t:
            return
        names = [add(parent.type_of(column)) for column in parent.key]
        t.foreign.append((names, parent))
