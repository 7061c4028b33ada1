// While L2 is away no invalidation reaches this node, so L1 is off, and each answer is loaded after its
// request came. That is exact, and puts all of the traffic on the database but for what flights collapse. A
// resource that may rather be a moment old (degraded_ttl) is kept here for so long.
//
// That suspends the guarantee within that bound: a node that is cut off alone cannot know that others go on
// acknowledging writes. The time counts from the load's start, so whatever L1 holds is judged by it. What
// this node itself writes is forgotten as always.
#include "weir/cache/load_path.hpp"

#include <algorithm>
#include <utility>

namespace weir {

std::optional<answer> load_path::find_degraded(const cacheable& how, const std::string& key, unix_ms now) {
    const bool may_ask =
        how.degraded_ttl > milliseconds::zero() && tiers_.l1 != nullptr && l2_ != nullptr && l2_->is_away();
    if (!may_ask) return std::nullopt;
    auto content = tiers_.l1->find(key, now);
    if (!content || now >= content->load_start() + how.degraded_ttl) return std::nullopt;
    if (serving_of(*content, how.ttl, now) != serving::fresh) return std::nullopt;
    return answer{std::move(content),
                  {.from = provenance::source::hit, .where = provenance::tier::l1, .is_l2_down = true}};
}

// Keeps it with a life as short as it has here: that is what Cache-Status and max-age then say.
void load_path::keep_degraded(const flight_plan& about, entry_parts made) {
    if (about.cached().degraded_ttl == milliseconds::zero() || tiers_.l1 == nullptr) return;
    made.soft_expiry = made.hard_expiry =
        std::min(made.soft_expiry, made.load_start + about.cached().degraded_ttl);
    if (made.hard_expiry <= unix_now()) return;
    const std::string head = tiers_.head_of(about.cached(), made, made.etag, coding::identity);
    tiers_.l1->insert_untrusted(about.key(), made, head, about.own.noted());
}

}  // namespace weir
