// Writes the log's lines on a thread of its own, so that a reader of standard error that stalls holds up no
// request and no shutdown.
//
//     const log::writer lines;    // in `serve`, before any thread that logs
//
// Lines wait in a queue that is bounded in bytes. A line that finds no room is dropped and counted; once
// there is room again a line `log_lines_dropped` says how many were. Without a writer, a line is written by
// the thread that logs it: so the commands that end by themselves lose none.
//
// Owned by the one who starts the threads that log, and destroyed after the last of them has ended. One at a
// time in a process.
#pragma once

#include "weir/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

namespace weir::log {

class line_queue;

struct writer_options {
    int file = 2;                        // standard error
    std::size_t bytes_max = 512 * 1024;  // of the lines that wait or are being written: some 2,000
    milliseconds stop_timeout{1000};     // what a reader gets at the end to take what is queued
};

class writer {
 public:
    explicit writer(writer_options options = {});

    // Writes what is queued. Leaves it behind if the reader does not take it within the stop_timeout.
    ~writer();

    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

 private:
    const milliseconds stop_timeout_;
    std::shared_ptr<line_queue> queue_;  // shared with the thread, which a stalled reader may hold for ever
    std::thread thread_;
};

// Returns the number of lines that this process's writer has dropped, or 0 without a writer. May be called
// from any thread.
std::uint64_t lines_dropped();

}  // namespace weir::log
