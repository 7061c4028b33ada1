#include "weir/adapters/postgres_write_store.hpp"

#include "weir/base/log.hpp"
#include "weir/postgres/refusal.hpp"

#include "postgres_marks.hpp"
#include "postgres_rows.hpp"
#include "postgres_transaction.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir {
namespace {

// Runs deferred triggers now: otherwise they would run at COMMIT, after the outbox was read.
const std::string now_name = "weir_constraints_now";
const std::string now_sql = "set constraints all immediate";

// Read by the triggers: this consumer delivers what the transaction records. It is due for its relays only if
// it is not marked by then. $1: the consumer's id; $2: whether relays of others are to be woken.
const std::string due_later_name = "weir_due_later";
const std::string due_later_sql =
    "select set_config('weir.due_in', '400 ms', true), set_config('weir.writer', $1::text, true), "
    "set_config('weir.wakes_others', $2::text, true)";

const std::string own_rows_name = "weir_own_outbox_rows";
const std::string own_rows_sql =
    "select " + outbox_columns + " from weir.outbox o where o.txid = pg_current_xact_id() order by o.id";

// A row that is to be replayed may have been delivered to a Redis that is gone: it is left to the relay. Rows
// are locked by id, like every mark: two nodes that settle the same rows must not wait for each other.
// (Written as coalesce, because an index on what is not settled would make it walk through all that is
// pending.)
const std::string settle_name = "weir_mark_outbox_rows";
const std::string& settle_sql() {
    static const std::string sql =
        "with locked as materialized (select o.id from weir.outbox o where o.id = any($1::bigint[]) "
        "and coalesce(o.settled_at, 'infinity') = 'infinity' and not o.replays @> array[$2::integer] and " +
        is_registered_sql + " order by o.id for update) " + mark_sql() +
        " from locked where o.id = locked.id";
    return sql;
}

const std::string missing_name = "weir_missing_marks";
const std::string missing_sql =
    "select o.id, c.id from weir.outbox o join weir.consumers c on c.expires_at > clock_timestamp() "
    "and c.id <> $2::integer and o.table_name = any(c.tables) and not o.delivered @> array[c.id] "
    "where o.id = any($1::bigint[]) and o.settled_at is null order by o.id, c.id";

// What a write has done so far, within its open transaction.
struct progress {
    std::vector<sql_value> values;     // the parameters, and behind them the results as they become known
    std::vector<std::uint32_t> types;  // of the values: OIDs of the results' types, zero for a parameter
    std::optional<std::string> row;
    std::vector<std::string> changed;  // the tables of the statements that changed a row
    bool is_complete = true;           // false: a statement that had to find a row found none
};

// A statement with its values. One that takes results is prepared for their types, which only Postgres
// knows; so they are part of its name.
struct bound_statement {
    std::string name;
    std::vector<sql_value> values;
    std::vector<std::uint32_t> types{};
};

bound_statement bound(const write_statement& one, const progress& so_far) {
    bound_statement made{.name = one.name, .values = {}};
    for (const auto index : one.values) {
        made.values.push_back(so_far.values[index]);
        made.types.push_back(so_far.types[index]);
        if (made.types.back() != 0) made.name += ":" + std::to_string(made.types.back());
    }
    return made;
}

// Keeps what a statement returned. Returns errc::rejected if a later one needs a value of its row and there
// are several.
result<void> take(const write& what, const write_statement& one, const postgres::table& written,
                  progress& so_far) {
    const bool has_changed = one.returns ? !written.rows.empty() : written.affected > 0;
    if (has_changed) so_far.changed.push_back(one.table);
    if (!one.returns) return {};
    if (written.rows.empty()) {
        so_far.is_complete = false;
        return {};
    }
    if (!one.gives.empty() && written.rows.size() > 1) {
        log::error("write_result_is_several_rows",
                   {{"write", what.name}, {"statement", one.name}, {"rows", written.rows.size()}});
        return errc::rejected;
    }
    so_far.row = written.rows[0][0];
    const std::size_t first = so_far.values.size() - what.results.size();
    for (std::size_t i = 0; i < one.gives.size(); ++i) {
        so_far.values[first + one.gives[i]] = written.rows[0][i + 1];
        so_far.types[first + one.gives[i]] = written.types[i + 1];
    }
    return {};
}

// Runs the statements one after the other: a trip each, since a later one may need what an earlier one
// returned, and none may run after one that found no row. The first shares its trip with BEGIN, the last one
// with the reading of what the triggers recorded. Returns those rows; none if the write is not complete.
awaitable<result<std::vector<outbox_row>>> run(postgres::connection& on, const postgres_consumer& self,
                                               const write& what, progress& so_far, deadline until) {
    std::vector<outbox_row> recorded;
    for (const write_statement& one : what.statements) {
        const bool is_first = &one == &what.statements.front();
        const bool is_last = &one == &what.statements.back();
        std::vector<postgres::step> steps;
        if (is_first) {
            steps.push_back({begin_name, begin_sql, {}});
            steps.push_back(
                {due_later_name, due_later_sql, {self.id_text(), self.has_others ? "on" : "off"}});
        }
        const std::size_t at = steps.size();
        bound_statement with_values = bound(one, so_far);
        steps.push_back({with_values.name, one.sql, std::move(with_values.values),
                         std::move(with_values.types), !one.gives.empty()});
        if (is_last) {
            steps.push_back({now_name, now_sql, {}});
            steps.push_back({own_rows_name, own_rows_sql, {}});
        }
        auto tables = co_await on.batch(steps, until);
        if (!tables) co_return tables.error();
        const auto taken = take(what, one, (*tables)[at], so_far);
        if (!taken) co_return taken.error();
        if (!so_far.is_complete) co_return std::vector<outbox_row>{};
        if (is_last) recorded = outbox_rows_of(tables->back());
    }
    co_return recorded;
}

bool is_recorded(const std::string& table, const std::vector<outbox_row>& rows) {
    if (table.empty()) return !rows.empty();  // it is not known which one of several
    return std::any_of(rows.begin(), rows.end(),
                       [&](const outbox_row& row) { return row.image.table == table; });
}

// Writes, and reads what the triggers recorded. The transaction stays open. No outbox rows: nothing was
// written.
awaitable<result<write_outcome>> write_uncommitted(postgres::connection& on, const postgres_consumer& self,
                                                   const write& what, const std::vector<sql_value>& values,
                                                   deadline until) {
    progress done{.values = values, .types = {}, .row = {}, .changed = {}};
    done.values.resize(values.size() + what.results.size());
    done.types.resize(done.values.size());
    auto recorded = co_await run(on, self, what, done, until);
    if (!recorded) co_return recorded.error();
    if (!done.is_complete) co_return write_outcome{};
    const auto unrecorded =
        std::find_if_not(done.changed.begin(), done.changed.end(),
                         [&](const auto& table) { return is_recorded(table, *recorded); });
    if (unrecorded == done.changed.end()) {
        co_return write_outcome{.row = std::move(done.row), .outbox_rows = std::move(*recorded)};
    }
    // A row was written and no trigger recorded it: the deletes would be lost, without a trace and for good.
    log::error("triggers_missing",
               {{"write", what.name}, {"table", *unrecorded}, {"todo", "run weir migrate"}});
    co_return errc::rejected;
}

// Returns the failure with what the server said about it. The connection's last error is that of the last
// batch, if there was one.
write_failure explained(const error_code& why, const postgres::connection& on) {
    const bool is_answered = on.is_open() && !on.is_busy() && !on.last_error().sqlstate.empty();
    if (!is_answered) return why;
    auto refused = postgres::refusal_of(on.last_error());
    if (!refused) return why;
    return {refused->what, std::move(refused->reason), refused->is_raised};
}

}  // namespace

awaitable<write_result<write_outcome>> postgres_write_store::commit(const write& what,
                                                                    const std::vector<sql_value>& values,
                                                                    context within) {
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return connection.error();
    auto outcome = co_await write_uncommitted(**connection, self_, what, values, within.until);
    if (!outcome) {
        auto failure = explained(outcome.error(), **connection);
        co_await roll_back(**connection, within.until);
        co_return failure;
    }
    if (outcome->outbox_rows.empty()) {
        co_await roll_back(**connection, within.until);
        co_return std::move(*outcome);
    }
    const auto committed = co_await weir::commit(**connection, within.until);
    if (!committed) co_return explained(committed.error(), **connection);
    co_return std::move(*outcome);
}

awaitable<result<void>> postgres_write_store::settle(const std::vector<std::int64_t>& outbox_ids,
                                                     context within) {
    if (outbox_ids.empty()) co_return result<void>{};
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return connection.error();
    const std::array<postgres::step, 2> steps{
        postgres::step{no_wait_name, no_wait_sql, {}},
        postgres::step{
            settle_name, settle_sql(), {array_of(outbox_ids), self_.id_text(), self_.incarnation_text()}}};
    const auto settled = co_await (*connection)->batch(steps, within.until);
    if (!settled) co_return settled.error();
    co_return result<void>{};
}

awaitable<result<std::vector<missing_mark>>> postgres_write_store::missing_marks(
    const std::vector<std::int64_t>& outbox_ids, context within) {
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return connection.error();
    std::vector<postgres::sql_text> arguments{array_of(outbox_ids), self_.id_text()};
    const auto found =
        co_await (*connection)->query(missing_name, missing_sql, std::move(arguments), within.until);
    if (!found) co_return found.error();
    std::vector<missing_mark> missing;
    for (const auto& row : found->rows) {
        missing.push_back({.outbox_id = number_of(row[0]), .consumer = static_cast<int>(number_of(row[1]))});
    }
    co_return missing;
}

}  // namespace weir
