// Makes compressed variants of the entries in L1, behind the requests that wanted them.
//
// One per process, with one thread of its own, which gives way to all others. A worker that serves an entry
// without the coding that the client prefers calls claim() and then add(), and serves the entry as it is. The
// queue is bounded: a wish that finds no room is dropped, and a later request has it again.
//
// Each variant is made once for each entry and is charged to L1's budget. It belongs to the entry: it is
// never served under another body's key. What makes the entry unservable (an invalidation, its expiry, lost
// trust) makes the variant unservable too.
//
// The destructor finishes the variant that is being made and drops the waiting wishes.
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

// How to make a variant. The API has the functions, since it knows the codings and the heads.
struct variant_tools {
    // Returns the body in a coding, compressed at a level.
    std::function<std::string(coding, std::string_view, int)> compress;
    // Returns the constant part of the head of an answer with that variant.
    std::function<std::string(const cacheable&, const entry_facts&, std::string_view etag, coding)> head_of;
};

class variant_queue {
 public:
    static constexpr std::size_t waiting_max = 256;

    // Makes a queue. `of` outlives it. Counts weir_variants_total{coding,outcome}.
    variant_queue(l1& of, const compression& how, variant_tools tools, prometheus::Registry& registry);
    ~variant_queue();
    variant_queue(const variant_queue&) = delete;
    variant_queue& operator=(const variant_queue&) = delete;

    // Returns true if the caller must add() this wish: it is the first one, and there is room. Any thread.
    // Called for each hit whose variant is missing, so it takes no lock, and allocates only the first time.
    bool claim(const entry& of, coding how);

    // Adds a wish that claim() has accepted. `key` is the entry's key in L1. Any thread.
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
    bool is_held(const wish& w) const { return l1_.peek(w.key, unix_now()) == w.of; }
    void count(coding how, outcome ended);

    l1& l1_;
    const compression how_;
    const variant_tools tools_;
    std::array<std::array<prometheus::Counter*, outcomes>, compressed_codings.size()> ended_{};

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<wish> waiting_;  // guarded by mutex_, like the next one
    bool is_stopping_ = false;
    std::atomic<std::size_t> expected_{0};  // waiting_.size(), and wishes claimed and not added yet
    std::thread thread_;
};

}  // namespace weir
