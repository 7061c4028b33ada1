#include "weir/cache/explain.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir {
namespace {

using state = tier_view::state;

bool are_current(const std::vector<std::string>& versions, const explanation& now) {
    return std::equal(now.tags.begin(), now.tags.end(), versions.begin(), versions.end(),
                      [](const explanation::name& tag, const std::string& version) {
                          return !version.empty() && tag.version == version;
                      });
}

// Returns whether a GET would be answered with it while nothing fails.
bool may_be_served(const resource& what, const entry_facts& kept, unix_ms now) {
    const auto how = serving_of(kept, what.cached->ttl, now);
    return how == serving::fresh || how == serving::while_refreshing;
}

}  // namespace

tier_explainer::tier_explainer(std::string key_head, const weir::coherence& coherence, const weir::l1* l1,
                               l2_store* l2, const recent_invalidations& recent, milliseconds l2_timeout)
    : key_head_(std::move(key_head)),
      coherence_(coherence),
      l1_(l1),
      l2_(l2),
      recent_(recent),
      l2_timeout_(l2_timeout) {}

awaitable<explanation> tier_explainer::explain(const resource& what, std::vector<std::string> values) {
    explanation out;
    out.at = unix_now();
    out.key.text = what.cached->key.render(key_head_, values);
    out.key.invalidated = recent_.last(out.key.text);
    for (std::string& tag : tags_of(key_head_, what, values)) {
        const auto invalidated = recent_.last(tag);
        out.tags.push_back({.text = std::move(tag), .version = {}, .invalidated = invalidated});
    }
    co_await look_into_l2(what, out);
    look_into_l1(what, out);
    co_return out;
}

awaitable<void> tier_explainer::look_into_l2(const resource& what, explanation& out) {
    if (l2_ == nullptr) co_return;
    std::vector<std::string> tags;
    for (const auto& tag : out.tags) tags.push_back(tag.text);
    auto found = co_await l2_->get(out.key.text, tags, deadline::in(l2_timeout_));
    if (!found) {
        out.l2.what = state::unreachable;
        co_return;
    }
    assert(found->tag_versions.size() == out.tags.size());
    for (std::size_t i = 0; i < out.tags.size(); ++i) out.tags[i].version = found->tag_versions[i];
    out.l2.what = state::absent;
    if (!found->value) co_return;
    auto kept = decode(std::move(*found->value));
    const bool is_as_declared = kept && kept->definition == what.cached->definition;
    out.l2.what = !kept ? state::foreign : is_as_declared ? state::present : state::superseded;
    if (!is_as_declared) co_return;
    out.l2.are_tags_valid = are_current(kept->tag_versions, out);
    out.l2.is_served = out.l2.are_tags_valid && may_be_served(what, *kept, out.at);
    out.l2.content = entry::make(*kept);
    out.l2.tag_versions = std::move(kept->tag_versions);
}

void tier_explainer::look_into_l1(const resource& what, explanation& out) const {
    if (l1_ == nullptr) return;
    out.is_l1_trusted = coherence_.is_trusted(steady_clock::now());
    out.l1.content = l1_->peek(out.key.text, out.at);
    out.l1.what = out.l1.content ? state::present : state::absent;
    if (!out.l1.content) return;
    out.l1.are_tags_valid = true;  // peek() has looked at their epochs
    out.l1.is_served = out.is_l1_trusted && may_be_served(what, *out.l1.content, out.at);
    if (out.l1.is_served) out.l2.is_served = false;  // a request that L1 answers does not ask L2
}

}  // namespace weir
