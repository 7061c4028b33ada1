#include "weir/cache/variant_queue.hpp"

#include "weir/base/log.hpp"

#include <cassert>
#include <exception>
#include <sys/resource.h>
#include <utility>

namespace weir {
namespace {

// Rejects a variant that saves less than a tenth: it is not worth its memory, nor the client's time to decode
// it.
bool is_smaller(std::string_view coded, std::string_view body) {
    return coded.size() < body.size() - body.size() / 10;
}

constexpr std::size_t allocation_overhead = 16;

std::size_t bytes_of(const variant& v) {
    return variants::element_bytes() + v.body.capacity() + v.head.capacity() + 3 * allocation_overhead;
}

}  // namespace

variant_queue::variant_queue(l1& of, const compression& how, variant_tools tools,
                             prometheus::Registry& registry)
    : l1_(of), how_(how), tools_(std::move(tools)) {
    auto& family = prometheus::BuildCounter()
                       .Name("weir_variants_total")
                       .Help("Bodies compressed for L1, by coding and outcome")
                       .Register(registry);
    constexpr std::array<const char*, outcomes> names = {"made", "not_smaller", "gone", "dropped", "failed"};
    for (const coding c : compressed_codings) {
        for (std::size_t i = 0; i < outcomes; ++i) {
            ended_[static_cast<std::size_t>(c)][i] =
                &family.Add({{"coding", std::string{name(c)}}, {"outcome", names[i]}});
        }
    }
    thread_ = std::thread([this] { run(); });
}

variant_queue::~variant_queue() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool variant_queue::claim(const entry& of, coding how) {
    if (!of.variants().is_unclaimed(how)) return false;
    if (expected_.load(std::memory_order_relaxed) >= waiting_max) {
        count(how, outcome::dropped);
        return false;
    }
    if (!of.variants().claim(how)) return false;
    expected_.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void variant_queue::add(resource_ptr what, std::string key, entry_ptr of, coding how) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back({std::move(what), std::move(key), std::move(of), how});
    }
    changed_.notify_one();
}

// Lowers its own priority: Linux gives each thread a nice value. On a machine whose cores are all serving
// this thread gets little time. Variants then come later, and no request waits for one.
void variant_queue::run() {
    constexpr int nice_of_background = 10;
    setpriority(PRIO_PROCESS, 0, nice_of_background);
    while (auto next = take()) {
        outcome ended = outcome::failed;
        try {
            ended = make(*next);
        } catch (const std::exception& e) {
            log::error("variant_failed",
                       {{"key", next->key}, {"coding", name(next->how)}, {"what", e.what()}});
        }
        if (ended != outcome::made) next->of->variants().give_up(next->how);
        count(next->how, ended);
    }
}

std::optional<variant_queue::wish> variant_queue::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (is_stopping_) return std::nullopt;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    assert(expected_.load(std::memory_order_relaxed) > 0);
    expected_.fetch_sub(1, std::memory_order_relaxed);
    return next;
}

// Charges L1 first, so that it never holds more than it has counted. An entry that leaves L1 in between keeps
// its variant, which is still right for the requests that hold the entry.
variant_queue::outcome variant_queue::make(const wish& w) {
    const entry& e = *w.of;
    if (!is_held(w)) return outcome::gone;
    variant made{.body = tools_.compress(w.how, e.body(), how_.level(w.how)),
                 .head = tools_.head_of(*w.what->cached, e, e.etag(), w.how)};
    if (!is_smaller(made.body, e.body())) return outcome::not_smaller;
    made.body.shrink_to_fit();
    if (!l1_.grow(w.key, w.of, bytes_of(made))) return outcome::gone;
    e.variants().fill(w.how, std::move(made));
    return outcome::made;
}

void variant_queue::count(coding how, outcome ended) {
    ended_[static_cast<std::size_t>(how)][static_cast<std::size_t>(ended)]->Increment();
}

}  // namespace weir
