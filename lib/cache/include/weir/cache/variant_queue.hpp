// Makes the coded forms of what L1 holds, behind the requests that wanted them.
//
// One per process, with one thread of its own, which gives way to all others. Whoever serves an entry and
// finds that the coding its client would like is not there calls claim() and then add(), and serves what
// there is. The queue is bounded: what finds no place is wanted again by a later request. Each variant is
// made once for each entry, is charged to L1's budget, and belongs to the entry: it is never served with
// another body's key, and what makes the entry unservable (an invalidation, its expiry, lost trust) makes the
// variant so.
//
// On destruction what is being made is finished and what waits is forgotten.
#pragma once

#include "weir/base/time.hpp"
#include "weir/l1/entry.hpp"
#include "weir/l1/l1.hpp"
#include "weir/policy/coding.hpp"
#include "weir/policy/policy.hpp"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace weir {

// What making a variant takes, in the words of those who know how.
struct variant_tools {
    // The body in a coding at a level.
    std::function<std::string(coding, std::string_view, int)> compress;
    // The constant part of the head of an answer with that variant.
    std::function<std::string(const cacheable&, const entry_facts&, std::string_view etag, coding)> head_of;
};

class variant_queue {
 public:
    static constexpr std::size_t waiting_max = 256;

    // `keeps` and the resources outlive it. Counts weir_variants_total{coding,outcome}.
    variant_queue(l1& keeps, const compression& how, variant_tools tools, prometheus::Registry& registry);
    ~variant_queue();
    variant_queue(const variant_queue&) = delete;
    variant_queue& operator=(const variant_queue&) = delete;

    // Whether the caller is to add this wish: it is the first to have it, and there is room. Any thread; what
    // is asked on a hit whose variant is missing, so it takes no lock and, but for the first time, no memory.
    bool claim(const entry& of, coding how);

    // After claim(). `key` is what L1 holds it under. Any thread.
    void add(resource_ptr what, std::string key, entry_ptr of, coding how);

 private:
    struct wish {
        resource_ptr what;
        std::string key;
        entry_ptr of;
        coding how;
    };
    enum class outcome { made, not_smaller, gone, dropped, failed };
    static constexpr std::size_t outcomes = 5;

    void run();
    std::optional<wish> take();
    outcome make(const wish& w);
    bool is_held(const wish& w) const { return keeps_.peek(w.key, unix_now()) == w.of; }
    void count(coding how, outcome ended);

    l1& keeps_;
    const compression how_;
    const variant_tools tools_;
    std::array<std::array<prometheus::Counter*, outcomes>, compressed_codings.size()> ended_{};

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<wish> waiting_;  // guarded by mutex_, as the next one
    bool is_stopping_ = false;
    std::atomic<std::size_t> expected_{0};  // waiting_.size(), and those who claimed and have not added yet
    std::thread thread_;
};

}  // namespace weir
