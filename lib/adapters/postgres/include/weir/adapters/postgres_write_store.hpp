// The write_store port on Postgres: the write, and what the triggers recorded of it, in one transaction and
// one round
// trip for each statement and one for the commit.
//
// One per process, on control's executor. It never retries. If it is cancelled before COMMIT was sent,
// nothing is written: the pool closes a connection that is given back inside a transaction.
#pragma once

#include "weir/adapters/postgres_consumer.hpp"
#include "weir/cache/ports.hpp"
#include "weir/postgres/pool.hpp"

namespace weir {

class postgres_write_store final : public write_store {
 public:
    // Makes a store that writes for the consumer `self`, which outlives it.
    postgres_write_store(postgres::pool& pool, const postgres_consumer& self) : pool_(pool), self_(self) {}

    awaitable<write_result<write_outcome>> commit(const write& what, const std::vector<sql_value>& values,
                                                  context within) override;
    awaitable<result<void>> settle(const std::vector<std::int64_t>& outbox_ids, context within) override;
    awaitable<result<std::vector<missing_mark>>> missing_marks(const std::vector<std::int64_t>& outbox_ids,
                                                               context within) override;

 private:
    postgres::pool& pool_;
    const postgres_consumer& self_;
};

}  // namespace weir
