#include "weir/cache/other_consumers.hpp"

#include "weir/async/task.hpp"
#include "weir/base/fault.hpp"
#include "weir/base/log.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace weir {
namespace {

prometheus::Family<prometheus::Counter>& waits_total(prometheus::Registry& registry) {
    return prometheus::BuildCounter()
        .Name("weir_consumer_waits_total")
        .Help("Writes that waited for other consumers; missed: one of them was lagging, the write is pending")
        .Register(registry);
}

}  // namespace

other_consumers::other_consumers(boost::asio::any_io_executor executor, milliseconds patience,
                                 write_store& store, const consumer& self, prometheus::Registry& registry)
    : executor_(std::move(executor)),
      patience_(patience),
      store_(store),
      self_(self),
      marked_(waits_total(registry).Add({{"outcome", "marked"}})),
      missed_(waits_total(registry).Add({{"outcome", "missed"}})) {}

awaitable<bool> other_consumers::wait(const std::vector<outbox_row>& rows) {
    if (self_.is_alone(steady_clock::now()) || fault("one_consumer")) co_return true;
    const auto own = std::make_shared<waiter>();
    for (const outbox_row& row : rows) own->rows.push_back(row.id);
    own->until = deadline::in(patience_);
    waiting_.push_back(own);
    if (!std::exchange(is_watching_, true)) start(executor_, "marks", watch());
    co_await own->concluded.wait(deadline::in(10 * patience_));
    co_return own->have_all_marked;
}

// Asks until no write waits. Whatever ends it, the next write must find that none is under way, and no write
// may go on waiting.
awaitable<void> other_consumers::watch() {
    try {
        co_await ask_while_waited_for();
    } catch (...) {
        is_watching_ = false;
        end_all();
        throw;
    }
    is_watching_ = false;
}

// Asks again and again, less and less often, while writes wait. A mark usually comes within milliseconds.
awaitable<void> other_consumers::ask_while_waited_for() {
    milliseconds rest{1};
    while (!waiting_.empty()) {
        const waiters asked = waiting_;
        std::vector<std::int64_t> rows;
        for (const auto& one : asked) rows.insert(rows.end(), one->rows.begin(), one->rows.end());
        for (const auto& [consumer, row] : lagging_) rows.push_back(row);
        const auto missing = co_await store_.missing_marks(rows, deadline::in(patience_));
        if (missing) {
            conclude(asked, *missing);
        } else {
            log::warn("marks_unknown", {{"writes", asked.size()}, {"why", missing.error().message()}});
            for (const auto& one : asked) end(one, false);
        }
        if (waiting_.empty()) break;
        co_await sleep_for(rest);
        rest = std::min(rest * 2, milliseconds{20});
    }
}

void other_consumers::conclude(const waiters& asked, const std::vector<missing_mark>& missing) {
    std::map<std::int64_t, std::set<int>> owing;
    for (const missing_mark& m : missing) owing[m.outbox_id].insert(m.consumer);
    std::erase_if(lagging_, [&](const auto& late) {
        const auto found = owing.find(late.second);
        return found == owing.end() || found->second.count(late.first) == 0;
    });
    for (const auto& one : asked) {
        bool is_missing = false;
        bool is_hopeless = one->until.passed();
        for (const auto row : one->rows) {
            const auto found = owing.find(row);
            if (found == owing.end()) continue;
            is_missing = true;
            for (const int consumer : found->second) {
                is_hopeless = is_hopeless || lagging_.count(consumer) != 0;
                if (one->until.passed()) lagging_[consumer] = row;
            }
        }
        if (!is_missing) end(one, true);
        if (is_missing && is_hopeless) end(one, false);
    }
}

// Ends every wait, as if the database could not be asked.
void other_consumers::end_all() {
    const waiters asked = waiting_;
    for (const auto& one : asked) end(one, false);
}

void other_consumers::end(const std::shared_ptr<waiter>& one, bool have_all_marked) {
    one->have_all_marked = have_all_marked;
    (have_all_marked ? marked_ : missed_).Increment();
    std::erase(waiting_, one);
    one->concluded.set();
}

}  // namespace weir
