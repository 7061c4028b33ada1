#include "weir/adapters/postgres_outbox.hpp"

#include "postgres_rows.hpp"
#include "postgres_transaction.hpp"

#include <array>
#include <utility>

namespace weir {
namespace {

const std::string take_name = "weir_take_outbox_rows";
const std::string take_sql =
    "select id, table_name, image from weir.outbox order by id limit $1::bigint for update skip locked";

}  // namespace

awaitable<result<std::size_t>> outbox_round(postgres::connection& on, std::size_t most,
                                            outbox::delivery deliver, deadline until) {
    const std::array<postgres::step, 2> steps{postgres::step{begin_name, begin_sql, {}},
                                              postgres::step{take_name, take_sql, {std::to_string(most)}}};
    auto taken = co_await on.batch(steps, until);
    if (!taken) co_return taken.error();
    auto rows = outbox_rows_of((*taken)[1]);
    std::vector<std::int64_t> ids;
    for (const auto& row : rows) ids.push_back(row.id);
    if (ids.empty()) co_return std::size_t{0};

    const auto delivered = co_await deliver(std::move(rows));
    if (!delivered) co_return delivered.error();

    std::vector<postgres::sql_text> arguments{array_of(ids)};
    const auto removed = co_await on.query(remove_rows_name, remove_rows_sql, std::move(arguments), until);
    if (!removed) co_return removed.error();
    const auto committed = co_await commit(on, until);
    if (!committed) co_return committed.error();
    co_return ids.size();
}

awaitable<result<std::size_t>> postgres_outbox::deliver_pending(std::size_t most, delivery deliver,
                                                                deadline until) {
    auto connection = co_await pool_.acquire(until);
    if (!connection) co_return connection.error();
    auto delivered = co_await outbox_round(**connection, most, std::move(deliver), until);
    co_await roll_back(**connection, until);  // unless it was committed
    co_return delivered;
}

}  // namespace weir
