#include "error_reply_log.hpp"

#include "weir/base/log.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace weir::redis {
namespace {

constexpr std::size_t kinds_max = 32;
constexpr auto interval = seconds{10};

}  // namespace

result<reply> error_reply_log::accept(reply r, client_stats& counts) {
    const auto* no = r.as<error_reply>();
    if (no == nullptr) return r;
    counts.error_replies.fetch_add(1, std::memory_order_relaxed);
    write(*no);
    return to_errc(*no);
}

// Logs an error reply. Redis repeats arguments only if it does not know a command; those are cut off.
void error_reply_log::write(const error_reply& r) {
    if (records_.size() >= kinds_max) records_.clear();
    record& known = records_[std::string(r.kind())];
    const auto now = steady_clock::now();
    if (now < known.quiet_until) {
        ++known.suppressed;
        return;
    }
    known.quiet_until = now + interval;
    const auto suppressed = std::exchange(known.suppressed, 0);
    const std::string message = r.text.substr(0, std::min<std::size_t>(r.text.find(", with args"), 200));
    log::warn("redis_refused", {{"kind", r.kind()}, {"message", message}, {"suppressed", suppressed}});
}

}  // namespace weir::redis
