// The text of the migration. Everything that depends on the policy is quoted here: identifiers as
// identifiers, names in data as literals, so a table may be called anything.
#include "weir/adapters/postgres_migration.hpp"

#include "postgres_names.hpp"

namespace weir {
namespace {

constexpr const char* outbox_sql = R"(
create schema if not exists weir;

create table if not exists weir.outbox (
    id         bigint generated always as identity primary key,
    txid       xid8 not null default pg_current_xact_id(),
    table_name text not null,
    image      jsonb not null,
    created_at timestamptz not null default clock_timestamp()
);
create index if not exists outbox_txid on weir.outbox (txid);
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
end
)";

// A trigger is made only where it is not yet as it should be: making one waits for every transaction on its
// table.
constexpr const char* triggers_sql = R"(
declare
    t record;
begin
    for t in select d.relation, d.recorder, e.event, e.tables
               from declared d
              cross join (values ('insert', 'new table as weir_new'),
                                 ('update', 'old table as weir_old new table as weir_new'),
                                 ('delete', 'old table as weir_old')) as e (event, tables)
              where not exists (select from pg_trigger g
                                 where g.tgrelid = to_regclass(d.relation) and g.tgname = 'weir_' || e.event
                                   and g.tgfoid = to_regprocedure(d.recorder) and g.tgenabled in ('O', 'A'))
    loop
        execute format('drop trigger if exists %I on %s', 'weir_' || t.event, t.relation);
        execute format('create trigger %I after %s on %s referencing %s for each statement execute function %s',
                       'weir_' || t.event, t.event, t.relation, t.tables, t.recorder);
    end loop;

    for t in select g.tgname, g.tgrelid::regclass as relation
               from pg_trigger g join pg_proc p on p.oid = g.tgfoid
              where p.pronamespace = 'weir'::regnamespace and not g.tgisinternal
                and g.tgname in ('weir_insert', 'weir_update', 'weir_delete')
                and not exists (select from declared d where to_regclass(d.relation) = g.tgrelid)
    loop
        execute format('drop trigger %I on %s', t.tgname, t.relation);
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

// The declared tables as a relation that both blocks read.
std::string declared_view(const policy& p) {
    std::string sql =
        "create or replace temporary view declared as select * from (values (null::text, null::text, "
        "null::text, "
        "null::text[])";
    for (const change& c : p.changes) {
        std::string columns;
        for (const auto& column : c.columns)
            columns += (columns.empty() ? "" : ", ") + quoted_literal(column.name);
        sql += ",\n    (" + quoted_literal(quoted_relation(c.table)) + ", " + quoted_literal(c.table) + ", " +
               quoted_literal(recorder_name(c.table) + "()") + ", array[" + columns + "]::text[])";
    }
    return sql + ") as d (relation, name, recorder, columns) where relation is not null;\n";
}

// One row image for each different state that the statement touched, before and after, with just the columns
// that the change's templates need. Runs with its owner's rights, so that a writer needs none on the schema
// weir.
std::string recorder_sql(const change& c) {
    std::string pairs;
    for (const auto& column : c.columns) {
        if (!pairs.empty()) pairs += ", ";
        pairs += quoted_literal(column.name) + ", r." + quoted_identifier(column.name) + "::text";
    }
    const auto images = [&](const std::string& of) {
        return "select distinct jsonb_build_object(" + pairs + ") from " + of + " as r";
    };
    const auto record = [&](const std::string& rows) {
        return "        insert into weir.outbox (table_name, image)\n        select " +
               quoted_literal(c.table) + ", image from (\n            " + rows +
               "\n        ) as images (image);\n";
    };
    const std::string body = "\nbegin\n    if tg_op = 'INSERT' then\n" + record(images("weir_new")) +
                             "    elsif tg_op = 'UPDATE' then\n" +
                             record(images("weir_old") + " union " + images("weir_new")) + "    else\n" +
                             record(images("weir_old")) +
                             "    end if;\n    if found then\n        perform pg_notify('weir_outbox', '');\n"
                             "    end if;\n    return null;\nend\n";
    return "\ncreate or replace function " + recorder_name(c.table) +
           "() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp"
           // The text of a value must not depend on the writer's session, or the key would.
           " set datestyle = 'ISO' set timezone = 'UTC' set intervalstyle = 'postgres'"
           " set extra_float_digits = 1 as " +
           dollar_quoted(body) + ";\n";
}

}  // namespace

std::string migration_sql(const policy& p) {
    std::string sql =
        "set local standard_conforming_strings = on;\nset local client_min_messages = warning;\n";
    sql += declared_view(p);
    sql += "\ndo " + dollar_quoted(check_sql) + ";\n";
    sql += outbox_sql;
    for (const change& c : p.changes) sql += recorder_sql(c);
    sql += "\ndo " + dollar_quoted(triggers_sql) + ";\n";
    sql += "\ndrop view declared;\n";
    return sql;
}

}  // namespace weir
