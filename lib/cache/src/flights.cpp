#include "weir/cache/flights.hpp"

#include "weir/base/hash.hpp"

#include <cassert>

namespace weir {

flights::shard& flights::shard_of(const std::string& key) {
    return shards_[hash64(key) % shards_.size()];
}

bool flights::takes_requests(const flight& f) const {
    if (!f.is_reading_) return true;
    return coherence_.is_trusted(steady_clock::now()) && coherence_.is_current(f.noted_);
}

flights::ticket flights::join(const std::string& key, const std::function<std::vector<std::string>()>& tags) {
    shard& s = shard_of(key);
    const std::lock_guard lock(s.mutex);
    slot& here = s.slots[key];
    if (!here.current) {
        here.current = std::make_shared<flight>(key, tags());
        return {here.current, true, nullptr};
    }
    if (takes_requests(*here.current)) return {here.current, false, nullptr};
    if (!here.next) {
        here.next = std::make_shared<flight>(key, tags());
        return {here.next, true, here.current};
    }
    return {here.next, false, nullptr};
}

flight& flights::current_of([[maybe_unused]] const flight& f, shard& s) {
    const auto it = s.slots.find(f.key());
    assert(it != s.slots.end());
    assert(it->second.current.get() == &f && "a flight reads only after its predecessor is complete");
    return *it->second.current;
}

void flights::begin_read(flight& f) {
    shard& s = shard_of(f.key());
    const std::lock_guard lock(s.mutex);
    flight& here = f.is_refresh_ ? f : current_of(f, s);
    here.is_reading_ = true;
    here.noted_ = coherence_.take(here.key_, here.tags_);
}

void flights::reopen(flight& f) {
    if (f.is_refresh_) return;
    shard& s = shard_of(f.key());
    const std::lock_guard lock(s.mutex);
    current_of(f, s).is_reading_ = false;
}

void flights::complete(flight& f, result<answer> outcome) {
    if (!f.is_refresh_) {
        shard& s = shard_of(f.key());
        const std::lock_guard lock(s.mutex);
        const auto it = s.slots.find(f.key());
        assert(it != s.slots.end() && "a flight completes once");
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
    f.completed_.set();
}

std::shared_ptr<flight> flights::begin_refresh(const std::string& key,
                                               const std::function<std::vector<std::string>()>& tags) {
    shard& s = shard_of(key);
    const std::lock_guard lock(s.mutex);
    std::shared_ptr<flight>& refresh = s.refreshes[key];
    if (refresh) return nullptr;
    refresh = std::make_shared<flight>(key, tags());
    refresh->is_refresh_ = true;
    return refresh;
}

void flights::retire(const flight& refresh) {
    shard& s = shard_of(refresh.key());
    const std::lock_guard lock(s.mutex);
    s.refreshes.erase(refresh.key());
}

std::shared_ptr<flight> flights::refresh_of(const std::string& key) {
    shard& s = shard_of(key);
    const std::lock_guard lock(s.mutex);
    const auto it = s.refreshes.find(key);
    return it == s.refreshes.end() ? nullptr : it->second;
}

std::size_t flights::size() const {
    std::size_t total = 0;
    for (const shard& s : shards_) {
        const std::lock_guard lock(s.mutex);
        total += s.slots.size() + s.refreshes.size();
    }
    return total;
}

}  // namespace weir
