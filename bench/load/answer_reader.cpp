#include "answer_reader.hpp"

#include <algorithm>
#include <charconv>

namespace weir::bench {
namespace {

std::size_t number(std::string_view text) {
    std::size_t value = 0;
    const auto digits = text.substr(std::min(text.find_first_not_of(' '), text.size()));
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

// Servers write it in one of two ways.
std::size_t content_length(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length:", "\r\ncontent-length:"}) {
        const auto at = head.find(name);
        if (at != head.npos) return number(head.substr(at + name.size()));
    }
    return 0;
}

}  // namespace

std::optional<int> answer_reader::take(std::string_view bytes) {
    if (!is_in_body_) {
        head_.append(bytes);
        if (!take_head()) return std::nullopt;
    } else {
        body_left_ -= std::min(body_left_, bytes.size());
    }
    if (body_left_ > 0) return std::nullopt;
    is_in_body_ = false;
    return status_;
}

bool answer_reader::take_head() {
    const auto end = head_.find("\r\n\r\n");
    if (end == head_.npos) return false;
    const std::string_view head{head_.data(), end};
    status_ = head.size() > 9 ? static_cast<int>(number(head.substr(9))) : 0;
    const bool has_body = status_ != 204 && status_ != 304;
    const std::size_t length = has_body ? content_length(head) : 0;
    body_left_ = length - std::min(length, head_.size() - end - 4);
    is_in_body_ = true;
    head_.clear();
    return true;
}

}  // namespace weir::bench
