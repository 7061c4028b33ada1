// One way to invalidate, for the write path, the relay and the manual refresh: from changed rows to deleted
// keys. (The bus and L1 join here: L2 first, then every node's L1.)
#pragma once

#include "weir/cache/ports.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <string>
#include <vector>

namespace weir {

class invalidator {
 public:
    // `l2` may be null: a single node without Redis, where nothing is stored and nothing is owed.
    invalidator(const policy& declared, l2_store* l2, milliseconds l2_timeout,
                prometheus::Registry& registry);

    std::vector<std::string> keys_of(const std::vector<outbox_row>& rows) const {
        return touched_keys(policy_, rows);
    }

    // Success means that no tier holds these keys, nor a lease that would let an older value in. Idempotent.
    awaitable<result<void>> invalidate(const std::vector<std::string>& keys);

 private:
    const policy& policy_;
    l2_store* l2_;
    milliseconds l2_timeout_;
    prometheus::Counter& deleted_;
    prometheus::Counter& failed_;
};

}  // namespace weir
