// While L2 is away nobody tells this node of writes, so L1 is off, and each answer is loaded after its
// request came: exact, and all of the traffic on the database but for what flights collapse. A resource that
// would rather be a moment old than that (degraded_ttl) is kept here for so long.
//
// That suspends the guarantee, within that bound: a node that is cut off alone cannot know that others go on
// acknowledging writes. It counts from the load's start, so whatever L1 holds is judged by it, and what this
// node itself writes is forgotten as ever.
#include "weir/cache/read_path.hpp"

#include <algorithm>
#include <utility>

namespace weir {

std::optional<answer> read_path::find_degraded(const resource& what, const std::string& key, unix_ms now) {
    const bool may_ask = what.cached->degraded_ttl > milliseconds::zero() && tiers_.first != nullptr &&
                         l2_ != nullptr && l2_->is_away();
    if (!may_ask) return std::nullopt;
    auto content = tiers_.first->find(key, now);
    if (!content || now >= content->load_start() + what.cached->degraded_ttl) return std::nullopt;
    if (serving_of(*content, what.cached->ttl, now) != serving::fresh) return std::nullopt;
    return answer{std::move(content),
                  {.from = provenance::source::hit, .where = tier::l1, .is_l2_down = true}};
}

// With a life as short as it has here: that is what Cache-Status and max-age then say.
void read_path::keep_degraded(const request& about, entry_parts made) {
    if (about.cached().degraded_ttl == milliseconds::zero() || tiers_.first == nullptr) return;
    made.soft_expiry = made.hard_expiry =
        std::min(made.soft_expiry, made.load_start + about.cached().degraded_ttl);
    if (made.hard_expiry <= unix_now()) return;
    const std::string head = tiers_.head_of(about.cached(), made, made.etag, coding::identity);
    tiers_.first->insert_untrusted(about.key(), made, head, about.own.noted());
}

}  // namespace weir
