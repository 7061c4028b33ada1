#include "weir/adapters/postgres_outbox.hpp"

#include "postgres_rows.hpp"
#include "postgres_transaction.hpp"

#include <array>
#include <utility>

namespace weir {
namespace {

// The times are read once, so that the index on due_at is used and all rows of a batch have the same claim. A
// claim is the time at which the rows become due again, in case the relay that claimed them dies or hangs.
const std::string claim_name = "weir_claim_outbox_rows";
const std::string claim_sql =
    "with due as materialized (select id as due_id, due_at as was_due from weir.outbox "
    "where settled_at is null and due_at <= (select clock_timestamp()) "
    "order by due_at, id limit $1::bigint for update skip locked), "
    "claimed as (update weir.outbox set due_at = (select clock_timestamp() + interval '500 ms') "
    "from due where id = due_id returning " +
    outbox_columns +
    " as age, due_at, was_due) "
    "select id, table_name, image, is_bulk, age, due_at from claimed order by was_due, id";

// Settles only while the claim stands. Otherwise a replay, or another relay after our claim ran out, has
// claimed the rows anew.
const std::string settle_claimed_name = "weir_settle_claimed_outbox_rows";
const std::string settle_claimed_sql =
    "update weir.outbox set settled_at = clock_timestamp(), is_replay = false "
    "where id = any($1::bigint[]) and due_at = $2::timestamptz and settled_at is null";

const std::string give_back_name = "weir_give_back_outbox_rows";
const std::string give_back_sql =
    "update weir.outbox set due_at = clock_timestamp() "
    "where id = any($1::bigint[]) and due_at = $2::timestamptz and settled_at is null";

const std::string is_admitted_name = "weir_is_identity_admitted";
const std::string is_admitted_sql =
    "select exists (select from weir.redis_identities where identity = $1::text), "
    "exists (select from weir.outbox where settled_at is null and is_replay)";

// To replay all that is retained may take longer than any other statement may.
const std::string replay_time_name = "weir_replay_time";
const std::string replay_time_sql = "select set_config('statement_timeout', '10min', true)";

// One replay at a time, because two might each wait for the other's rows. A node that finds one under way
// tries again later. Of several nodes with the same identity one inserts it.
//
// All rows are replayed, pending ones too. A relay may be delivering those to the server that was there
// before. It can no longer settle them, because its claim has gone; nor can a write, because they say
// is_replay.
//
// Of settled rows with the same content one is enough, or a thousand writes to a hot row would be a thousand
// deliveries. It is the one that will be forgotten last.
const std::string replay_name = "weir_replay_outbox_rows";
const std::string replay_sql =
    "with turn as materialized (select pg_try_advisory_xact_lock(7311825614921467) as is_ours), "
    "fresh as (insert into weir.redis_identities (identity) select $1::text from turn where is_ours "
    "on conflict do nothing returning identity), "
    "different as materialized (select distinct on (table_name, image, is_bulk) id from weir.outbox "
    "where exists (select from fresh) "
    "order by table_name, image, is_bulk, settled_at desc nulls first, id desc) "
    "update weir.outbox set settled_at = null, due_at = clock_timestamp(), is_replay = true "
    "where exists (select from fresh) and (settled_at is null or id in (select id from different))";

// The rows are passed as an array. The planner does not know the limit, so otherwise it might read the whole
// table to find them.
const std::string forget_name = "weir_forget_outbox_rows";
const std::string forget_sql =
    "delete from weir.outbox where id = any(array(select id from weir.outbox "
    "where settled_at is not null "
    "and settled_at <= (select clock_timestamp() - $1::bigint * interval '1 ms') "
    "order by settled_at limit $2::bigint for update skip locked))";

struct claim {
    std::vector<outbox_row> rows;
    std::string ids;
    std::string until;
};

awaitable<result<claim>> take(postgres::pool& from, std::size_t most, deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return connection.error();
    const std::array<postgres::step, 2> steps{postgres::step{no_wait_name, no_wait_sql, {}},
                                              postgres::step{claim_name, claim_sql, {std::to_string(most)}}};
    auto taken = co_await (*connection)->batch(steps, until);
    if (!taken) co_return taken.error();
    const postgres::table& found = (*taken)[1];
    claim made{.rows = outbox_rows_of(found), .ids = {}, .until = {}};
    std::vector<std::int64_t> ids;
    for (const auto& row : made.rows) ids.push_back(row.id);
    made.ids = array_of(ids);
    if (!found.rows.empty()) made.until = found.rows.front().at(5).value();
    co_return made;
}

// Settles the claimed rows, or gives them back.
awaitable<result<void>> conclude(postgres::pool& from, const claim& of, bool is_delivered, deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return connection.error();
    const auto& name = is_delivered ? settle_claimed_name : give_back_name;
    const auto& sql = is_delivered ? settle_claimed_sql : give_back_sql;
    const std::array<postgres::step, 2> steps{postgres::step{no_wait_name, no_wait_sql, {}},
                                              postgres::step{name, sql, {of.ids, of.until}}};
    const auto done = co_await (*connection)->batch(steps, until);
    if (!done) co_return done.error();
    co_return result<void>{};
}

enum class admission_state { unknown, replaying, admitted };

awaitable<result<admission_state>> admission_state_of(postgres::connection& on, const std::string& identity,
                                                      deadline until) {
    std::vector<postgres::sql_text> arguments{identity};
    const auto found = co_await on.query(is_admitted_name, is_admitted_sql, std::move(arguments), until);
    if (!found) co_return found.error();
    const auto& row = found->rows.at(0);
    if (row[0] != "t") co_return admission_state::unknown;
    co_return row[1] == "t" ? admission_state::replaying : admission_state::admitted;
}

// Sends the statements as one query, COMMIT included. It goes on when no caller waits for it any more, and
// the next query finds it done.
awaitable<result<void>> replay(postgres::connection& on, const std::string& identity, deadline until) {
    const std::array<postgres::step, 4> steps{
        postgres::step{begin_name, begin_sql, {}}, postgres::step{replay_time_name, replay_time_sql, {}},
        postgres::step{replay_name, replay_sql, {identity}}, postgres::step{commit_name, commit_sql, {}}};
    const auto done = co_await on.batch(steps, until);
    if (!done) co_return done.error();
    co_return result<void>{};
}

awaitable<result<admission_state>> admission(postgres::connection& on, const std::string& identity,
                                             deadline until) {
    const auto before = co_await admission_state_of(on, identity, until);
    if (!before || *before != admission_state::unknown) co_return before;
    const auto replayed = co_await replay(on, identity, until);
    if (!replayed) co_return replayed.error();
    co_return co_await admission_state_of(on, identity, until);
}

}  // namespace

awaitable<result<std::size_t>> postgres_outbox::deliver_pending(std::size_t most, delivery deliver,
                                                                context within) {
    auto claimed = co_await take(pool_, most, within.until);
    if (!claimed) co_return claimed.error();
    const std::size_t count = claimed->rows.size();
    if (count == 0) co_return count;
    const auto delivered = co_await deliver(std::move(claimed->rows));
    const auto concluded = co_await conclude(pool_, *claimed, delivered.has_value(), within.until);
    if (!delivered) co_return delivered.error();
    if (!concluded) co_return concluded.error();
    co_return count;
}

awaitable<result<bool>> postgres_outbox::admit(const std::string& identity, context within) {
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return result<bool>{boost::system::in_place_error, connection.error()};
    const auto found = co_await admission(**connection, identity, within.until);
    co_await roll_back(**connection, within.until);
    if (!found) co_return result<bool>{boost::system::in_place_error, found.error()};
    co_return *found == admission_state::admitted;
}

awaitable<result<std::size_t>> postgres_outbox::forget(milliseconds retention, std::size_t most,
                                                       context within) {
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return connection.error();
    const std::array<postgres::step, 2> steps{
        postgres::step{no_wait_name, no_wait_sql, {}},
        postgres::step{forget_name, forget_sql, {std::to_string(retention.count()), std::to_string(most)}}};
    const auto removed = co_await (*connection)->batch(steps, within.until);
    if (!removed) co_return removed.error();
    co_return static_cast<std::size_t>((*removed)[1].affected);
}

}  // namespace weir
