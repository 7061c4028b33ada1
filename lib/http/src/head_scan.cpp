// Finds the end of a head, and refuses early what cannot become one. Declared in parser.hpp. Pure.
#include "weir/base/ascii.hpp"

#include "parser.hpp"

namespace weir::http {
namespace {

// Judges a request line by its end alone: "… HTTP/1.1". The parser judges the rest.
protocol_error judge_request_line(std::string_view line, std::size_t target_bytes_max) {
    constexpr std::size_t version_bytes = 9;  // " HTTP/1.1"
    if (line.size() < version_bytes) return {400, "the request line has no HTTP version"};
    const std::string_view version = line.substr(line.size() - version_bytes);
    if (!version.starts_with(" HTTP/") || !is_digit(version[6]) || version[7] != '.' ||
        !is_digit(version[8])) {
        return {400, "the request line has no HTTP version"};
    }
    if (version[6] != '1' || version[8] > '1')
        return {505, "this server supports HTTP/1.0 and HTTP/1.1 only"};
    const std::size_t method_end = line.find(' ');
    const std::size_t target_end = line.size() - version_bytes;
    if (method_end < target_end && target_end - method_end - 1 > target_bytes_max) {
        return {414, "the request target is too long"};
    }
    return {};
}

// Returns whether `c` can be a request's first byte. By the grammar a method may begin with any token
// character, in practice it begins with a letter. A TLS greeting does not.
bool can_begin_a_request(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\r' || c == '\n';
}

}  // namespace

bool head_scan::advance(std::string_view received) {
    while (!refused_) {
        const std::size_t end = received.find('\n', looked_at_);
        if (!has_request_line_ && line_begin_ < received.size() &&
            !can_begin_a_request(received[line_begin_])) {
            refused_ = {400, "this is not an HTTP request"};
            break;
        }
        if (end == std::string_view::npos) {
            looked_at_ = received.size();
            return false;
        }
        looked_at_ = end + 1;
        if (end == line_begin_ || received[end - 1] != '\r') {
            refused_ = {400, "every line of the head must end with CR LF"};
            break;
        }
        if (take_line(received.substr(line_begin_, end - 1 - line_begin_), end + 1)) return true;
    }
    return true;
}

// Returns whether this was the line that ends the head.
bool head_scan::take_line(std::string_view line, std::size_t next) {
    line_begin_ = next;
    if (!has_request_line_) {
        if (line.empty()) {
            begin_ = next;
            return false;
        }
        has_request_line_ = true;
        refused_ = judge_request_line(line, target_bytes_max_);
        return false;
    }
    if (line.empty()) return true;
    if (line.front() == ' ' || line.front() == '\t')
        refused_ = {400, "a header field is folded over two lines"};
    return false;
}

}  // namespace weir::http
