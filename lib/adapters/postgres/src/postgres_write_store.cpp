#include "weir/adapters/postgres_write_store.hpp"

#include "weir/base/log.hpp"

#include "postgres_rows.hpp"
#include "postgres_transaction.hpp"

#include <array>
#include <utility>

namespace weir {
namespace {

// Runs deferred triggers now: otherwise they would run at COMMIT, after the outbox was read.
const std::string now_name = "weir_constraints_now";
const std::string now_sql = "set constraints all immediate";

// Read by the triggers: Weir delivers what this transaction records. It is due for the relays only if it is
// not settled by then.
const std::string due_later_name = "weir_due_later";
const std::string due_later_sql = "select set_config('weir.due_in', '400 ms', true)";

const std::string own_rows_name = "weir_own_outbox_rows";
const std::string own_rows_sql =
    "select " + outbox_columns + " from weir.outbox where txid = pg_current_xact_id() order by id";

// A row that a relay is delivering is left to the relay. A row that is to be replayed may have been delivered
// to a Redis that is gone. (The conditions apply to the locked rows: on the table they would make Postgres
// walk through all that is pending.)
const std::string settle_name = "weir_settle_outbox_rows";
const std::string settle_sql =
    "with locked as materialized (select id, settled_at, is_replay from weir.outbox "
    "where id = any($1::bigint[]) for update skip locked) "
    "update weir.outbox o set settled_at = clock_timestamp() from locked "
    "where o.id = locked.id and locked.settled_at is null and not locked.is_replay";

// Writes, and reads what the triggers recorded. The transaction stays open. No outbox rows: nothing was
// written.
awaitable<result<write_outcome>> write_uncommitted(postgres::connection& on, const write& what,
                                                   std::vector<sql_value> arguments, deadline until) {
    const std::array<postgres::step, 5> steps{
        postgres::step{begin_name, begin_sql, {}}, postgres::step{due_later_name, due_later_sql, {}},
        postgres::step{what.apply.name, what.apply.sql, std::move(arguments)},
        postgres::step{now_name, now_sql, {}}, postgres::step{own_rows_name, own_rows_sql, {}}};
    auto tables = co_await on.batch(steps, until);
    if (!tables) co_return tables.error();
    const auto& written = (*tables)[2].rows;
    if (written.empty()) co_return write_outcome{};
    write_outcome outcome;
    outcome.row = written[0][0];
    outcome.outbox_rows = outbox_rows_of((*tables)[4]);
    if (!outcome.outbox_rows.empty()) co_return outcome;
    // A row was written and no trigger recorded it: the deletes would be lost, without a trace and for good.
    log::error("triggers_missing",
               {{"write", what.name}, {"table", what.table}, {"todo", "run weir migrate"}});
    co_return errc::rejected;
}

}  // namespace

awaitable<result<write_outcome>> postgres_write_store::commit(const write& what,
                                                              const std::vector<sql_value>& values,
                                                              context within) {
    std::vector<sql_value> arguments;
    for (const auto index : what.apply.values) arguments.push_back(values[index]);
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return connection.error();
    auto outcome = co_await write_uncommitted(**connection, what, std::move(arguments), within.until);
    const bool has_written = outcome && !outcome->outbox_rows.empty();
    if (!has_written) {
        co_await roll_back(**connection, within.until);
        co_return outcome;
    }
    const auto committed = co_await weir::commit(**connection, within.until);
    if (!committed) co_return committed.error();
    co_return outcome;
}

awaitable<result<void>> postgres_write_store::settle(const std::vector<std::int64_t>& outbox_ids,
                                                     context within) {
    if (outbox_ids.empty()) co_return result<void>{};
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return connection.error();
    const std::array<postgres::step, 2> steps{
        postgres::step{no_wait_name, no_wait_sql, {}},
        postgres::step{settle_name, settle_sql, {array_of(outbox_ids)}}};
    const auto settled = co_await (*connection)->batch(steps, within.until);
    if (!settled) co_return settled.error();
    co_return result<void>{};
}

}  // namespace weir
