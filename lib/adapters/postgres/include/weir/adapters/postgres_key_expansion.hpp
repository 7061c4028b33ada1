// The key_expansion port on Postgres: one read-only REPEATABLE READ transaction on the primary, so that the
// owed rows and the answers are of one snapshot.
//
// One per process, on control's executor. A write or a delivery without a through-query never calls it.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/postgres/pool.hpp"

namespace weir {

class postgres_key_expansion final : public key_expansion {
 public:
    explicit postgres_key_expansion(postgres::pool& pool) : pool_(pool) {}

    awaitable<result<through_found>> expand(const policy& p, const std::vector<outbox_row>& rows,
                                            context within) override;

 private:
    postgres::pool& pool_;
};

}  // namespace weir
