// The outbox port on Postgres. Rows are claimed one by one, never by "id greater than the last": a lower id
// may commit later. A claim is a row of weir.claims with a time at which it ends. So no transaction stays
// open while rows are delivered, and the rows of a relay that dies or hangs are due again half a second
// later. Of these statements only new registrations and the replay wait for the disk.
//
// A consumer whose registration has run out claims, marks and settles nothing.
//
// One per process, on control's executor; several deliveries may be under way. If a delivery is cancelled,
// its rows stay claimed until they are due again.
#pragma once

#include "weir/adapters/postgres_consumer.hpp"
#include "weir/cache/ports.hpp"
#include "weir/postgres/pool.hpp"

namespace weir {

class postgres_outbox final : public outbox {
 public:
    // Makes an outbox. enter() sets `self`, which outlives it. Registers over `registrations`: the writes
    // that share `pool` may wait for locks, and a renewal must not wait with them.
    postgres_outbox(postgres::pool& pool, postgres::pool& registrations, postgres_consumer& self)
        : pool_(pool), registrations_(registrations), self_(self) {}
    postgres_outbox(postgres::pool& pool, postgres_consumer& self) : postgres_outbox(pool, pool, self) {}

    awaitable<result<registration>> enter(const consumer_facts& as, context within) override;
    awaitable<result<bool>> open(const std::vector<std::string>& identities, context within) override;
    awaitable<result<void>> leave(milliseconds left, context within) override;
    awaitable<result<std::size_t>> deliver_pending(std::size_t most, delivery deliver,
                                                   context within) override;
    awaitable<result<bool>> admit(const std::string& identity, context within) override;
    awaitable<result<std::size_t>> forget(milliseconds retention, std::size_t most, context within) override;

 private:
    postgres::pool& pool_;
    postgres::pool& registrations_;
    postgres_consumer& self_;
};

}  // namespace weir
