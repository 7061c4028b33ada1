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
#include "migration_turn.hpp"
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

// An outbox of a version that knew only one consumer. Its nodes settle for all, so none may run any more.
// They are known by the session that waits for notifications.
constexpr const char* one_consumer_sql = R"(
declare
    nodes text;
begin
    if to_regclass('weir.outbox') is null
       or exists (select from pg_attribute where attrelid = to_regclass('weir.outbox') and attname = 'delivered') then
        return;
    end if;
    select string_agg(coalesce(host(a.client_addr), 'a local socket'), ', ') into nodes from pg_stat_activity a
     where a.datname = current_database() and a.application_name = 'weir'
       and a.query in ('listen weir_outbox', 'select 1');
    if nodes is not null then
        raise exception 'nodes of an earlier version of Weir are running: %', nodes
            using hint = 'They would settle changes for other consumers, too. Stop them, then migrate.';
    end if;
end
)";

// Vacuumed early: the rows that relays look for stand at the front of an index, behind dead entries that each
// look-up would have to skip.
//
// Claims need not survive a crash: what was claimed is then delivered once more.
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
            due_at     timestamptz not null default clock_timestamp(), -- when the writer's own relays may take it
            settled_at timestamptz, -- when every live consumer had marked it; kept for a while after
            writer     integer, -- the consumer that wrote it and delivers it itself
            delivered  integer[] not null default '{}', -- the consumers whose invalidation of it is done
            replays    integer[] not null default '{}' -- those that repeat it for a Redis that was not seen before
        ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
    end if;
    if not exists (select from pg_attribute
                    where attrelid = to_regclass('weir.outbox') and attname = 'due_at' and not attisdropped) then
        alter table weir.outbox
            alter column image drop not null,
            add column is_bulk boolean not null default false,
            add column due_at timestamptz not null default clock_timestamp(),
            add column settled_at timestamptz,
            set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
    end if;
    if not exists (select from pg_attribute
                    where attrelid = to_regclass('weir.outbox') and attname = 'delivered' and not attisdropped) then
        -- Nodes of the earlier version need is_replay. Without it their statements fail, instead of settling for all.
        alter table weir.outbox
            add column writer integer,
            add column delivered integer[] not null default '{}',
            add column replays integer[] not null default '{}',
            drop column if exists is_replay;
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

    if to_regclass('weir.consumers') is null then
        create table weir.consumers (
            id          integer generated always as identity primary key,
            name        text not null unique, -- its Redis, its keys' head and its changes, hashed
            description text not null,
            incarnation bigint not null default 1, -- another one began: rows may have been missed
            is_open     boolean not null default false, -- this incarnation has forgotten what came before it
            needs       jsonb not null, -- for each table that it declares: columns, bulk_rows
            tables      text[] not null,
            retention   interval not null, -- how long it needs settled rows
            since       timestamptz not null default clock_timestamp(), -- of this incarnation
            expires_at  timestamptz not null
        );
    end if;
    if to_regclass('weir.claims') is null then
        create unlogged table weir.claims (
            consumer  integer,
            outbox_id bigint,
            token     text not null, -- of the relay that has it
            until     timestamptz not null,
            primary key (consumer, outbox_id)
        );
    end if;

    if to_regclass('weir.redis_identities') is null then
        create table weir.redis_identities (
            identity   text,
            consumer   integer,
            first_seen timestamptz not null default clock_timestamp(),
            primary key (consumer, identity)
        );
    elsif not exists (select from pg_attribute
                       where attrelid = to_regclass('weir.redis_identities') and attname = 'consumer') then
        drop table weir.redis_identities;
        create table weir.redis_identities (
            identity   text,
            consumer   integer,
            first_seen timestamptz not null default clock_timestamp(),
            primary key (consumer, identity)
        );
    end if;
end
)";

// What a script that knows only its file would take away. `weir migrate` has looked before and declares the
// union, so for it there is nothing to find.
constexpr const char* narrowing_sql = R"(
declare
    problem text;
begin
    select string_agg(d.name || '.' || had, ', ') into problem
      from declared d join pg_proc p on p.oid = to_regprocedure(d.recorder),
           jsonb_array_elements_text(case when obj_description(p.oid, 'pg_proc') like '{%'
                                          then obj_description(p.oid, 'pg_proc')::jsonb -> d.name -> 'columns' end) as had
     where had <> all (d.columns)
       and exists (select from pg_attribute a where a.attrelid = to_regclass(d.relation) and a.attname = had
                                                and not a.attisdropped);
    if problem is not null then
        raise exception 'other files may need what is recorded besides: %', problem
            using hint = 'Run weir migrate, which keeps it, instead of its printed script; --prune removes it.';
    end if;
end
)";

constexpr const char* pruning_sql = R"(
declare
    problem text;
begin
    select string_agg(c.description || ' needs ' || need.key || '.' || wanted, ', ') into problem
      from weir.consumers c, jsonb_each(c.needs) as need, jsonb_array_elements_text(need.value -> 'columns') as wanted
     where c.expires_at > clock_timestamp()
       and not exists (select from declared d where d.name = need.key and wanted = any (d.columns));
    if problem is not null then
        raise exception 'consumers that are alive need what the file does not declare: %', problem;
    end if;
end
)";

// The table may be missing: plpgsql looks at a statement when it runs it.
constexpr const char* no_consumers_sql = R"(
declare
    problem text;
begin
    if to_regclass('weir.consumers') is not null then
        select string_agg(description || ' (consumer ' || id || ')', ', ') into problem
          from weir.consumers where expires_at > clock_timestamp();
    end if;
    if problem is not null then
        raise exception 'consumers are alive: %', problem
            using hint = 'Stop their nodes first. --force removes the schema under them: their writes are then refused.';
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
    sql += block(one_consumer_sql);
    sql += block(outbox_sql);
    sql += block(others == leftovers::removed ? pruning_sql : narrowing_sql);
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

std::string turn_sql() {
    return preamble;
}

std::string installation_mark() {
    return "installed by weir migrate, sha256 " + sha256_hex(std::string{outbox_sql} + remember_sql());
}

std::string removal_script(bool is_forced) {
    std::string script = "begin;\n" + turn_sql();
    if (!is_forced) script += block(no_consumers_sql);
    return script + "drop schema if exists weir cascade;\ncommit;\n";
}

std::string migration_sql(const policy& p, leftovers others) {
    const auto mark = quoted_literal(installation_mark());
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
