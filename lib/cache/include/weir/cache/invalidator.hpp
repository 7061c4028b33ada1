// One way to invalidate, for the write path, the relay and the manual refresh: from changed rows to names,
// from names to tiers. L2 first, then every node's L1: a node that forgot first could fill its L1 from L2
// again.
#pragma once

#include "weir/cache/bus.hpp"
#include "weir/cache/ports.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <vector>

namespace weir {

// All may be null but `heard`: without L2 there is no bus, and this is the only node.
struct invalidated_tiers {
    coherence& heard;
    l1* first = nullptr;
    l2_store* second = nullptr;
    bus* fleet = nullptr;
    recent_invalidations* recent = nullptr;
};

class invalidator {
 public:
    invalidator(const policy& declared, invalidated_tiers tiers, milliseconds l2_timeout,
                prometheus::Registry& registry);

    // What these rows touch. A column that gave no key, so that a whole resource goes, is counted and logged.
    touched touched_by(const std::vector<outbox_row>& rows);

    // Success means that no tier of any node holds these keys or anything under these tags, nor a lease or a
    // flight that would let an older value in. Idempotent.
    awaitable<result<void>> invalidate(const touched& names);

    // How long a committed write was visible in the database and not yet everywhere.
    enum class carrier { writer, relay };
    void observe_lag(carrier by, std::chrono::duration<double> lag);

 private:
    awaitable<result<void>> forget_everywhere(const touched& names);
    void note_refused(const refused_column& what);

    const policy& policy_;
    invalidated_tiers tiers_;
    milliseconds l2_timeout_;
    prometheus::Counter& done_;
    prometheus::Counter& failed_;
    prometheus::Family<prometheus::Counter>& refused_;
    std::map<refused_column, steady_clock::time_point> logged_;  // the last line of each
    prometheus::Histogram& writer_lag_;
    prometheus::Histogram& relay_lag_;
};

}  // namespace weir
