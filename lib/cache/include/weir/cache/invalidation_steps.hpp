// The steps of an invalidation: L2, every node's L1 over the bus, and this node's own L1.
//
// With Redis an invalidation is L2 and then the fleet, which includes this node. Without it this node's L1 is
// all there is. The references outlive the steps; l1 and recent may be null.
#pragma once

#include "weir/cache/bus.hpp"
#include "weir/cache/invalidation.hpp"
#include "weir/cache/ports.hpp"

namespace weir {

// Deletes values, leases and the tags' versions from L2.
class l2_step final : public invalidation_step {
 public:
    // Makes a step. `timeout` bounds one command.
    l2_step(l2_store& l2, milliseconds timeout) : l2_(l2), timeout_(timeout) {}

    std::string_view name() const override { return "l2"; }
    awaitable<result<void>> run(const touched& names, context within) override;

 private:
    l2_store& l2_;
    milliseconds timeout_;
};

// Announces the names on the bus, and waits until every node has forgotten them.
class fleet_step final : public invalidation_step {
 public:
    explicit fleet_step(bus& fleet) : bus_(fleet) {}

    std::string_view name() const override { return "fleet"; }
    awaitable<result<void>> run(const touched& names, context within) override;

 private:
    bus& bus_;
};

// Makes this node forget. Cannot fail.
class local_step final : public invalidation_step {
 public:
    local_step(weir::coherence& coherence, weir::l1* l1, recent_invalidations* recent)
        : coherence_(coherence), l1_(l1), recent_(recent) {}

    std::string_view name() const override { return "local"; }
    awaitable<result<void>> run(const touched& names, context within) override;

 private:
    coherence& coherence_;
    l1* l1_;
    recent_invalidations* recent_;
};

}  // namespace weir
