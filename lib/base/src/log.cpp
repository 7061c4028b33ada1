#include "weir/base/log.hpp"

#include "weir/base/log_writer.hpp"

#include "line_queue.hpp"
#include "log_line.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <unistd.h>

namespace weir::log {
namespace {

std::atomic<level> minimum{level::info};
std::atomic<line_queue*> queue{nullptr};  // the writer's, while there is one
std::mutex at_once;                       // one line at a time where there is no writer

}  // namespace

bool is_wanted(level severity) {
    return severity >= minimum.load(std::memory_order_relaxed);
}

void send_to(line_queue* to) {
    queue.store(to, std::memory_order_release);
}

void set_level(level least) {
    minimum.store(least, std::memory_order_relaxed);
}

void write(level severity, std::string_view event, std::initializer_list<field> fields) {
    if (!is_wanted(severity)) return;
    thread_local std::string line;  // keeps its memory from line to line
    line.clear();
    append_line(line, severity, event, fields);
    if (line_queue* to = queue.load(std::memory_order_acquire)) return to->push(severity, line);
    const std::lock_guard lock(at_once);
    write_all(STDERR_FILENO, line);
}

std::uint64_t lines_dropped() {
    const line_queue* from = queue.load(std::memory_order_acquire);
    return from ? from->dropped() : 0;
}

}  // namespace weir::log
