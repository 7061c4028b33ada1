// The queries of read_catalogue(), each a part of the catalogue. They run in one read-only transaction, so
// that all see one state of it.
#pragma once

namespace weir::init {

inline constexpr const char* begin_sql =
    "begin isolation level repeatable read, read only; set local statement_timeout = '20s'";

inline constexpr const char* database_sql = "select current_database()";

// Systems' schemas, Weir's own, what an extension made, temporary relations and partitions are left out.
inline constexpr const char* relations_sql = R"(
select c.oid, n.nspname, c.relname, c.relkind, pg_table_is_visible(c.oid), c.relrowsecurity,
       exists (select from pg_inherits i join pg_class child on child.oid = i.inhrelid
                where i.inhparent = c.oid and not child.relispartition),
       pg_has_role(c.relowner, 'usage'),
       has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'),
       has_table_privilege(c.oid, 'insert'), has_table_privilege(c.oid, 'update'),
       has_table_privilege(c.oid, 'delete')
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't' and not c.relispartition
   and n.nspname not in ('information_schema', 'weir') and n.nspname !~ '^pg_'
   and not exists (select from pg_depend d
                    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
 order by n.nspname <> 'public', n.nspname, c.relname)";

inline constexpr const char* keywords_sql = "select word from pg_get_keywords() where catcode <> 'U'";

inline constexpr const char* labels_sql =
    "select enumtypid, enumlabel from pg_enum order by enumtypid, enumsortorder";

// With an empty search path, types and defaults come with their schemas. A domain counts as the type that it
// is made of, with its own constraints and default.
inline constexpr const char* columns_sql = R"(
set local search_path = '';
with recursive domains (domain, type, typmod, is_required, default_sql) as (
    select t.oid, t.typbasetype, t.typtypmod, t.typnotnull, pg_get_expr(t.typdefaultbin, 0)
      from pg_type t where t.typtype = 'd'
    union all
    select d.domain, t.typbasetype, case when d.typmod <> -1 then d.typmod else t.typtypmod end,
           d.is_required or t.typnotnull, coalesce(d.default_sql, pg_get_expr(t.typdefaultbin, 0))
      from domains d join pg_type t on t.oid = d.type where t.typtype = 'd'
),
bases as (select d.* from domains d join pg_type t on t.oid = d.type where t.typtype <> 'd')
select a.attrelid, a.attname, format_type(t.oid, -1), coalesce(e.typtype, t.typtype),
       case when e.oid is not null then format_type(e.oid, -1) end,
       case when t.typname = 'varchar' then nullif(coalesce(nullif(a.atttypmod, -1), b.typmod, -1), -1) - 4 end,
       coalesce(e.oid, t.oid), a.attnotnull or coalesce(b.is_required, false),
       coalesce(case when a.attgenerated = '' then pg_get_expr(ad.adbin, ad.adrelid) end, b.default_sql),
       a.attidentity <> '' or coalesce(pg_get_expr(ad.adbin, ad.adrelid) ~ '^nextval\(', false),
       a.attgenerated <> '', coalesce(co.collisdeterministic, true)
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
  left join bases b on b.domain = a.atttypid
  join pg_type t on t.oid = coalesce(b.type, a.atttypid)
  left join pg_type arrayed on arrayed.oid = t.typelem and t.typcategory = 'A'
  left join bases eb on eb.domain = arrayed.oid
  left join pg_type e on e.oid = coalesce(eb.type, arrayed.oid)
  left join pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
  left join pg_collation co on co.oid = a.attcollation
 where a.attnum > 0 and not a.attisdropped
 order by a.attrelid, a.attnum)";

// Unique indexes on whole columns and all rows; the primary key first, and those of fewer columns.
inline constexpr const char* keys_sql = R"(
select i.indrelid, i.indexrelid, i.indisprimary, a.attname
  from pg_index i
 cross join lateral unnest(i.indkey::smallint[]) with ordinality as k (attnum, position)
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
 where i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
   and k.position <= i.indnkeyatts
 order by i.indrelid, not i.indisprimary, i.indnkeyatts, i.indexrelid, k.position)";

inline constexpr const char* foreign_keys_sql = R"(
select c.conrelid, c.oid, child.attname, n.nspname, parent.relname, referenced.attname
  from pg_constraint c
 cross join lateral unnest(c.conkey, c.confkey) with ordinality as k (child, parent, position)
  join pg_attribute child on child.attrelid = c.conrelid and child.attnum = k.child
  join pg_attribute referenced on referenced.attrelid = c.confrelid and referenced.attnum = k.parent
  join pg_class parent on parent.oid = c.confrelid
  join pg_namespace n on n.oid = parent.relnamespace
 where c.contype = 'f' and c.conparentid = 0
 order by c.conrelid, c.conname, c.oid, k.position)";

}  // namespace weir::init
