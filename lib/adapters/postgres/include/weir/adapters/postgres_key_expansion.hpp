// The key_expansion port on Postgres: one read-only REPEATABLE READ transaction on the primary, so that the
// owed rows and the answers are of one snapshot.
//
// One per process, on control's executor. A write or a delivery without a through-query never calls it.
#pragma once

#include "weir/adapters/postgres_consumer.hpp"
#include "weir/cache/ports.hpp"
#include "weir/postgres/pool.hpp"

namespace weir {

class postgres_key_expansion final : public key_expansion {
 public:
    // Makes an expansion over the rows that are owed to the consumer `self`, which outlives it.
    postgres_key_expansion(postgres::pool& pool, const postgres_consumer& self) : pool_(pool), self_(self) {}

    awaitable<result<through_found>> expand(const policy& p, const std::vector<outbox_row>& rows,
                                            context within) override;

 private:
    postgres::pool& pool_;
    const postgres_consumer& self_;
};

}  // namespace weir
