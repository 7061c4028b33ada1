#include "declared.hpp"

#include "weir/base/hash.hpp"
#include "weir/schema/names.hpp"

namespace weir {
namespace {

std::string text_array(const std::vector<change::column>& columns) {
    std::string names;
    for (const auto& column : columns) names += (names.empty() ? "" : ", ") + quoted_literal(column.name);
    return "array[" + names + "]::text[]";
}

// A statement fires the triggers of the table that it names and of no other. A statement that names a
// partition, or a table that inherits, bypasses the triggers of the declared table. So all of them have
// triggers, and a write through the declared table is still recorded once. (TRUNCATE is the exception: it
// fires the triggers of every table that it empties. The recorder writes one row a transaction.)
//
// States. Where session_replication_role is "replica", only triggers in state R or A fire. The worker that
// applies a logical subscription runs in that role, and it fires statement triggers for TRUNCATE alone. So
// replicated rows are recorded one by one by a trigger that fires only there (R), and TRUNCATE by one that
// always fires (A). The other triggers fire for ordinary sessions (O): if they always fired, they would
// record twice what a session in that role writes.
constexpr const char* wanted = R"(
with recursive tree (relation, name, recorder, suffix, is_declared) as (
    select to_regclass(d.relation)::oid, d.name, d.recorder, d.suffix, true
      from declared d where to_regclass(d.relation) is not null
    union
    select i.inhrelid, t.name, t.recorder, t.suffix, false from tree t join pg_inherits i on i.inhparent = t.relation
)
select t.relation, t.name, t.recorder, e.event,
       'weir_' || e.event || case when t.is_declared and e.event <> 'replica' then '' else '_' || t.suffix end as trigger,
       e.state::"char" as state,
       -- Postgres copies row triggers to partitions by itself.
       e.event <> 'replica' or t.is_declared or not c.relispartition as is_made,
       e.clause as definition
  from tree t join pg_class c on c.oid = t.relation
 cross join (values
    ('insert', 'O', 'after insert on %s referencing new table as weir_new for each statement'),
    ('update', 'O', 'after update on %s referencing old table as weir_old new table as weir_new for each statement'),
    ('delete', 'O', 'after delete on %s referencing old table as weir_old for each statement'),
    ('truncate', 'A', 'after truncate on %s for each statement'),
    ('replica', 'R', 'after insert or update or delete on %s for each row')) as e (event, state, clause)
)";

}  // namespace

std::string declared_query(const policy& p) {
    constexpr std::size_t suffix_digits = 12;
    std::string sql = "select * from (values (null::text, null::text, null::text, null::text[], null::text)";
    for (const change& c : p.changes) {
        sql += ",\n    (" + quoted_literal(quoted_relation(c.table)) + ", " + quoted_literal(c.table) + ", " +
               quoted_literal(recorder_name(c.table) + "()") + ", " + text_array(c.columns) + ", '" +
               sha256_hex(c.table).substr(0, suffix_digits) + "')";
    }
    return sql + "\n) as d (relation, name, recorder, columns, suffix) where relation is not null";
}

std::string wanted_triggers_query() {
    return wanted;
}

}  // namespace weir
