#include "weir/cache/invalidator.hpp"

namespace weir {
namespace {

prometheus::Family<prometheus::Counter>& keys_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_invalidated_keys_total")
        .Help(
            "Keys invalidated after a write, by the relay or by hand; failed: L2 could not be reached, still "
            "owed")
        .Register(registry);
}

}  // namespace

invalidator::invalidator(const policy& declared, l2_store* l2, milliseconds l2_timeout,
                         prometheus::Registry& registry)
    : policy_(declared),
      l2_(l2),
      l2_timeout_(l2_timeout),
      deleted_(keys_total(registry).Add({{"outcome", "deleted"}})),
      failed_(keys_total(registry).Add({{"outcome", "failed"}})) {}

awaitable<result<void>> invalidator::invalidate(const std::vector<std::string>& keys) {
    if (keys.empty() || !l2_) co_return result<void>{};
    // One command's time for each thousand keys: a statement may have changed every row of a table.
    const auto timeout = l2_timeout_ * static_cast<milliseconds::rep>(1 + keys.size() / 1000);
    const auto deleted = co_await l2_->invalidate(keys, deadline::in(timeout));
    (deleted ? deleted_ : failed_).Increment(static_cast<double>(keys.size()));
    co_return deleted;
}

}  // namespace weir
