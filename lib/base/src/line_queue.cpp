#include "line_queue.hpp"

#include <algorithm>
#include <utility>

namespace weir::log {
namespace {

// Waking a thread costs a request more than adding its line. So the writing thread lets lines gather for a
// moment, and a busy service wakes it a thousand times a second and not for every line.
constexpr milliseconds gathering_time{1};
constexpr std::size_t gathering_bytes_max = 64 * 1024;

}  // namespace

line_queue::line_queue(std::size_t bytes_max) : bytes_max_(bytes_max) {
    waiting_.reserve(bytes_max);
}

// Access lines come by the thousand; they must not take the last room from a warning.
std::size_t line_queue::room(level severity) const {
    const std::size_t bound = severity < level::warn ? bytes_max_ - bytes_max_ / 8 : bytes_max_;
    return bound - std::min(bound, waiting_.size() + taken_bytes_);
}

void line_queue::push(level severity, std::string_view line) {
    const bool is_urgent = severity >= level::warn;
    bool wakes = false;
    {
        const std::lock_guard lock(mutex_);
        if (line.size() > room(severity)) {
            ++dropped_;
            ++dropped_since_;
            return;  // the writing thread is busy, or it would have made room
        }
        const std::size_t before = waiting_.size();
        waiting_ += line;
        wakes = before == 0 || (is_urgent && !is_urgent_) ||
                (before < gathering_bytes_max && waiting_.size() >= gathering_bytes_max);
        is_urgent_ = is_urgent_ || is_urgent;
    }
    if (wakes) news_.notify_one();
}

void line_queue::add_dropped(std::uint64_t lines) {
    const std::lock_guard lock(mutex_);
    dropped_ += lines;
}

std::uint64_t line_queue::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

std::optional<line_queue::batch> line_queue::take(std::string buffer) {
    buffer.clear();
    std::unique_lock lock(mutex_);
    taken_bytes_ = 0;
    news_.wait(lock, [this] { return is_closed_ || !is_empty(); });
    news_.wait_for(lock, gathering_time, [this] {
        return is_closed_ || is_urgent_ || dropped_since_ > 0 || waiting_.size() >= gathering_bytes_max;
    });
    if (is_empty()) return std::nullopt;
    std::swap(buffer, waiting_);
    taken_bytes_ = buffer.size();
    is_urgent_ = false;
    return batch{.lines = std::move(buffer), .dropped = std::exchange(dropped_since_, 0)};
}

void line_queue::finish() {
    const std::lock_guard lock(mutex_);
    is_finished_ = true;
    finished_.notify_all();
}

bool line_queue::close_and_wait(deadline until) {
    std::unique_lock lock(mutex_);
    is_closed_ = true;
    news_.notify_all();
    return finished_.wait_until(lock, until.at(), [this] { return is_finished_; });
}

}  // namespace weir::log
