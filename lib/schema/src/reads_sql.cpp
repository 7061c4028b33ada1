#include "reads_sql.hpp"

#include "weir/schema/names.hpp"

#include <fmt/format.h>

namespace weir {
namespace {

// The lock time-out: to analyse a statement locks its tables as a read does. Just-in-time compilation would
// cost ten times what the query itself does.
constexpr const char* limits = R"(begin read write;
set local lock_timeout = '2s';
set local statement_timeout = '10s';
set local client_min_messages = warning;
set local jit = off;
)";

// `found` begins with the function of the statement. From there it follows what Postgres stored of each body.
// An object is there once for each first step that leads to it (`via`).
//
// Numbers below 16384 are Postgres' own objects. They have no entries in pg_depend, so they are read from the
// text of the analysed body. Class 0 stands for an SQL value function (current_date), which has no row in any
// catalogue; the object is its number.
constexpr const char* walk = R"(
covers (number, relation) as (
    select number, to_regclass(relation)::oid from declared
    union
    select c.number, i.inhrelid from covers c join pg_inherits i on i.inhparent = c.relation
),
found (class, object, via, is_frozen) as (
    select 'pg_proc'::regclass::oid, 'pg_temp.weir_reads'::regproc::oid, null::text, false
    union
    select e.class, e.object, coalesce(f.via, e.via), f.is_frozen or e.is_frozen
      from found f cross join lateral (
        with bodies (class, object, tree, via, is_frozen) as (
            select 'pg_proc'::regclass::oid, p.oid, p.prosqlbody::text,
                   case when p.pronamespace <> pg_my_temp_schema() then 'the function ' || p.oid::regproc end, false
              from pg_proc p where f.class = 'pg_proc'::regclass and p.oid = f.object and p.oid >= 16384
            union all
            select 'pg_rewrite'::regclass, r.oid, r.ev_action::text,
                   case c.relkind when 'm' then 'the materialized view ' else 'the view ' end || c.oid::regclass,
                   c.relkind = 'm'
              from pg_class c join pg_rewrite r on r.ev_class = c.oid and r.ev_type = '1'
             where f.class = 'pg_class'::regclass and c.oid = f.object and c.relkind in ('v', 'm') and c.oid >= 16384
               and c.relnamespace <> 'information_schema'::regnamespace
            union all
            select 'pg_policy'::regclass, p.oid, p.polqual::text, 'a policy of ' || c.oid::regclass, false
              from pg_class c join pg_policy p on p.polrelid = c.oid and p.polcmd in ('r', '*')
             where f.class = 'pg_class'::regclass and c.oid = f.object and c.relrowsecurity
            union all
            select 'pg_operator'::regclass, f.object, null, null, false where f.class = 'pg_operator'::regclass
        )
        select d.refclassid as class, d.refobjid as object, b.via, b.is_frozen
          from bodies b join pg_depend d on d.classid = b.class and d.objid = b.object
         where d.refclassid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass)
        union all
        select case m[1] when 'relid' then 'pg_class'::regclass when 'SQLVALUEFUNCTION :op' then 0
                         else 'pg_proc'::regclass end,
               m[2]::oid, b.via, b.is_frozen
          from bodies b
         cross join regexp_matches(b.tree, '[:{](relid|funcid|opfuncid|aggfnoid|winfnoid|tsmhandler|'
                                           'SQLVALUEFUNCTION :op) ([0-9]+)', 'g') as m
        union all
        -- Of the parts of a table only foreign ones matter; the class tells them from what the statement names.
        select 'pg_inherits'::regclass, i.inhrelid, null, false from pg_inherits i
         where f.class in ('pg_class'::regclass, 'pg_inherits'::regclass) and i.inhparent = f.object
     ) e
),
-- An update names columns; a lock (for update) does not, though it needs the same privilege.
changed (relation) as (
    select m[1]::oid
      from pg_proc p
     cross join regexp_matches(p.prosqlbody::text,
                               ':relid ([0-9]+) [^{}]*?:requiredPerms ([0-9]+) [^{}]*?:updatedCols \((b[0-9 ]*)\)', 'g') as m
     where p.oid = 'pg_temp.weir_reads'::regproc and (m[2]::integer & 9 <> 0 or (m[2]::integer & 4 <> 0 and m[3] <> 'b'))
),
entries (class, object) as (
    select class, object from found where class in ('pg_proc'::regclass, 'pg_operator'::regclass)
    union
    select 'pg_rewrite'::regclass, r.oid from found f join pg_rewrite r on r.ev_class = f.object
     where f.class = 'pg_class'::regclass
    union
    select 'pg_policy'::regclass, p.oid from found f join pg_policy p on p.polrelid = f.object
     where f.class = 'pg_class'::regclass
),
named (relation, columns) as (
    select a.attrelid, string_agg(a.attname, ', ' order by a.attnum)
      from (select distinct d.refobjid, d.refobjsubid from entries e
              join pg_depend d on d.classid = e.class and d.objid = e.object
             where d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0) as d
      join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
     group by a.attrelid
),
objects (class, object, via, is_frozen) as (
    select class, object, min(via) filter (where not exists (
               select from found g where g.class = f.class and g.object = f.object and g.via is null)),
           bool_and(is_frozen)
      from found f group by class, object
),
)";

// The results. A stable function sees one snapshot, so most of them change only when rows do. Those named
// here read a clock or the session.
constexpr const char* results = R"(
relations as (
    select case when n.nspname in ('pg_catalog', 'information_schema') then 'catalogue'
                when c.relkind = 'm' then 'materialized_view' when c.relkind = 'f' then 'foreign_table'
                when c.relkind = 'S' then 'sequence' else 'table' end as kind,
           case when pg_table_is_visible(c.oid) then '' else pg_temp.weir_part(n.nspname) || '.' end
               || pg_temp.weir_part(c.relname) as name,
           coalesce((select m.columns from named m where m.relation = c.oid), '') as columns,
           coalesce(o.via, '') as via, c.relrowsecurity as has_row_security, o.is_frozen,
           exists (select from changed where relation = c.oid) as is_changed, '' as language,
           coalesce((select string_agg(v.number::text, ',' order by v.number) from covers v where v.relation = c.oid), '')
               as changes
      from objects o join pg_class c on c.oid = o.object join pg_namespace n on n.oid = c.relnamespace
     where (o.class = 'pg_class'::regclass and (c.relkind in ('r', 'p', 'm', 'f', 'S') or n.nspname in ('pg_catalog', 'information_schema')))
        or (o.class = 'pg_inherits'::regclass and c.relkind = 'f')
),
functions as (
    select case when l.lanname in ('c', 'internal') or p.oid < 16384 then 'volatile_function' else 'opaque_function' end as kind,
           case when pg_function_is_visible(p.oid) then '' else pg_temp.weir_part(n.nspname) || '.' end
               || pg_temp.weir_part(p.proname) as name,
           '' as columns, coalesce(o.via, '') as via, false as has_row_security, o.is_frozen, false as is_changed,
           l.lanname::text as language, '' as changes
      from objects o join pg_proc p on p.oid = o.object join pg_language l on l.oid = p.prolang
      join pg_namespace n on n.oid = p.pronamespace
     where o.class = 'pg_proc'::regclass and (p.prosqlbody is null or p.oid < 16384) and p.prokind <> 'a' and p.provolatile <> 'i'
       and ((l.lanname not in ('c', 'internal') and p.oid >= 16384)
            or p.provolatile = 'v'
            or (p.oid < 16384 and (p.proname in ('now', 'transaction_timestamp', 'statement_timestamp', 'current_setting',
                                                 'mxid_age', 'pg_backend_pid', 'pg_postmaster_start_time', 'pg_conf_load_time')
                                   or (p.proname = 'age' and p.pronargs = 1)
                                   or p.proname ~ '^(txid_|pg_current_|pg_stat_|inet_|(table|schema|database)_to_xml)')))
    union all
    select 'volatile_function',
           (array['current_date', 'current_time', 'current_time', 'current_timestamp', 'current_timestamp', 'localtime',
                  'localtime', 'localtimestamp', 'localtimestamp'])[o.object::bigint + 1],
           '', coalesce(o.via, ''), false, o.is_frozen, false, 'internal', ''
      from objects o where o.class = 0 and o.object < 9
)
select * from relations union select * from functions
order by kind, name
)";

constexpr const char* facts_cte = R"(
bases (number, written, type, typmod, coll, is_domain) as (
    select number, format_type(type, typmod), type, typmod, coll, false from typed
    union all
    select b.number, b.written, t.typbasetype, t.typtypmod, b.coll, true
      from bases b join pg_type t on t.oid = b.type and t.typtype = 'd'
),
facts as (
    select b.number, b.written, e.typname as name, e.typtype = 'e' as is_enum, e.oid <> t.oid as is_array, b.is_domain,
           case when t.typname = 'numeric' and b.typmod >= 4 then (((b.typmod - 4) & 2047) # 1024) - 1024 end as scale,
           coalesce(c.collisdeterministic, true) as is_deterministic
      from bases b join pg_type t on t.oid = b.type and t.typtype <> 'd'
      join pg_type e on e.oid = case when t.typcategory = 'A' and t.typelem <> 0 then t.typelem else t.oid end
      left join pg_collation c on c.oid = b.coll
)
)";

// Writes a part of a name as a change would: in double quotes if it has a dot or a quote.
constexpr const char* name_part =
    R"(create function pg_temp.weir_part(part name) returns text language sql immutable
return case when part ~ '[."]' then '"' || replace(part, '"', '""') || '"' else part::text end;
)";

std::string declared_changes(const policy& p) {
    std::string rows = "(null::integer, null::text)";
    for (std::size_t i = 0; i < p.changes.size(); ++i) {
        rows += ", (" + std::to_string(i) + ", " + quoted_literal(quoted_relation(p.changes[i].table)) + ")";
    }
    return "declared (number, relation) as (values " + rows + "),";
}

}  // namespace

std::string type_facts_cte() {
    return facts_cte;
}

std::string type_facts_query(const std::vector<typed>& types) {
    std::string oids;
    std::string modifiers;
    for (const auto& t : types) {
        oids += (oids.empty() ? "" : ",") + std::to_string(t.type);
        modifiers += (modifiers.empty() ? "" : ",") + std::to_string(t.modifier);
    }
    return "with recursive typed (number, type, typmod, coll) as (select t.number, t.type, "
           "nullif(t.typmod, -1), "
           "y.typcollation from unnest('{" +
           oids + "}'::oid[], '{" + modifiers +
           "}'::integer[]) with ordinality as t (type, typmod, number) join pg_type y on y.oid = t.type)," +
           facts_cte +
           "select written, name, is_enum, is_array, is_domain, scale, is_deterministic from facts order by "
           "number";
}

std::string inspection_sql(const policy& p, const std::string& sql, const std::string& parameter_types) {
    return fmt::format(
        "{}{}create function pg_temp.weir_reads({}) returns void language sql begin atomic\n{}\n;\nend;\n"
        "with recursive {}{}{}",
        limits, name_part, parameter_types, sql, declared_changes(p), walk, results);
}

}  // namespace weir
