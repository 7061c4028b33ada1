#include "weir/schema/table_states.hpp"

#include "declared.hpp"

#include <utility>

namespace weir {
namespace {

// A trigger's xmin is the transaction that made or altered it.
constexpr const char* states_sql = R"(
select d.name,
       bool_and(g.oid is not null and g.tgenabled = w.state and n.nspname = 'weir') is true,
       coalesce(encode(sha256(convert_to(string_agg(concat_ws(' ', w.relation, c.relfilenode, g.oid, g.xmin, g.tgenabled),
                                                    ',' order by w.relation, w.trigger), 'UTF8')), 'hex'), '')
  from declared d
  left join wanted w on w.name = d.name
  left join pg_class c on c.oid = w.relation
  left join pg_trigger g on g.tgrelid = w.relation and g.tgname = w.trigger
  left join pg_proc p on p.oid = g.tgfoid
  left join pg_namespace n on n.oid = p.pronamespace
 group by d.name order by d.name
)";

std::string states_query(const policy& p) {
    return "with declared as (" + declared_query(p) + "),\nwanted as (" + wanted_triggers_query() + ")" +
           states_sql;
}

}  // namespace

awaitable<result<std::vector<table_state>>> table_states(postgres::pool& from, const policy& p,
                                                         deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return connection.error();
    auto found = co_await (*connection)->exec(states_query(p), until);
    if (!found) co_return found.error();
    std::vector<table_state> states;
    for (auto& row : found->rows) {
        states.push_back({std::move(row[0].value()), row[1] == "t", std::move(row[2].value())});
    }
    co_return states;
}

std::vector<table_history::due_table> table_history::due(const std::vector<table_state>& now, time_point at) {
    std::vector<due_table> out;
    for (const table_state& state : now) {
        const auto [seen, is_new] = known_.try_emplace(state.table, known{state.identity, {}});
        const bool is_replaced = !is_new && seen->second.identity != state.identity;
        const bool is_long_ago = is_new || at - seen->second.forgotten_at >= interval_;
        if (is_replaced) {
            out.push_back({state, cause::replaced});
        } else if (!state.is_recorded && is_long_ago) {
            out.push_back({state, cause::unrecorded});
        }
    }
    return out;
}

void table_history::settle(const table_state& state, time_point at) {
    known_[state.table] = {state.identity, at};
}

}  // namespace weir
