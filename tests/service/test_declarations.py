"""`weir check --database`: what the database says against a file, and the commands that listen to it."""

import json
import os
import re
import socket
import time
import unittest

from case import ServiceCase, long
from node import SHIPPED, environment, run_weir
from processes import wait_for

HEAD = """
[server]
listen = "${WEIR_LISTEN:-127.0.0.1:8080}"
workers = 1
[admin]
listen = "${WEIR_ADMIN_LISTEN:-127.0.0.1:8081}"
token = "${WEIR_ADMIN_TOKEN:-}"
[postgres]
url = "${WEIR_POSTGRES_URL}"
"""

SHELVES = """
create table authors (author_id int primary key, full_name text not null);
create table shelves (shelf_id int primary key, label text not null);
create table books (book_id int primary key, title text, price numeric(10,2), author_id int references authors,
                    shelf_id int references shelves);
create table loans (loan_id int, book_id int references books, days int, primary key (loan_id, book_id));
create table tickets (id uuid primary key, amount numeric(12,3), opened date)
"""

JOINS = HEAD + """
[resource.book]
path = "/books/{id}"
key = "books:item:{id}"
ttl = "10m"
parameter.id = { type = "integer" }
sql = '''
select b.book_id, b.title, a.full_name, s.label
from books b join authors a using (author_id) join shelves s using (shelf_id)
where b.book_id = {id}'''
[resource.loan_cost]
path = "/loans/{id}/cost"
key = "loans:cost:{id}"
ttl = "10m"
parameter.id = { type = "integer" }
sql = '''
select l.loan_id, sum(l.days * b.price) as cost
from loans l join books b using (book_id) where l.loan_id = {id} group by l.loan_id'''
[change.books]
keys = ["books:item:{book_id}"]
[change.loans]
keys = ["loans:cost:{loan_id}"]
"""

TICKET = HEAD + """
[resource.ticket]
path = "/tickets/{id}"
key = "tickets:item:{id}"
ttl = "10m"
parameter.id = %s
sql = "select id, amount from tickets where %s"
[change.tickets]
keys = ["tickets:item:{%s}"]
"""


class Declarations(ServiceCase):
    has_redis = False

    def prepare(self):
        self.postgres.sql(SHELVES)

    def check(self, text, *words, env=None):
        self.path = self.write_file("checked.toml", text)
        return run_weir("check", "--config", self.path, *words, env=env or self.env())

    def errors(self, text, *words, env=None):
        done = self.check(text, "--database", *words, env=env)
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        return done.stderr

    def test_the_shipped_file_agrees_with_its_schema_before_and_after_the_migration(self):
        self.postgres.sql("drop schema weir cascade")
        for migrates in (False, True):
            if migrates:
                self.migrate()
            done = run_weir("check", "--config", SHIPPED, "--database", env=self.env())
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
            self.assertEqual(not migrates, "weir migrate" in done.stderr, done.stderr)
        self.assertIn("products (", done.stdout)
        self.assertIn("change of articles: articles:item:{slug}", done.stdout)

    def test_every_table_of_a_join_that_no_change_covers_is_named_with_its_resource(self):
        said = self.errors(JOINS)
        for table, resource in (("authors", "book"), ("shelves", "book"), ("books", "loan_cost")):
            self.assertRegex(said, rf"checked\.toml:\d+:\d+: resource\.{resource} reads {table} ")
        self.assertEqual(3, said.count(" reads "), said)
        lines = "".join(f'unwatched.{table} = {{ reason = "seldom changes" }}\n' for table in ("authors", "shelves"))
        text = JOINS.replace("[resource.loan_cost]", lines + "[resource.loan_cost]")
        text = text.replace("[change.books]", 'unwatched.books = { reason = "prices are fixed" }\n[change.books]')
        done = self.check(text, "--database")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("accepted: seldom changes", done.stdout)

    def test_a_text_that_the_database_compares_as_another_type_is_refused_with_the_type(self):
        said = self.errors(TICKET % ("{ max_length = 64 }", "id = {id}", "id"))
        self.assertRegex(said, r'resource\.ticket.*uuid[^\n]*\n.*type = "uuid"')
        self.assertIn('type = "date"', self.errors(TICKET % ("{ max_length = 64 }", "opened = {id}", "opened")))

    def test_a_fraction_behind_an_integer_is_refused_by_the_check_and_by_the_migration(self):
        text = TICKET % ('{ type = "integer" }', "amount = {id}", "amount")
        said = self.errors(text)
        self.assertRegex(said, r"checked\.toml:\d+:\d+: the change of tickets: .*amount, numeric\(12,3\)")
        done = run_weir("migrate", "--config", self.path, env=self.env())
        self.assertEqual(1, done.returncode)
        self.assertIn("amount, numeric(12,3)", done.stderr)
        self.assertEqual("0", self.postgres.sql("select count(*) from pg_trigger where tgrelid = 'tickets'::regclass "
                                                "and tgname like 'weir%'"))

    def test_a_url_is_asked_instead_of_the_files_own_database(self):
        env = environment(WEIR_POSTGRES_URL="postgresql://weir@127.0.0.1:1/weir")
        done = self.check(JOINS, "--database", self.postgres.url, env=env)
        self.assertIn("reads authors", done.stderr)
        nonsense = self.check(JOINS, "--database", "nonsense://:hidden@", "--format", "json", env=env)
        self.assertEqual(1, nonsense.returncode)
        self.assertIn("cannot be read", json.loads(nonsense.stdout)[0]["what"])
        self.assertNotIn("hidden", nonsense.stdout + nonsense.stderr)
        refused = self.check(JOINS, "--database", env=env)
        self.assertEqual(1, refused.returncode)
        self.assertIn("127.0.0.1:1", refused.stderr)

    @long
    def test_a_host_that_is_silent_is_given_up_and_named_without_its_password(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts, and nothing answers
            where = "127.0.0.1:%d" % silent.getsockname()[1]
            begin = time.monotonic()
            done = self.check(JOINS, "--database", f"postgresql://reader:hidden-word@{where}/books")
        self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stderr, f"reader@{where}/books does not answer within 10 s")
        self.assertNotIn("hidden-word", done.stdout + done.stderr)

    def test_a_query_of_a_change_that_no_change_of_its_tables_covers_is_named(self):
        through = """
[change.authors]
[[change.authors.through]]
sql = "select book_id from books where author_id = {author_id}"
keys = ["books:item:{book_id}"]
[change.shelves]
[[change.shelves.through]]
sql = "select book_id from %s where shelf_id = {shelf_id}"
keys = ["books:item:{book_id}"]
[[change.books.through]]
sql = "select loan_id from loans where book_id = {book_id}"
keys = ["loans:cost:{loan_id}"]
"""
        fine = self.check(JOINS + through % "books", "--database")
        self.assertEqual(0, fine.returncode, fine.stderr)
        # The file alone sees no table behind the function; the database does.
        self.postgres.sql("""create table reserved (book_id int, shelf_id int);
            create function on_shelf(shelf_id int) returns setof reserved language sql stable
            begin atomic select * from reserved r where r.shelf_id = on_shelf.shelf_id; end""")
        said = self.errors(JOINS + (through % "books").replace("from books where shelf_id = {shelf_id}", "from on_shelf({shelf_id})"))
        self.assertRegex(said, r"checked\.toml:\d+:\d+: the change of shelves, through: it reads reserved, and no change of that "
                               r"reaches resource\.book")
        said = self.errors(JOINS + (through % "books").replace("where shelf_id = {shelf_id}", "where shelf = {shelf_id}"))
        self.assertRegex(said, r'the change of shelves, through: Postgres refuses the SQL: column "shelf" does not exist')

    def test_findings_are_an_array_for_editors(self):
        done = self.check(JOINS, "--database", "--format", "json")
        self.assertEqual(1, done.returncode, done.stderr)
        found = [f for f in json.loads(done.stdout) if f["severity"] == "error"]
        self.assertEqual({("book", "authors"), ("book", "shelves"), ("loan_cost", "books")},
                         {(f["resource"], f["table"]) for f in found})
        for finding in found:
            self.assertEqual({"file", "line", "column", "severity", "resource", "table", "what", "todo"}, set(finding))
            self.assertEqual(self.path, finding["file"])
            with open(self.path) as file:
                self.assertIn("select", file.read().split("\n")[finding["line"] - 1])

    def test_a_node_tells_of_uncovered_reads_and_stays_ready(self):
        config = self.write_file("joins.toml", JOINS)
        done = run_weir("migrate", "--config", config, env=self.env())
        self.assertEqual(0, done.returncode, done.stderr)
        node = self.start_node(config=config)

        def state():
            answer = self.assert_status(200, node.get("/readyz"))
            return next(d for d in answer.json["dependencies"] if d["name"] == "declarations")

        wait_for("the reads are checked", lambda: "3 findings" in state()["detail"])
        self.assertFalse(state()["required"])
        lines = [json.loads(line) for line in node.log().splitlines() if "declaration_not_sound" in line]
        self.assertEqual(["authors", "shelves", "books"], [line["table"] for line in lines])


class WithoutSecrets(unittest.TestCase):
    def check(self, text, *words):
        path = os.path.join("/tmp", f"weir-secrets-{os.getpid()}.toml")
        with open(path, "w") as file:
            file.write(text)
        self.addCleanup(lambda: os.path.exists(path) and os.remove(path))
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
        return run_weir(*(words or ("check",)), "--config", path, env=env)

    def test_a_check_runs_where_secrets_are_absent_and_says_which(self):
        text = HEAD.replace(":-}", "}") + JOINS[len(HEAD):]
        done = self.check(text)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("postgres.url needs WEIR_POSTGRES_URL, which is not set", done.stderr)
        self.assertIn("admin.token needs WEIR_ADMIN_TOKEN, which is not set", done.stderr)
        self.assertIn("books:item:{id}", done.stdout)
        for command in ("serve", "migrate"):
            refused = self.check(text, command)
            self.assertEqual(1, refused.returncode)
            self.assertIn("WEIR_POSTGRES_URL is not set", refused.stderr)

    def test_a_mistake_is_still_one_where_secrets_are_absent(self):
        done = self.check(JOINS.replace('ttl = "10m"', "", 1), "check", "--format", "json")
        self.assertEqual(1, done.returncode)
        found = json.loads(done.stdout)
        self.assertEqual([("error", "book")], [(f["severity"], f["resource"]) for f in found])
        self.assertTrue(re.search("ttl", found[0]["what"]))

    def test_the_database_cannot_be_asked_without_its_address(self):
        done = self.check(JOINS, "check", "--database")
        self.assertEqual(1, done.returncode)
        self.assertIn("--database URL", done.stderr)


if __name__ == "__main__":
    unittest.main()
