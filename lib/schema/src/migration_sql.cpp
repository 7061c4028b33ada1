// The text of the migration. Everything that depends on the policy is quoted: identifiers as identifiers,
// names in data as literals. So a table may have any name.
//
// Run a second time, it takes no lock on a table, not even for a moment. A statement that waits for a lock
// behind a long transaction holds up every write behind itself. So a step that locks runs only if the
// catalogue says that it must.
#include "weir/base/hash.hpp"
#include "weir/schema/migration.hpp"
#include "weir/schema/names.hpp"

#include "declared.hpp"
#include "recorder.hpp"

namespace weir {
namespace {

// The number of the lock has no meaning, but must be the same on every node. To wait for another node's
// migration may take any time. To wait for a table's lock holds up writes to it, so that ends early.
constexpr const char* preamble = R"(set local standard_conforming_strings = on;
set local client_min_messages = warning;
do $weir$ begin perform pg_advisory_xact_lock(7311825614921466); end $weir$;
set local lock_timeout = '10s';
)";

constexpr const char* check_sql = R"(
declare
    problem text;
begin
    if current_setting('server_version_num')::integer < 130000 then
        raise exception 'PostgreSQL 13 or newer is needed';
    end if;

    select string_agg(what, ', ' order by what) into problem from (
        select 'table ' || d.name as what from declared d
         where not exists (select from pg_class c where c.oid = to_regclass(d.relation) and c.relkind in ('r', 'p'))
        union all
        select 'column ' || d.name || '.' || wanted from declared d, unnest(d.columns) as wanted
         where to_regclass(d.relation) is not null
           and not exists (select from pg_attribute a
                            where a.attrelid = to_regclass(d.relation) and a.attname = wanted
                              and a.attnum > 0 and not a.attisdropped)
    ) as missing;
    if problem is not null then
        raise exception 'changes are declared for what the database does not have: %', problem;
    end if;

    select string_agg(names, '; ') into problem from (
        select string_agg(d.name, ' and ') as names from declared d group by to_regclass(d.relation) having count(*) > 1
    ) as twice;
    if problem is not null then
        raise exception 'one table has several changes declared: %', problem;
    end if;

    -- Postgres would refuse every write through the declared table that reaches one of these.
    select string_agg(distinct w.relation::regclass || ' (of ' || w.name || ')', ', ') into problem
      from wanted w join pg_class c on c.oid = w.relation where c.relkind = 'f';
    if problem is not null then
        raise exception 'writes to foreign tables cannot be recorded: %', problem;
    end if;
end
)";

// Vacuumed early: the rows that relays look for stand at the front of an index, behind dead entries that each
// look-up would have to skip.
constexpr const char* outbox_sql = R"(
begin
    if to_regnamespace('weir') is null then
        create schema weir;
    end if;

    if to_regclass('weir.outbox') is null then
        create table weir.outbox (
            id         bigint generated always as identity primary key,
            txid       xid8 not null default pg_current_xact_id(),
            table_name text not null,
            image      jsonb, -- the changed row's columns; null in a bulk row
            is_bulk    boolean not null default false, -- any row of the table may have changed
            created_at timestamptz not null default clock_timestamp(),
            due_at     timestamptz not null default clock_timestamp(), -- when relays may take it
            settled_at timestamptz, -- when its invalidation was done; kept for a while after
            is_replay  boolean not null default false -- to be done again for a Redis that was not seen before
        ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
    elsif not exists (select from pg_attribute
                       where attrelid = to_regclass('weir.outbox') and attname = 'due_at' and not attisdropped) then
        alter table weir.outbox
            alter column image drop not null,
            add column is_bulk boolean not null default false,
            add column due_at timestamptz not null default clock_timestamp(),
            add column settled_at timestamptz,
            add column is_replay boolean not null default false,
            set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
    end if;
    if to_regclass('weir.outbox_txid') is null then
        create index outbox_txid on weir.outbox (txid);
    end if;
    if to_regclass('weir.outbox_due') is null then
        create index outbox_due on weir.outbox (due_at, id) where settled_at is null;
    end if;
    if to_regclass('weir.outbox_settled') is null then
        create index outbox_settled on weir.outbox (settled_at) where settled_at is not null;
    end if;

    if to_regclass('weir.redis_identities') is null then
        create table weir.redis_identities (
            identity   text primary key,
            first_seen timestamptz not null default clock_timestamp()
        );
    end if;
end
)";

// Weir's triggers that the file does not declare. Postgres removes those of partitions with their parents'.
constexpr const char* leftovers_sql = R"(
    select g.tgname, g.tgrelid::regclass as relation
      from pg_trigger g join pg_proc p on p.oid = g.tgfoid join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = 'weir' and g.tgname like 'weir\_%' and not g.tgisinternal and g.tgparentid = 0
       and not exists (select from wanted w where w.relation = g.tgrelid and w.trigger = g.tgname)
)";

constexpr const char* remove_sql = R"(
declare
    t record;
begin
    for t in select * from leftovers
    loop
        execute format('drop trigger if exists %I on %s', t.tgname, t.relation);
    end loop;
end
)";

// For a database administrator who runs the printed script.
constexpr const char* report_sql = R"(
declare
    names text;
begin
    select string_agg(format('%s on %s', l.tgname, l.relation), ', ' order by l.relation::text, l.tgname)
      into names from leftovers l;
    if names is not null then
        raise warning 'triggers that the file does not declare are left in place; --prune removes them: %', names;
    end if;
end
)";

// A trigger of another function may have the name of ours: it is dropped first.
constexpr const char* triggers_sql = R"(
declare
    t record;
begin
    for t in select g.tgname, g.tgrelid::regclass as relation
               from pg_trigger g join wanted w on w.relation = g.tgrelid and w.trigger = g.tgname
              where not g.tgisinternal and g.tgparentid = 0 and g.tgfoid <> to_regprocedure(w.recorder)
    loop
        execute format('drop trigger if exists %I on %s', t.tgname, t.relation);
    end loop;

    for t in select w.trigger, format(w.definition, w.relation::regclass) as definition, w.recorder from wanted w
              where w.is_made
                and not exists (select from pg_trigger g where g.tgrelid = w.relation and g.tgname = w.trigger)
    loop
        execute format('create trigger %I %s execute function %s', t.trigger, t.definition, t.recorder);
    end loop;

    for t in select w.relation::regclass as relation, w.trigger, w.state
               from wanted w join pg_trigger g on g.tgrelid = w.relation and g.tgname = w.trigger
              where g.tgenabled <> w.state
    loop
        execute format('alter table %s enable %s trigger %I', t.relation,
                       case t.state when 'A' then 'always' when 'R' then 'replica' else '' end, t.trigger);
    end loop;

    for t in select p.oid::regprocedure as recorder from pg_proc p
              where p.pronamespace = 'weir'::regnamespace and p.prorettype = 'trigger'::regtype
                and p.proname like 'record\_%'
                and not exists (select from pg_trigger g where g.tgfoid = p.oid)
    loop
        execute format('drop function %s', t.recorder);
    end loop;
end
)";

std::string block(const std::string& body) {
    return "\ndo " + dollar_quoted(body) + ";\n";
}

std::string view(const char* name, const std::string& query) {
    return "\ncreate or replace temporary view " + std::string(name) + " as " + query + ";\n";
}

// Returns all steps but the one that leaves the mark of the installation.
std::string steps_sql(const policy& p, leftovers others) {
    std::string sql = preamble;
    sql += view("declared", declared_query(p));
    sql += view("wanted", wanted_triggers_query());
    sql += view("leftovers", leftovers_sql);
    sql += block(check_sql);
    sql += block(outbox_sql);
    sql += remember_sql();
    for (const change& c : p.changes) sql += recorder_sql(c);
    sql += block(others == leftovers::removed ? remove_sql : report_sql);
    sql += block(triggers_sql);
    sql += "\ndrop view leftovers, wanted, declared;\n";
    return sql;
}

constexpr const char* script_head =
    R"(-- Installs Weir's outbox and the triggers that record changed rows: all of it or, at an error, nothing.
-- Running it again changes nothing and locks no table. To be run by the owner of the tables:
--
--     weir migrate --config FILE --print | psql -v ON_ERROR_STOP=1 "$WEIR_POSTGRES_URL"
begin;
)";

}  // namespace

std::string installation_mark(const policy& p) {
    return "installed by weir migrate, sha256 " + sha256_hex(steps_sql(p, leftovers::kept));
}

std::string migration_sql(const policy& p, leftovers others) {
    const auto mark = quoted_literal(installation_mark(p));
    return steps_sql(p, others) +
           block("\nbegin\n    if obj_description('weir.outbox'::regclass, 'pg_class') is distinct from " +
                 mark + " then\n        comment on table weir.outbox is " + mark + ";\n    end if;\nend\n");
}

std::string migration_script(const policy& p, leftovers others) {
    return script_head + migration_sql(p, others) + "commit;\n";
}

std::string leftovers_query(const policy& p) {
    return "with declared as (" + declared_query(p) + "),\nwanted as (" + wanted_triggers_query() +
           "),\nleftovers as (" + leftovers_sql +
           ")\nselect relation::text || ': ' || string_agg(tgname, ', ' order by tgname) from leftovers "
           "group by relation order by relation::text";
}

}  // namespace weir
