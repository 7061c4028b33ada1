// The write_store port on Postgres: the write and what the triggers recorded of it in one transaction, two
// round trips.
//
// One per worker, used on its executor. Never retried here. Cancelled before COMMIT was sent, nothing is
// written: the pool closes a connection that comes back inside a transaction.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/postgres/pool.hpp"

namespace weir {

class postgres_write_store final : public write_store {
 public:
    explicit postgres_write_store(postgres::pool& pool) : pool_(pool) {}

    awaitable<result<write_outcome>> commit(const write& what, const std::vector<sql_value>& values,
                                            context within) override;
    awaitable<result<void>> settle(const std::vector<std::int64_t>& outbox_ids, context within) override;

 private:
    postgres::pool& pool_;
};

}  // namespace weir
