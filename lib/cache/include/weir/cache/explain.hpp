// Explains an answer to an operator: what each tier holds of it, and why it is or is not served. Only looks:
// nothing is loaded, stored, deleted or counted.
//
// One per process, on the control side's executor. When cancelled it ends with its one look into L2.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/cache/recent_invalidations.hpp"
#include "weir/l1/coherence.hpp"
#include "weir/l1/l1.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir {

struct tier_view {
    enum class state {
        off,          // there is no such tier
        unreachable,  // L2 did not answer
        absent,       // it has nothing under the key; of L1 also: nothing that it may still serve
        foreign,      // bytes that are not an entry of this version; the next read deletes them
        superseded,   // an entry of another definition of the resource; the next read deletes it
        present,
    };
    state what = state::off;
    entry_ptr content;            // when present
    bool are_tags_valid = false;  // when present: none of its tags was invalidated since
    bool is_served = false;       // whether a GET at this moment would be answered with it
    std::optional<std::vector<std::string>> tag_versions{};  // of an entry in L2; L1 goes by epochs
};

struct explanation {
    struct name {
        std::string text;                    // as L2 knows it
        std::optional<std::string> version;  // of a tag; nullopt: it has none, or L2 did not answer
        std::optional<unix_ms> invalidated;  // when this node last learnt so; nullopt: not for a long time
    };
    name key;
    std::vector<name> tags;  // the resource's own first
    bool is_l1_trusted = false;
    tier_view l1;
    tier_view l2;
    unix_ms at{};
};

// What the API calls. `what` is cached and outlives the call. `values` are normalised and in its order.
class explainer {
 public:
    virtual ~explainer() = default;
    virtual awaitable<explanation> explain(const resource& what, std::vector<std::string> values) = 0;
};

class tier_explainer final : public explainer {
 public:
    // Makes an explainer. `l1` and `l2` may be null. All outlive it.
    tier_explainer(std::string key_head, const weir::coherence& coherence, const weir::l1* l1, l2_store* l2,
                   const recent_invalidations& recent, milliseconds l2_timeout);

    awaitable<explanation> explain(const resource& what, std::vector<std::string> values) override;

 private:
    awaitable<void> look_into_l2(const resource& what, explanation& out);
    void look_into_l1(const resource& what, explanation& out) const;

    const std::string key_head_;
    const coherence& coherence_;
    const l1* l1_;
    l2_store* l2_;
    const recent_invalidations& recent_;
    milliseconds l2_timeout_;
};

}  // namespace weir
