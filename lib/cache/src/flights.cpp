#include "weir/cache/flights.hpp"

#include "weir/base/hash.hpp"

#include <cassert>

namespace weir {

awaitable<result<answer>> flight::wait(deadline until) {
    const bool has_landed = co_await landed_.wait(until);
    if (!has_landed) co_return errc::timeout;
    co_return outcome_;
}

flights::shard& flights::shard_of(const std::string& key) {
    return shards_[hash64(key) % shards_.size()];
}

flights::ticket flights::board(const std::string& key) {
    shard& s = shard_of(key);
    const std::lock_guard lock(s.mutex);
    slot& here = s.slots[key];
    if (!here.current) {
        here.current = std::make_shared<flight>(key);
        return {here.current, true, nullptr};
    }
    if (!here.current->has_departed_) return {here.current, false, nullptr};
    if (!here.next) {
        here.next = std::make_shared<flight>(key);
        return {here.next, true, here.current};
    }
    return {here.next, false, nullptr};
}

void flights::depart(const flight& f) {
    set_departed(f, true);
}
void flights::reopen(const flight& f) {
    set_departed(f, false);
}

void flights::set_departed(const flight& f, bool has_departed) {
    shard& s = shard_of(f.key());
    const std::lock_guard lock(s.mutex);
    const auto it = s.slots.find(f.key());
    assert(it != s.slots.end());
    assert(it->second.current.get() == &f && "a flight departs only after its predecessor has landed");
    it->second.current->has_departed_ = has_departed;
}

void flights::land(flight& f, result<answer> outcome) {
    shard& s = shard_of(f.key());
    {
        const std::lock_guard lock(s.mutex);
        const auto it = s.slots.find(f.key());
        assert(it != s.slots.end());
        slot& here = it->second;
        if (here.current.get() == &f) {
            here.current = std::move(here.next);
            here.next = nullptr;
            if (!here.current) s.slots.erase(it);
        } else {
            here.next = nullptr;  // gave up before its turn came
        }
    }
    f.outcome_ = std::move(outcome);
    f.landed_.set();
}

std::size_t flights::size() const {
    std::size_t total = 0;
    for (const shard& s : shards_) {
        const std::lock_guard lock(s.mutex);
        total += s.slots.size();
    }
    return total;
}

}  // namespace weir
