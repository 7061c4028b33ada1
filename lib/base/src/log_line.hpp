// The text of one log line: a JSON object and its line feed.
#pragma once

#include "weir/base/log.hpp"

#include <string>

namespace weir::log {

class line_queue;

bool is_wanted(level severity);

// Sends lines to this queue from now on. With null each thread writes its lines to standard error.
void send_to(line_queue* to);

// Appends a whole line, stamped with the wall clock's time.
void append_line(std::string& out, level severity, std::string_view event,
                 std::initializer_list<field> fields);

// Writes all of it, waiting for the reader as long as it takes. False after an error.
bool write_all(int file, std::string_view text);

}  // namespace weir::log
