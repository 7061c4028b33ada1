// Log lines on their way to the thread that writes them, bounded in bytes.
//
// Any thread pushes, and never waits for the reader: a line that finds no room is dropped and counted. One
// thread takes all lines at once. What it took keeps its room until it comes for more, so that the bound
// holds for both.
#pragma once

#include "weir/base/log.hpp"
#include "weir/base/time.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace weir::log {

class line_queue {
 public:
    struct batch {
        std::string lines;
        std::uint64_t dropped = 0;  // lines that were dropped after these
    };

    explicit line_queue(std::size_t bytes_max);

    // Adds a line, which ends with its line feed. May be called from any thread.
    void push(level severity, std::string_view line);

    // Counts lines that were taken and could not be written.
    void add_dropped(std::uint64_t lines);
    std::uint64_t dropped() const;

    // Waits for lines, and then a moment for others. Called by the writing thread. `buffer` is used for the
    // lines that come meanwhile. Returns nullopt once the queue is closed and everything was taken.
    std::optional<batch> take(std::string buffer);

    // Says that the writing thread has ended.
    void finish();

    // Closes the queue and waits for the writing thread. Returns false if it has not ended by then.
    bool close_and_wait(deadline until);

 private:
    bool is_empty() const { return waiting_.empty() && dropped_since_ == 0; }
    std::size_t room(level severity) const;

    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    std::condition_variable news_;      // for the writing thread
    std::condition_variable finished_;  // for the one who stops it
    std::string waiting_;               // whole lines
    std::size_t taken_bytes_ = 0;       // being written
    std::uint64_t dropped_ = 0;
    std::uint64_t dropped_since_ = 0;  // for want of room, since the last batch was taken
    bool is_urgent_ = false;
    bool is_closed_ = false;
    bool is_finished_ = false;
};

}  // namespace weir::log
