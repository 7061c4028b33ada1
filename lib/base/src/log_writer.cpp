#include "weir/base/log_writer.hpp"

#include "line_queue.hpp"
#include "log_line.hpp"

#include <climits>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace weir::log {
namespace {

// Returns as many whole lines as a pipe takes at once or not at all, so that lines of several processes do
// not mix; or one longer line.
std::string_view first_piece(std::string_view lines) {
    if (lines.size() <= PIPE_BUF) return lines;
    const auto last = lines.rfind('\n', PIPE_BUF - 1);
    return lines.substr(0, (last == std::string_view::npos ? lines.find('\n') : last) + 1);
}

// Returns how many lines could not be written.
std::uint64_t write_lines(int file, std::string_view lines) {
    std::uint64_t lost = 0;
    while (!lines.empty()) {
        const std::string_view piece = first_piece(lines);
        if (!write_all(file, piece)) {
            lost += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
        }
        lines.remove_prefix(piece.size());
    }
    return lost;
}

// Writes how many lines were dropped. Returns false if the file refuses this line too; then it is still owed.
bool tell_dropped(int file, std::uint64_t lines) {
    if (!is_wanted(level::warn)) return true;
    std::string line;
    append_line(line, level::warn, "log_lines_dropped", {{"lines", lines}});
    return write_all(file, line);
}

void write_until_closed(const std::shared_ptr<line_queue>& queue, int file, std::size_t bytes_max) {
    std::uint64_t untold = 0;  // dropped lines that the log does not mention yet
    std::string buffer;
    buffer.reserve(bytes_max);
    while (auto taken = queue->take(std::move(buffer))) {
        const std::uint64_t lost = write_lines(file, taken->lines);
        if (lost > 0) queue->add_dropped(lost);
        untold += taken->dropped + lost;
        if (untold > 0 && tell_dropped(file, untold)) untold = 0;
        buffer = std::move(taken->lines);
    }
    queue->finish();
}

}  // namespace

writer::writer(writer_options options)
    : stop_timeout_(options.stop_timeout),
      queue_(std::make_shared<line_queue>(options.bytes_max)),
      thread_([queue = queue_, options] { write_until_closed(queue, options.file, options.bytes_max); }) {
    send_to(queue_.get());
}

writer::~writer() {
    send_to(nullptr);
    if (queue_->close_and_wait(deadline::in(stop_timeout_))) {
        thread_.join();
    } else {
        thread_.detach();  // it waits for the reader; the end of the process ends it
    }
}

}  // namespace weir::log
