#include "weir/redis/pipeline.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::redis {

result<void> pipeline::add(std::string_view formatted, std::size_t count, time_point until, time_point now,
                           std::shared_ptr<waiter> caller) {
    assert(count > 0 && caller);
    if (pending_.size() + count > bounds_.pending_max) return errc::overloaded;
    if (unsent_.size() + bytes_being_sent_ + formatted.size() > bounds_.unsent_bytes_max)
        return errc::overloaded;
    unsent_ += formatted;
    const time_point verdict = std::max(until, now + bounds_.patience_min);
    for (std::size_t i = 0; i < count; ++i) pending_.push_back({until, verdict, caller});
    assert(pending_.size() <= bounds_.pending_max);
    return {};
}

std::string pipeline::take_unsent() {
    bytes_being_sent_ = unsent_.size();
    return std::exchange(unsent_, {});
}

result<void> pipeline::receive(std::string_view bytes) {
    reader_.feed(bytes);
    bool is_usable = true;
    while (true) {
        auto next = reader_.next();
        if (!next) return next.error();
        if (!*next) break;
        if (pending_.empty()) return errc::protocol;
        const awaited first = std::move(pending_.front());
        pending_.pop_front();
        const auto* no = (*next)->as<error_reply>();
        is_usable = is_usable && (no == nullptr || !refuses_writes(*no));
        if (first.caller) first.caller->complete(std::move(**next));
    }
    if (!is_usable) return errc::unavailable;
    return {};
}

result<void> pipeline::expire(time_point now) {
    bool is_dead = false;
    for (awaited& a : pending_) {
        if (a.caller && a.until <= now) {
            ++timeouts_;
            std::exchange(a.caller, nullptr)->complete(errc::timeout);
        }
        is_dead = is_dead || a.verdict <= now;
    }
    if (is_dead) return errc::timeout;
    return {};
}

std::optional<pipeline::time_point> pipeline::next_expiry() const {
    std::optional<time_point> earliest;
    for (const awaited& a : pending_) {
        const time_point at = a.caller ? a.until : a.verdict;
        earliest = std::min(at, earliest.value_or(at));
    }
    return earliest;
}

void pipeline::close(errc why) {
    for (awaited& a : std::exchange(pending_, {})) {
        if (a.caller) a.caller->complete(why);
    }
}

}  // namespace weir::redis
