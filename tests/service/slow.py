"""A table whose loader takes 200 ms and says in Postgres's log that it ran: what stampedes and drains are tried on.

Counted in Postgres, not by Weir: a log line is written at once, whatever becomes of the transaction."""

from case import ServiceCase
from node import IS_SANITIZED

LOAD_SECONDS = 0.2

SCHEMA = f"""
create table things (id text primary key, price integer not null);
insert into things select 't' || n, n from generate_series(1, 1000) as n;
create function slow(id text) returns text language plpgsql volatile as $$
begin
    raise log 'LOADER RUNS for %', id;
    perform pg_sleep({LOAD_SECONDS});
    return id;
end $$;
"""

CONFIG = """
[server]
listen = "${WEIR_LISTEN:-127.0.0.1:8080}"
workers = "${WEIR_WORKERS:-2}"
[admin]
listen = "${WEIR_ADMIN_LISTEN:-127.0.0.1:8081}"
token = "${WEIR_ADMIN_TOKEN}"
[redis]
url = "${WEIR_REDIS_URL}"
command_timeout = "400ms"  # loads are counted: a slow build on a busy machine must not give up on Redis
[postgres]
url = "${WEIR_POSTGRES_URL}"
connections = 16
queue_max = 64
[audit]
rate = 0  # loads are counted

[resource.thing]
path = "/v1/things/{id}"
key = "things:item:{id}"
ttl = "60s"
jitter = "6s"
negative_ttl = "10s"
parameter.id = { max_length = 64 }
sql = "select id, price, slow(id) as loaded from things where id = {id}"

[change.things]
table = "things"
keys = ["things:item:{id}"]

[write.update_thing]
method = "POST"
path = "/admin/v1/things/{id}"
table = "things"
parameter.id = { max_length = 64 }
body.price = { type = "integer", required = true }
sql = "update things set price = {price} where id = {id} returning id, price"
"""

def patient(text):
    """The file, for a build of a sanitizer: a burst of loads is answered, however slowly it opens its connections."""
    return text.replace("[postgres]\n", '[postgres]\nquery_timeout = "4s"\n') + '[reads]\nrequest_timeout = "8s"\n'



class SlowCase(ServiceCase):
    def prepare(self):
        self.postgres.sql(SCHEMA)
        self.config = self.write_file("slow.toml", patient(CONFIG) if IS_SANITIZED else CONFIG)

    def loads(self, thing):
        return self.postgres.child.log().count(f"LOADER RUNS for {thing}\n")
