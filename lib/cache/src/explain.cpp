#include "weir/cache/explain.hpp"

#include <algorithm>
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

// By a GET that has no error to stand in for.
bool may_be_served(const resource& what, const entry_facts& kept, unix_ms now) {
    const auto how = serving_of(kept, what.cached->ttl, now);
    return how == serving::fresh || how == serving::while_refreshing;
}

}  // namespace

tier_explainer::tier_explainer(const policy& declared, const coherence& heard, const l1* first,
                               l2_store* second, const recent_invalidations& recent, milliseconds l2_timeout)
    : policy_(declared),
      coherence_(heard),
      first_(first),
      second_(second),
      recent_(recent),
      l2_timeout_(l2_timeout) {}

awaitable<explanation> tier_explainer::explain(const resource& what, std::vector<std::string> values) {
    explanation out;
    out.at = unix_now();
    out.key.text = what.cached->key.render(policy_.key_head(), values);
    out.key.invalidated = recent_.last(out.key.text);
    for (std::string& tag : tags_of(policy_.key_head(), what, values)) {
        const auto invalidated = recent_.last(tag);
        out.tags.push_back({.text = std::move(tag), .version = {}, .invalidated = invalidated});
    }
    co_await look_into_l2(what, out);
    look_into_l1(what, out);
    co_return out;
}

awaitable<void> tier_explainer::look_into_l2(const resource& what, explanation& out) {
    if (second_ == nullptr) co_return;
    std::vector<std::string> tags;
    for (const auto& tag : out.tags) tags.push_back(tag.text);
    auto found = co_await second_->get(out.key.text, tags, deadline::in(l2_timeout_));
    if (!found) {
        out.second.what = state::unreachable;
        co_return;
    }
    for (std::size_t i = 0; i < out.tags.size(); ++i) out.tags[i].version = found->tag_versions[i];
    out.second.what = state::absent;
    if (!found->value) co_return;
    auto kept = decode(std::move(*found->value));
    out.second.what = kept ? state::present : state::foreign;
    if (!kept) co_return;
    out.second.are_tags_valid = are_current(kept->tag_versions, out);
    out.second.is_served = out.second.are_tags_valid && may_be_served(what, *kept, out.at);
    out.second.content = entry::make(*kept);
    out.second.tag_versions = std::move(kept->tag_versions);
}

void tier_explainer::look_into_l1(const resource& what, explanation& out) const {
    if (first_ == nullptr) return;
    out.is_l1_trusted = coherence_.is_trusted(steady_clock::now());
    out.first.content = first_->peek(out.key.text, out.at);
    out.first.what = out.first.content ? state::present : state::absent;
    if (!out.first.content) return;
    out.first.are_tags_valid = true;  // peek() has looked at their epochs
    out.first.is_served = out.is_l1_trusted && may_be_served(what, *out.first.content, out.at);
    if (out.first.is_served) out.second.is_served = false;  // nobody would ask it
}

}  // namespace weir
