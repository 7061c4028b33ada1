// The outbox port on Postgres. Rows are claimed with FOR UPDATE SKIP LOCKED, never by "id greater than the
// last": a lower id may commit later. A claim puts off the time at which the rows are due. So no transaction
// stays open while they are delivered, and the rows of a relay that dies or hangs are due again half a second
// later. Of these statements only the replay waits for the disk.
//
// One per process, on control's executor; several deliveries may be under way. If a delivery is cancelled,
// its rows stay claimed until they are due again.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/postgres/pool.hpp"

namespace weir {

class postgres_outbox final : public outbox {
 public:
    explicit postgres_outbox(postgres::pool& pool) : pool_(pool) {}

    awaitable<result<std::size_t>> deliver_pending(std::size_t most, delivery deliver,
                                                   context within) override;
    awaitable<result<bool>> admit(const std::string& identity, context within) override;
    awaitable<result<std::size_t>> forget(milliseconds retention, std::size_t most, context within) override;

 private:
    postgres::pool& pool_;
};

}  // namespace weir
