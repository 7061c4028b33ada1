"""Lists that a filter cuts out of a table: rows that come into the filter, go out of it, and stay in or out."""

import unittest

from case import HEAD, ServiceCase
from processes import wait_for

# Each list is another kind of filter: a column, a column and a constant, a constant that turns the filter off,
# elements of an array, a range that only a tag covers, and a table behind a query.
FILE = HEAD + """
[resource.by_kind]
path = "/kinds/{kind}"
key = "parts:kind:{kind}"
ttl = "10m"
rows = "many"
parameter.kind = { max_length = 20 }
sql = "select id, name from parts where kind = {kind} order by id"
[resource.sold]
path = "/sold/{kind}"
key = "parts:sold:{kind}"
ttl = "10m"
rows = "many"
parameter.kind = { max_length = 20 }
sql = "select id, name from parts where kind = {kind} and is_sold order by id"
[resource.any_kind]
path = "/parts"
key = "parts:list:{kind}"
ttl = "10m"
rows = "many"
query.kind = { default = "all" }
sql = "select id, name from parts where ({kind} = 'all' or kind = {kind}) order by id"
[resource.labelled]
path = "/labels/{label}"
key = "parts:label:{label}"
ttl = "10m"
rows = "many"
parameter.label = { max_length = 20 }
sql = "select id, name from parts where {label} = any(labels) order by id"
[resource.cheap]
path = "/cheap/{most}"
key = "parts:cheap:{most}"
tags = ["parts:cheap"]
ttl = "10m"
rows = "many"
parameter.most = { type = "integer" }
sql = "select id, name from parts where price <= {most} order by id"
[resource.on_shelf]
path = "/shelves/{room}"
key = "parts:room:{room}"
ttl = "10m"
rows = "many"
parameter.room = { max_length = 20 }
sql = "select p.id, p.name from parts p join shelves s on s.id = p.shelf where s.room = {room} order by p.id"
[change.parts]
keys = ["parts:kind:{kind}", "parts:sold:{kind}", "parts:list:{kind}", "parts:list:all", "parts:label:{labels[]}"]
tags = ["parts:cheap"]
[[change.parts.through]]
sql = "select room from shelves where id = {shelf}"
keys = ["parts:room:{room}"]
[change.shelves]
keys = ["parts:room:{room}"]
"""

TABLES = """
create table shelves (id int primary key, room text not null);
create table parts (id int primary key, name text not null, kind text not null, is_sold boolean not null, labels text[] not null,
                    price int not null, shelf int references shelves);
insert into shelves values (1, 'east'), (2, 'west');
insert into parts values (1, 'bolt', 'a', true, '{red,blue}', 5, 1), (2, 'nut', 'b', false, '{}', 50, 2)
"""

LISTS = ("/kinds/a", "/kinds/b", "/kinds/c", "/sold/a", "/sold/b", "/parts", "/parts?kind=a", "/parts?kind=b", "/labels/red", "/labels/blue",
         "/labels/green", "/cheap/10", "/cheap/100", "/shelves/east", "/shelves/west")

# What is done, and the lists that must show other rows than before.
CASES = (
    ("insert into parts values (3, 'new', 'c', false, '{green}', 500, null)", {"/kinds/c", "/parts", "/labels/green"}),
    ("insert into parts values (4, 'more', 'a', true, '{}', 7, 2)",
     {"/kinds/a", "/sold/a", "/parts", "/parts?kind=a", "/cheap/10", "/cheap/100", "/shelves/west"}),
    ("update parts set kind = 'b' where id = 1", {"/kinds/a", "/kinds/b", "/sold/a", "/sold/b", "/parts?kind=a", "/parts?kind=b"}),
    ("update parts set is_sold = false where id = 1", {"/sold/b"}),
    ("update parts set is_sold = true where id = 2", {"/sold/b"}),
    ("update parts set labels = '{blue,green}' where id = 1", {"/labels/red", "/labels/green"}),
    ("update parts set price = 60 where id = 1", {"/cheap/10"}),
    ("update parts set price = 101 where id = 1", {"/cheap/100"}),
    ("update parts set price = 9 where id = 3", {"/cheap/10", "/cheap/100"}),
    ("update parts set shelf = 2 where id = 1", {"/shelves/east", "/shelves/west"}),
    ("update shelves set room = 'east' where id = 2", {"/shelves/east", "/shelves/west"}),
    ("update parts set name = 'renamed' where id = 2",
     {"/kinds/b", "/sold/b", "/parts", "/parts?kind=b", "/cheap/100", "/shelves/east"}),
    ("update parts set id = id + 10 where kind = 'c'", {"/kinds/c", "/parts", "/labels/green", "/cheap/10", "/cheap/100"}),
    ("delete from parts where kind = 'c'", {"/kinds/c", "/parts", "/labels/green", "/cheap/10", "/cheap/100"}),
    ("delete from parts where id in (1, 2, 4)",
     {"/kinds/a", "/kinds/b", "/sold/a", "/sold/b", "/parts", "/parts?kind=a", "/parts?kind=b", "/labels/blue", "/labels/green", "/cheap/10",
      "/cheap/100", "/shelves/east"}),
)


class Filters(ServiceCase):
    def prepare(self):
        self.postgres.sql(TABLES)
        self.config = self.write_file("filters.toml", FILE)

    def lists(self, node):
        return {path: self.assert_status(200, node.get(path)).body.decode() for path in LISTS}

    def test_each_write_into_a_filter_and_out_of_it_is_seen_in_the_lists_that_it_concerns(self):
        nodes = [self.start_node(), self.start_node()]
        before = self.lists(nodes[0])
        for sql, concerned in CASES:
            with self.subTest(sql):
                for node in nodes * 2:  # in Redis and in the L1 of both
                    self.assertEqual(before, self.lists(node))
                self.postgres.sql(sql)
                wait_for("what was recorded is delivered", lambda: self.owed() == 0)
                after = self.lists(nodes[0])
                self.assertEqual(concerned, {path for path in LISTS if before[path] != after[path]}, sql)
                self.assertEqual(after, self.lists(nodes[1]))
                before = after


if __name__ == "__main__":
    unittest.main()
