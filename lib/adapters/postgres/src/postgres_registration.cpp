// The registration of a consumer: weir.consumers.
#include "weir/adapters/postgres_outbox.hpp"

#include "postgres_rows.hpp"
#include "postgres_transaction.hpp"

#include <array>

namespace weir {
namespace {

// What both statements return: id, incarnation, is_open, left, has_others, oldest_owed. The second parameter
// is the lifetime in ms.
//
// Renews only what has lost a quarter of its life, so that the nodes of a large fleet mostly read. Returns no
// row if there is no registration that stands. Waits for no disk: if the server loses a renewal, what is left
// of the one before is still longer than any node acts on it.
const std::string renew_name = "weir_renew_consumer";
const std::string renew_sql =
    "with self as materialized (select id, incarnation, is_open, tables, expires_at from weir.consumers "
    "where name = $1::text and expires_at > clock_timestamp()), "
    "renewed as (update weir.consumers c set expires_at = clock_timestamp() + $2::bigint * interval '1 ms' "
    "from self where c.id = self.id and c.expires_at > clock_timestamp() "
    "and c.expires_at < clock_timestamp() + $2::bigint * interval '0.75 ms' returning c.expires_at) "
    "select id, incarnation, is_open, (extract(epoch from "
    "coalesce((select expires_at from renewed), expires_at) - clock_timestamp()) * 1000)::bigint, "
    "have.others, case when have.others then (select o.id from weir.outbox o where " +
    owed_to("self.id") +
    " and o.table_name = any(self.tables) order by o.due_at, o.id limit 1) end from self, "
    "lateral (select exists (select from weir.consumers o where o.id <> self.id "
    "and o.expires_at > clock_timestamp() and o.tables && self.tables) as others) have";

// Registrations wait for each other and for renewals, so that of two consumers at least one sees the other.
const std::string lock_name = "weir_lock_consumers";
const std::string lock_sql = "lock table weir.consumers in share row exclusive mode";

// A registration that ran out is resumed if no other consumer has been alive since: nothing was settled
// without it then, and what is not settled is still owed to it. Otherwise a new incarnation begins.
const std::string register_name = "weir_register_consumer";
const std::string register_sql =
    "with told as (select array(select jsonb_object_keys($4::jsonb)) as tables), "
    "entered as (insert into weir.consumers as c (name, description, needs, tables, retention, expires_at) "
    "select $1::text, $3::text, $4::jsonb, tables, $5::bigint * interval '1 ms', "
    "clock_timestamp() + $2::bigint * interval '1 ms' from told "
    "on conflict (name) do update set expires_at = excluded.expires_at, retention = excluded.retention, "
    "(incarnation, is_open, since) = (select case when is_whole then c.incarnation else c.incarnation + 1 "
    "end, "
    "c.is_open and is_whole, case when is_whole then c.since else clock_timestamp() end from (select "
    "c.expires_at > clock_timestamp() or not exists (select from weir.consumers o where o.id <> c.id "
    "and o.expires_at >= c.expires_at) as is_whole) as past) "
    "returning id, incarnation, is_open, tables) "
    "select id, incarnation, is_open, $2::bigint, exists (select from weir.consumers o "
    "where o.id <> entered.id and o.expires_at > clock_timestamp() and o.tables && entered.tables), null "
    "from entered";

const std::string open_name = "weir_open_consumer";
const std::string open_sql =
    "with opened as (update weir.consumers set is_open = true where "
    "id = $2::integer and incarnation = $3::bigint and expires_at > clock_timestamp() returning id), "
    "admitted as (insert into weir.redis_identities (identity, consumer) "
    "select unnest($1::text[]), id from opened on conflict do nothing) select id from opened";

const std::string leave_name = "weir_leave_consumer";
const std::string leave_sql =
    "update weir.consumers set expires_at = least(expires_at, clock_timestamp() + $1::bigint * interval '1 "
    "ms') where id = $2::integer and incarnation = $3::bigint";

std::optional<registration> registration_of(const postgres::table& found) {
    if (found.rows.empty()) return std::nullopt;
    const auto& row = found.rows.front();
    return registration{.id = static_cast<int>(number_of(row[0])),
                        .incarnation = number_of(row[1]),
                        .is_open = row[2] == "t",
                        .left = milliseconds{number_of(row[3])},
                        .has_others = row[4] == "t",
                        .oldest_owed = number_of(row[5])};
}

awaitable<result<std::optional<registration>>> renew(postgres::connection& on, const consumer_facts& as,
                                                     deadline until) {
    const std::array<postgres::step, 2> steps{
        postgres::step{no_wait_name, no_wait_sql, {}},
        postgres::step{renew_name, renew_sql, {as.name, std::to_string(as.lifetime.count())}}};
    const auto found = co_await on.batch(steps, until);
    if (!found) co_return found.error();
    co_return registration_of((*found)[1]);
}

awaitable<result<std::optional<registration>>> enter_anew(postgres::connection& on, const consumer_facts& as,
                                                          deadline until) {
    const std::array<postgres::step, 4> steps{
        postgres::step{begin_name, begin_sql, {}}, postgres::step{lock_name, lock_sql, {}},
        postgres::step{register_name,
                       register_sql,
                       {as.name, std::to_string(as.lifetime.count()), as.description, as.needs,
                        std::to_string(as.retention.count())}},
        postgres::step{commit_name, commit_sql, {}}};
    const auto done = co_await on.batch(steps, until);
    if (!done) co_return done.error();
    co_return registration_of((*done)[2]);
}

}  // namespace

awaitable<result<registration>> postgres_outbox::enter(const consumer_facts& as, context within) {
    auto connection = co_await registrations_.acquire(within.until);
    if (!connection) co_return connection.error();
    auto stands = co_await renew(**connection, as, within.until);
    const bool is_missing = stands && !*stands;
    if (is_missing) stands = co_await enter_anew(**connection, as, within.until);
    co_await roll_back(**connection, within.until);
    if (!stands) co_return stands.error();
    if (!*stands) co_return errc::rejected;
    self_ = {.id = (*stands)->id, .incarnation = (*stands)->incarnation, .has_others = (*stands)->has_others};
    co_return **stands;
}

awaitable<result<bool>> postgres_outbox::open(const std::vector<std::string>& identities, context within) {
    auto connection = co_await registrations_.acquire(within.until);
    if (!connection) co_return result<bool>{boost::system::in_place_error, connection.error()};
    std::vector<postgres::sql_text> arguments{array_of(identities), self_.id_text(),
                                              self_.incarnation_text()};
    const auto opened =
        co_await (*connection)->query(open_name, open_sql, std::move(arguments), within.until);
    if (!opened) co_return result<bool>{boost::system::in_place_error, opened.error()};
    co_return !opened->rows.empty();
}

awaitable<result<void>> postgres_outbox::leave(milliseconds left, context within) {
    if (self_.id == 0) co_return result<void>{};
    auto connection = co_await registrations_.acquire(within.until);
    if (!connection) co_return connection.error();
    std::vector<postgres::sql_text> arguments{std::to_string(left.count()), self_.id_text(),
                                              self_.incarnation_text()};
    const auto done =
        co_await (*connection)->query(leave_name, leave_sql, std::move(arguments), within.until);
    if (!done) co_return done.error();
    co_return result<void>{};
}

}  // namespace weir
