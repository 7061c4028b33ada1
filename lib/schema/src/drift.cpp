#include "weir/schema/drift.hpp"

#include "weir/schema/migration.hpp"
#include "weir/schema/names.hpp"

#include "declared.hpp"

#include <utility>

namespace weir {
namespace {

// Looks up what is in the schema weir by name in the catalogue, because to_regclass and the like refuse a
// role without rights on the schema. Relations are named as the session sees them: with their schema if it is
// not in the search path.
//
// A recorder says in its comment what it records. So a database that records more than the file needs serves
// that file, whichever file or version of Weir installed it.
constexpr const char* installed_sql = R"(
ours (oid) as (select oid from pg_namespace where nspname = 'weir'),
outbox (oid, mark) as (select c.oid, obj_description(c.oid, 'pg_class') from pg_class c, ours
                        where c.relnamespace = ours.oid and c.relname = 'outbox'),
mark (text) as (select (select mark from outbox)),
functions (oid, recorder, body, note) as (
    select p.oid, 'weir.' || p.proname || '()', p.prosrc,
           case when obj_description(p.oid, 'pg_proc') like '{%' then obj_description(p.oid, 'pg_proc')::jsonb end
      from pg_proc p, ours where p.pronamespace = ours.oid and p.proname like 'record\_%'
),
recorded (name, columns) as (
    select d.name, p.note -> d.name -> 'columns' from declared d join functions p on p.recorder = d.recorder
     where p.note -> d.name ->> 'sha256' = encode(sha256(convert_to(p.body, 'UTF8')), 'hex')
))";

constexpr const char* unrecorded_sql = R"(,
found as (
    select w.name, w.relation, w.event,
           case when g.oid is null then 'missing'
                when p.oid is null then 'not Weir''s'
                when g.tgenabled = 'D' then 'disabled'
                else 'enabled for other writers than they should be' end as fault
      from wanted w left join pg_trigger g on g.tgrelid = w.relation and g.tgname = w.trigger
      left join functions p on p.oid = g.tgfoid and p.recorder = w.recorder
     where g.oid is null or p.oid is null or g.tgenabled <> w.state
),
lines (rank, line) as (
    select 1, 'the outbox is that of an earlier version of Weir' from outbox o
     where not exists (select from pg_attribute a where a.attrelid = o.oid and a.attname = 'delivered' and not a.attisdropped)
    union all
    select 2, 'table ' || d.name || ': does not exist' from declared d where to_regclass(d.relation) is null
    union all
    select 3, 'table ' || d.name || ': what is recorded of it is not what the file declares' from declared d
     where not exists (select from recorded r where r.name = d.name and r.columns ?& d.columns)
    union all
    select 4, 'table ' || f.name ||
              case when f.relation = to_regclass(d.relation) then '' else ', its part ' || f.relation::regclass end ||
              ': the triggers for ' || string_agg(f.event, ', ' order by f.event) || ' are ' || f.fault
      from found f join declared d on d.name = f.name group by f.name, f.relation, d.relation, f.fault
)
select 'weir migrate was never run on this database' from mark where text is null
union all
(select line from lines, mark where text is not null order by rank, line)
)";

constexpr const char* ahead_sql = R"(,
extra (name, columns) as (
    select d.name, (select string_agg(c, ', ' order by c) from jsonb_array_elements_text(r.columns) as c where c <> all (d.columns))
      from declared d join recorded r on r.name = d.name
)
select 'table ' || name || ': more is recorded than the file declares: ' || columns from extra where columns is not null
union all
select 'the weir schema was installed by another version of Weir' from mark, expected where mark.text <> expected.text
)";

std::string drift_sql(const policy& p, const char* lines) {
    return "with declared as (" + declared_query(p) + "),\nwanted as (" + wanted_triggers_query() +
           "),\nexpected (text) as (select " + quoted_literal(installation_mark()) + ")," + installed_sql +
           lines;
}

awaitable<result<std::vector<std::string>>> lines_of(postgres::connection& on, std::string sql,
                                                     deadline until) {
    auto found = co_await on.exec(std::move(sql), until);
    if (!found) co_return found.error();
    std::vector<std::string> lines;
    for (auto& row : found->rows) lines.push_back(std::move(row[0].value()));
    co_return lines;
}

}  // namespace

awaitable<result<std::vector<std::string>>> trigger_drift(postgres::connection& on, const policy& p,
                                                          deadline until) {
    co_return co_await lines_of(on, drift_sql(p, unrecorded_sql), until);
}

awaitable<result<std::vector<std::string>>> trigger_drift(postgres::pool& from, const policy& p,
                                                          deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return connection.error();
    co_return co_await trigger_drift(**connection, p, until);
}

awaitable<result<std::vector<std::string>>> ahead_of_file(postgres::pool& from, const policy& p,
                                                          deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return connection.error();
    co_return co_await lines_of(**connection, drift_sql(p, ahead_sql), until);
}

}  // namespace weir
