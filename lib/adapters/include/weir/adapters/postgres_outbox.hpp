// The outbox port on Postgres. Rows are taken with FOR UPDATE SKIP LOCKED, never by "id greater than the
// last": a lower id may commit later. While deliver runs, its connection stays in the transaction that holds
// the row locks. Nothing here waits for the disk but the replay.
//
// One per worker, used on its executor. Cancelled, the transaction ends with its connection and the rows
// stay.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/postgres/pool.hpp"

namespace weir {

class postgres_outbox final : public outbox {
 public:
    explicit postgres_outbox(postgres::pool& pool) : pool_(pool) {}

    awaitable<result<std::size_t>> deliver_pending(std::size_t most, delivery deliver,
                                                   deadline until) override;
    awaitable<result<bool>> admit(const std::string& identity, deadline until) override;
    awaitable<result<std::size_t>> forget(milliseconds retention, std::size_t most, deadline until) override;

 private:
    postgres::pool& pool_;
};

}  // namespace weir
