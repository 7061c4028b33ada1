#include "weir/adapters/postgres_outbox.hpp"

#include "weir/base/hash.hpp"

#include "postgres_marks.hpp"
#include "postgres_rows.hpp"
#include "postgres_transaction.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace weir {
namespace {

// The times are read once, so that they are the same for a whole batch. A row is due at once to consumers
// that did not write it. Two relays of one consumer that want the same row meet in the claim's primary key:
// the later one takes it only if the claim has ended. It keeps the tokens of the last ones before it: a
// delivery that took longer than its claim is a delivery all the same. Claims are locked by id, in whichever
// order their rows are due.
const std::string claim_name = "weir_claim_outbox_rows";
const std::string claim_sql =
    "with self as materialized (select tables from weir.consumers where id = $2::integer "
    "and incarnation = $3::bigint and expires_at > clock_timestamp()), "
    "due as materialized (select o.id as due_id, o.due_at as was_due from weir.outbox o where " +
    owed_to("$2") +
    " and (o.due_at <= (select clock_timestamp()) or o.writer is distinct from $2::integer) "
    "and o.table_name = any((select tables from self)::text[]) "
    "and not exists (select from weir.claims k where k.consumer = $2::integer and k.outbox_id = o.id "
    "and k.until > (select clock_timestamp())) order by o.due_at, o.id limit $1::bigint), "
    "claimed as (insert into weir.claims as k (consumer, outbox_id, token, until) "
    "select $2::integer, due_id, $4::text, (select clock_timestamp() + interval '500 ms') from due "
    "order by due_id on conflict (consumer, outbox_id) do update "
    "set token = right(k.token || ' ' || excluded.token, 1000), until = excluded.until where k.until <= "
    "clock_timestamp() "
    "returning outbox_id) "
    "select " +
    outbox_columns +
    " from due join claimed on outbox_id = due_id join weir.outbox o on o.id = due_id "
    "order by was_due, due_id";

// Marks only while the claim is known. A replay deletes it: the row is to be delivered anew.
const std::string mark_claimed_name = "weir_mark_claimed_outbox_rows";
const std::string& mark_claimed_sql() {
    static const std::string sql =
        "with held as materialized (select outbox_id from weir.claims where consumer = $2::integer "
        "and outbox_id = any($1::bigint[]) and position($4::text in token) > 0 and " +
        is_registered_sql +
        " order by outbox_id for update), "
        "ours as (delete from weir.claims k using held where k.consumer = $2::integer "
        "and k.outbox_id = held.outbox_id returning k.outbox_id), "
        "locked as materialized (select o.id from weir.outbox o "
        "where o.id in (select outbox_id from ours) order by o.id for update) " +
        mark_sql() + " from locked where o.id = locked.id";
    return sql;
}

const std::string give_back_name = "weir_give_back_outbox_rows";
const std::string give_back_sql =
    "with held as materialized (select outbox_id from weir.claims where consumer = $2::integer "
    "and outbox_id = any($1::bigint[]) and right(token, length($4::text)) = $4::text "
    "and $3::bigint is not null order by outbox_id for update) "
    "delete from weir.claims k using held where k.consumer = $2::integer and k.outbox_id = held.outbox_id";

const std::string is_admitted_name = "weir_is_identity_admitted";
const std::string is_admitted_sql =
    "select exists (select from weir.redis_identities where identity = $1::text and consumer = $2::integer), "
    "exists (select from weir.outbox where settled_at is null and replays @> array[$2::integer])";

// To replay all that is retained may take longer than any other statement may.
const std::string replay_time_name = "weir_replay_time";
const std::string replay_time_sql = "select set_config('statement_timeout', '10min', true)";

// One replay at a time, because two might each wait for the other's rows. A node that finds one under way
// tries again later. Of several nodes with the same identity one inserts it.
//
// All rows of the consumer's tables are replayed, pending ones too. A relay may be delivering those to the
// server that was there before. It can no longer mark them, because its claim has gone; nor can a write,
// because they are to be replayed. The marks of other consumers stay.
//
// Claims are locked before rows, and each by id, as a mark does.
//
// Of settled rows with the same content one is enough, or a thousand writes to a hot row would be a thousand
// deliveries. It is the one that will be forgotten last.
const std::string replay_name = "weir_replay_outbox_rows";
const std::string replay_sql =
    "with turn as materialized (select pg_try_advisory_xact_lock(7311825614921467) as is_ours), "
    "fresh as (insert into weir.redis_identities (identity, consumer) select $1::text, $2::integer "
    "from turn where is_ours on conflict do nothing returning identity), "
    "held as materialized (select outbox_id from weir.claims where consumer = $2::integer "
    "and exists (select from fresh) order by outbox_id for update), "
    "voided as (delete from weir.claims k using held where k.consumer = $2::integer "
    "and k.outbox_id = held.outbox_id returning 1), "
    "different as materialized (select distinct on (table_name, image, is_bulk) id from weir.outbox "
    "where exists (select from fresh) "
    "order by table_name, image, is_bulk, settled_at desc nulls first, id desc), "
    "locked as materialized (select o.id from weir.outbox o "
    "where exists (select from fresh) and (select count(*) from voided) is not null "
    "and o.table_name = any((select tables from weir.consumers where id = $2::integer)::text[]) "
    "and (o.settled_at is null or o.id in (select id from different)) order by o.id for update) "
    "update weir.outbox o set settled_at = null, due_at = clock_timestamp(), "
    "delivered = array_remove(o.delivered, $2::integer), "
    "replays = array_append(array_remove(o.replays, $2::integer), $2::integer) "
    "from locked where o.id = locked.id";

// The rows are passed as an array. The planner does not know the limit, so otherwise it might read the whole
// table to find them.
const std::string forget_name = "weir_forget_outbox_rows";
const std::string forget_sql =
    "delete from weir.outbox where id = any(array(select id from weir.outbox "
    "where settled_at is not null and settled_at <= (select clock_timestamp() - "
    "greatest($1::bigint * interval '1 ms', (select max(retention) from weir.consumers "
    "where expires_at > clock_timestamp()))) "
    "order by settled_at limit $2::bigint for update skip locked))";

// Settles rows whose missing marks are those of consumers that have expired, or whose table no live consumer
// declares.
const std::string sweep_name = "weir_sweep_outbox_rows";
const std::string sweep_sql =
    "update weir.outbox set settled_at = clock_timestamp() where " + is_registered_sql +
    " and id = any(array(select o.id from weir.outbox o where o.settled_at is null "
    "and not exists (select from weir.consumers c where c.expires_at > clock_timestamp() "
    "and o.table_name = any(c.tables) and not o.delivered @> array[c.id]) "
    "order by o.due_at, o.id limit $1::bigint for update skip locked))";

// Removes what no node needs any more: claims that ended, and consumers that have not come back for a week.
const std::string tidy_name = "weir_tidy_consumers";
const std::string tidy_sql =
    "with claims as (delete from weir.claims where until < clock_timestamp() - interval '1 min'), "
    "gone as (delete from weir.consumers where expires_at < clock_timestamp() - interval '7 days' "
    "returning id) delete from weir.redis_identities where consumer in (select id from gone)";

struct claim {
    std::vector<outbox_row> rows;
    std::string ids;
    std::string token;
};

awaitable<result<claim>> take(postgres::pool& from, const postgres_consumer& self, std::size_t most,
                              deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return connection.error();
    claim made{.rows = {}, .ids = {}, .token = random_token()};
    const std::array<postgres::step, 2> steps{
        postgres::step{no_wait_name, no_wait_sql, {}},
        postgres::step{claim_name,
                       claim_sql,
                       {std::to_string(most), self.id_text(), self.incarnation_text(), made.token}}};
    auto taken = co_await (*connection)->batch(steps, until);
    if (!taken) co_return taken.error();
    made.rows = outbox_rows_of((*taken)[1]);
    std::vector<std::int64_t> ids;
    for (const auto& row : made.rows) ids.push_back(row.id);
    made.ids = array_of(ids);
    co_return made;
}

// Marks the claimed rows, or gives them back.
awaitable<result<void>> conclude(postgres::pool& from, const postgres_consumer& self, const claim& of,
                                 bool is_delivered, deadline until) {
    auto connection = co_await from.acquire(until);
    if (!connection) co_return connection.error();
    const auto& name = is_delivered ? mark_claimed_name : give_back_name;
    const auto& sql = is_delivered ? mark_claimed_sql() : give_back_sql;
    const std::array<postgres::step, 2> steps{
        postgres::step{no_wait_name, no_wait_sql, {}},
        postgres::step{name, sql, {of.ids, self.id_text(), self.incarnation_text(), of.token}}};
    const auto done = co_await (*connection)->batch(steps, until);
    if (!done) co_return done.error();
    co_return result<void>{};
}

enum class admission_state { unknown, replaying, admitted };

awaitable<result<admission_state>> admission_state_of(postgres::connection& on, const postgres_consumer& self,
                                                      const std::string& identity, deadline until) {
    std::vector<postgres::sql_text> arguments{identity, self.id_text()};
    const auto found = co_await on.query(is_admitted_name, is_admitted_sql, std::move(arguments), until);
    if (!found) co_return found.error();
    const auto& row = found->rows.at(0);
    if (row[0] != "t") co_return admission_state::unknown;
    co_return row[1] == "t" ? admission_state::replaying : admission_state::admitted;
}

// Sends the statements as one query, COMMIT included. It goes on when no caller waits for it any more, and
// the next query finds it done.
awaitable<result<void>> replay(postgres::connection& on, const postgres_consumer& self,
                               const std::string& identity, deadline until) {
    const std::array<postgres::step, 4> steps{
        postgres::step{begin_name, begin_sql, {}}, postgres::step{replay_time_name, replay_time_sql, {}},
        postgres::step{replay_name, replay_sql, {identity, self.id_text()}},
        postgres::step{commit_name, commit_sql, {}}};
    const auto done = co_await on.batch(steps, until);
    if (!done) co_return done.error();
    co_return result<void>{};
}

awaitable<result<admission_state>> admission(postgres::connection& on, const postgres_consumer& self,
                                             const std::string& identity, deadline until) {
    const auto before = co_await admission_state_of(on, self, identity, until);
    if (!before || *before != admission_state::unknown) co_return before;
    const auto replayed = co_await replay(on, self, identity, until);
    if (!replayed) co_return replayed.error();
    co_return co_await admission_state_of(on, self, identity, until);
}

// Runs the steps as one batch. Returns how many rows the second one affected.
awaitable<result<std::size_t>> affected_by(postgres::pool& on, std::span<const postgres::step> steps,
                                           deadline until) {
    auto connection = co_await on.acquire(until);
    if (!connection) co_return connection.error();
    const auto done = co_await (*connection)->batch(steps, until);
    if (!done) co_return done.error();
    co_return static_cast<std::size_t>((*done)[1].affected);
}

}  // namespace

awaitable<result<std::size_t>> postgres_outbox::deliver_pending(std::size_t most, delivery deliver,
                                                                context within) {
    const postgres_consumer by = self_;  // what is claimed by one incarnation is not marked by another
    auto claimed = co_await take(pool_, by, most, within.until);
    if (!claimed) co_return claimed.error();
    const std::size_t count = claimed->rows.size();
    if (count == 0) co_return count;
    const auto delivered = co_await deliver(std::move(claimed->rows));
    const auto concluded = co_await conclude(pool_, by, *claimed, delivered.has_value(), within.until);
    if (!delivered) co_return delivered.error();
    if (!concluded) co_return concluded.error();
    co_return count;
}

awaitable<result<bool>> postgres_outbox::admit(const std::string& identity, context within) {
    auto connection = co_await pool_.acquire(within.until);
    if (!connection) co_return result<bool>{boost::system::in_place_error, connection.error()};
    const auto found = co_await admission(**connection, self_, identity, within.until);
    co_await roll_back(**connection, within.until);
    if (!found) co_return result<bool>{boost::system::in_place_error, found.error()};
    co_return *found == admission_state::admitted;
}

// Forgets and settles in a batch each. Rows that cannot be removed must not keep those that wait for a
// consumer which has gone from being settled.
awaitable<result<std::size_t>> postgres_outbox::forget(milliseconds retention, std::size_t most,
                                                       context within) {
    const std::string limit = std::to_string(most);
    const std::array<postgres::step, 3> forgetting{
        postgres::step{no_wait_name, no_wait_sql, {}},
        postgres::step{forget_name, forget_sql, {std::to_string(retention.count()), limit}},
        postgres::step{tidy_name, tidy_sql, {}}};
    const std::array<postgres::step, 2> settling{
        postgres::step{no_wait_name, no_wait_sql, {}},
        postgres::step{sweep_name, sweep_sql, {limit, self_.id_text(), self_.incarnation_text()}}};
    const auto removed = co_await affected_by(pool_, forgetting, within.until);
    const auto settled = co_await affected_by(pool_, settling, within.until);
    if (!removed) co_return removed.error();
    if (!settled) co_return settled.error();
    co_return std::max(*removed, *settled);
}

}  // namespace weir
