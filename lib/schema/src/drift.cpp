#include "weir/schema/drift.hpp"

#include "weir/schema/migration.hpp"
#include "weir/schema/names.hpp"

#include "declared.hpp"

namespace weir {
namespace {

// Looks up what is in the schema weir by name in the catalogue, because to_regclass and the like refuse a
// role without rights on the schema. Relations are named as the session sees them: with their schema if it is
// not in the search path.
constexpr const char* lines_sql = R"(
ours (oid) as (select oid from pg_namespace where nspname = 'weir'),
mark (text) as (select (select obj_description(c.oid, 'pg_class') from pg_class c, ours
                         where c.relnamespace = ours.oid and c.relname = 'outbox')),
functions (oid, recorder, body) as (
    select p.oid, 'weir.' || p.proname || '()', p.prosrc from pg_proc p, ours where p.pronamespace = ours.oid
),
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
    select 1, 'the changes that are installed are not those of the file' from mark, expected
     where mark.text <> expected.text
    union all
    select 2, 'table ' || d.name || ': does not exist' from declared d where to_regclass(d.relation) is null
    union all
    select 3, 'table ' || d.name || ': what is recorded of it is not what the file declares' from declared d
     where not exists (select from functions p where p.recorder = d.recorder
                          and encode(sha256(convert_to(p.body, 'UTF8')), 'hex') = d.body_hash)
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

std::string drift_sql(const policy& p) {
    return "with declared as (" + declared_query(p) + "),\nwanted as (" + wanted_triggers_query() +
           "),\nexpected (text) as (select " + quoted_literal(installation_mark(p)) + ")," + lines_sql;
}

}  // namespace

awaitable<result<std::vector<std::string>>> trigger_drift(postgres::connection& on, const policy& p,
                                                          deadline until) {
    auto found = co_await on.exec(drift_sql(p), until);
    if (!found) co_return found.error();
    std::vector<std::string> lines;
    for (auto& row : found->rows) lines.push_back(std::move(row[0].value()));
    co_return lines;
}

awaitable<result<std::vector<std::string>>> trigger_drift(postgres::pool& from, const policy& p,
                                                          deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return connection.error();
    co_return co_await trigger_drift(**connection, p, until);
}

}  // namespace weir
