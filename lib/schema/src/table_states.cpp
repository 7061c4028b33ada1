#include "weir/schema/table_states.hpp"

#include "weir/schema/names.hpp"

#include "declared.hpp"

#include <utility>

namespace weir {
namespace {

// A trigger's xmin is the transaction that made or altered it.
constexpr const char* states_head = R"(
select d.name,
       bool_and(g.oid is not null and g.tgenabled = w.state and n.nspname = 'weir') is true)";
constexpr const char* states_tail = R"(
  from declared d
  left join wanted w on w.name = d.name
  left join pg_class c on c.oid = w.relation
  left join pg_trigger g on g.tgrelid = w.relation and g.tgname = w.trigger
  left join pg_proc p on p.oid = g.tgfoid
  left join pg_namespace n on n.oid = p.pronamespace
 group by d.name order by d.name
)";

std::string with_tables(const policy& p) {
    return "with declared as (" + declared_query(p) + "),\nwanted as (" + wanted_triggers_query() + ")";
}

// Asks the row of pg_class, which says which transaction has written the rows anew, unless it was altered
// since.
std::string rewrite_query(const policy& p, const std::string& table) {
    const std::string name = quoted_literal(table);
    return with_tables(p) +
           ",\nbulk as materialized (select o.txid::xid as by_whom from weir.outbox o where o.is_bulk "
           "and o.table_name = " +
           name +
           ")\nselect bool_and(c.xmin in (select by_whom from bulk)) from pg_class c "
           "where c.relfilenode <> 0 and c.oid in (select w.relation from wanted w where w.name = " +
           name + ")";
}

// Returns a column that hashes this text of all the relations and triggers of a table.
std::string hash_of(const std::string& text) {
    return ",\n       coalesce(encode(sha256(convert_to(string_agg(" + text +
           ", ',' order by w.relation, w.trigger), 'UTF8')), 'hex'), '')";
}

std::string states_query(const policy& p) {
    return with_tables(p) + states_head + hash_of("w.relation::text") +
           hash_of("concat_ws(' ', g.oid, g.xmin, g.tgenabled)") + hash_of("c.relfilenode::text") +
           states_tail;
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
        table_identity is{std::move(row[2].value()), std::move(row[3].value()), std::move(row[4].value())};
        states.push_back({std::move(row[0].value()), row[1] == "t", std::move(is)});
    }
    co_return states;
}

awaitable<result<bool>> is_rewrite_recorded(postgres::pool& from, const policy& p, const std::string& table,
                                            deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return result<bool>{boost::system::in_place_error, connection.error()};
    const auto found = co_await (*connection)->exec(rewrite_query(p, table), until);
    if (!found) co_return result<bool>{boost::system::in_place_error, found.error()};
    co_return found->rows.at(0).at(0) == "t";
}

table_history::cause table_history::cause_of(const table_identity& before, const table_identity& now) {
    if (before.relations != now.relations) return cause::replaced;
    return before.triggers != now.triggers ? cause::triggers_altered : cause::rewritten;
}

std::vector<table_history::due_table> table_history::due(const std::vector<table_state>& now, time_point at) {
    std::vector<due_table> out;
    for (const table_state& state : now) {
        const auto [seen, is_new] = known_.try_emplace(state.table, known{state.identity, {}});
        const bool is_other = !is_new && seen->second.identity != state.identity;
        const bool is_long_ago = is_new || at - seen->second.forgotten_at >= interval_;
        if (is_other) {
            out.push_back({state, cause_of(seen->second.identity, state.identity)});
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
