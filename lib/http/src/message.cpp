#include "message.hpp"

#include "plain_head.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::http {
namespace {

constexpr std::size_t buffer_bytes_first = 2048;  // most requests never need more

// Kept free behind every head for the body's raw bytes, so that reading those never moves the head. It also
// bounds a chunk's size line and the trailers.
constexpr std::size_t body_window_bytes = 1024;

constexpr std::size_t body_bytes_kept = 4096;  // of memory, between requests

}  // namespace

message::message(const listener_limits& allowed) : allowed_(allowed), scan_(allowed.target_bytes_max) {}

std::span<char> message::space() {
    assert(begin_ <= end_ && end_ <= buffer_.size() && (!has_head() || (begin_ < taken_ && taken_ <= end_)));
    if (parser_) {
        // In the body: what the parser has taken is free again.
        if (taken_ > head_end_) {
            std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(taken_),
                      buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
                      buffer_.begin() + static_cast<std::ptrdiff_t>(head_end_));
            end_ -= taken_ - head_end_;
            taken_ = head_end_;
        }
    } else if (end_ == buffer_.size()) {
        make_room();
    }
    return std::span{buffer_}.subspan(end_);
}

void message::compact() {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
}

void message::make_room() {
    if (begin_ > 0) return compact();
    const std::size_t most = allowed_.header_bytes_max + body_window_bytes;
    buffer_.resize(std::min(most, std::max(buffer_bytes_first, buffer_.size() * 2)));
}

progress message::refuse(protocol_error why) {
    refused_ = why;
    return progress::refused;
}

progress message::head() {
    if (refused_) return progress::refused;
    if (has_head() || take_plain_head()) return progress::ready;
    const bool is_over = scan_.advance(held());
    if (is_over && scan_.refused()) return refuse(scan_.refused());
    if (is_over ? scan_.end() > allowed_.header_bytes_max : end_ - begin_ >= allowed_.header_bytes_max) {
        return scan_.has_request_line() ? refuse({431, "the header fields are too large"})
                                        : refuse({414, "the request target is too long"});
    }
    if (!is_over) return progress::needs_more;
    take_head(scan_.end());
    return refused_ ? progress::refused : progress::ready;
}

// Takes a plain head that is complete. Tries once for each head, so that a head that arrives byte by byte is
// not parsed again and again.
bool message::take_plain_head() {
    if (scan_.has_begun() || begin_ == end_) return false;
    const std::size_t bytes = read_plain_head(held(), allowed_, request_);
    if (bytes == 0) {
        request_ = {};
        return false;
    }
    is_plain_ = true;
    head_end_ = taken_ = begin_ + bytes;
    return true;
}

void message::take_head(std::size_t head_bytes) {
    if (buffer_.size() - begin_ - head_bytes < body_window_bytes) {
        compact();
        if (buffer_.size() - head_bytes < body_window_bytes) make_room();
    }
    assert(buffer_.size() - begin_ - head_bytes >=
           body_window_bytes);  // so that the head need not move again
    parser_.emplace(request_, body_, allowed_.body_bytes_max);
    head_end_ = taken_ = begin_ + head_bytes;
    parser_->head(held().substr(scan_.skipped(), head_bytes - scan_.skipped()));
    refused_ = parser_->refused();
}

progress message::body() {
    if (refused_) return progress::refused;
    assert(has_head());
    if (is_plain_) return progress::ready;
    if (!parser_->is_complete()) {
        if (parser_->is_too_large()) return refuse({413, "the body is too large"});
        taken_ += parser_->more({buffer_.data() + taken_, end_ - taken_});
        if (parser_->refused()) return refuse(parser_->refused());
        if (!parser_->is_complete()) {
            // A size line or trailers that do not fit the window belong to no well-formed body.
            const bool is_stuck = end_ - taken_ >= body_window_bytes;
            return is_stuck ? refuse({400, "the chunks of the body are malformed"}) : progress::needs_more;
        }
    }
    request_.body = body_;
    return progress::ready;
}

bool message::skip_body() {
    if (is_plain_) return true;
    parser_->discard_body();
    return body() == progress::ready;
}

bool message::awaits_continue() const {
    return request_.expects_continue && !parser_->is_complete() && taken_ == end_;
}

void message::next() {
    assert(taken_ <= end_);
    begin_ = taken_;
    if (begin_ == end_) begin_ = end_ = 0;
    request_ = {};
    if (std::exchange(is_plain_, false)) return;
    parser_.reset();
    body_.clear();
    if (body_.capacity() > body_bytes_kept) body_.shrink_to_fit();
    scan_ = head_scan{allowed_.target_bytes_max};
}

void message::clear() {
    taken_ = end_;
    is_plain_ = false;
    refused_ = {};
    next();
}

}  // namespace weir::http
