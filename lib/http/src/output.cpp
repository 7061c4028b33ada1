#include "output.hpp"

#include "weir/http/text_writer.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::http {
namespace {

constexpr std::size_t text_bytes_kept = 8192;  // of memory, between batches

// A larger body is gathered: from here on the copy costs more than the list (docs/performance.md).
constexpr std::size_t copied_bytes_max = 4096;

// Returns whether the answer has a Content-Length (RFC 9110, 8.6). A 204 has none. A 304 would have to state
// that of the body that is not sent.
bool has_length(unsigned status) {
    return status != 204 && status != 304;
}

std::string_view reason_of(unsigned status) {
    if (status == 200) return "OK";
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    return {reason.data(), reason.size()};
}

// Returns an upper bound of the bytes that write_head() writes.
std::size_t head_bytes_max(const response& from, const common_fields& common, std::string_view reason) {
    constexpr std::size_t around = 256;  // all that is constant, and the numbers
    return around + reason.size() + common.date.size() + from.fields.size() + common.request_id.size() +
           common.traceparent.size();
}

void write_head(text_writer& p, const response& from, const common_fields& common, std::string_view reason) {
    p.put("HTTP/1.1 ").put(std::int64_t{from.status}).put(" ").put(reason);
    p.put("\r\nServer: weir\r\nDate: ").put(common.date).put("\r\n").put(from.fields);
    p.put("X-Request-Id: ").put(common.request_id).put("\r\n");
    if (!common.traceparent.empty()) p.put("traceparent: ").put(common.traceparent).put("\r\n");
    if (has_length(from.status)) {
        p.put("Content-Length: ").put(static_cast<std::int64_t>(from.payload().size())).put("\r\n");
    }
    if (!common.keep_alive) {
        p.put("Connection: close\r\n");
    } else if (common.is_http_1_0) {
        p.put("Connection: keep-alive\r\n");
    }
    p.put("\r\n");
}

}  // namespace

// Returns where `bytes` more can be written. What was used before may move: no view of it is held now.
char* output::room_for(std::size_t bytes) {
    if (text_.size() - used_ < bytes) text_.resize(std::max(2 * text_.size(), used_ + bytes));
    return text_.data() + used_;
}

void output::used_up_to(const char* end) {
    const auto used = static_cast<std::size_t>(end - text_.data());
    assert(used >= used_ && used <= text_.size());
    total_ += used - used_;
    used_ = used;
}

void output::add(response& from, const common_fields& common) {
    const bool has_body = common.has_body && has_length(from.status);
    const std::string_view body = has_body ? from.payload() : "";
    const bool is_large = from.shared && body.size() > copied_bytes_max;
    const std::string_view reason = reason_of(from.status);
    text_writer p(room_for(head_bytes_max(from, common, reason) + (is_large ? 0 : body.size())));
    write_head(p, from, common, reason);
    if (!is_large) p.put(body);
    used_up_to(p.at());
    ++answers_;
    if (!is_large) return;
    large_.push_back({.after = used_, .body = std::move(from.shared)});
    total_ += body.size();
}

void output::add_continue() {
    constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    text_writer p(room_for(text.size()));
    used_up_to(p.put(text).at());
}

const std::vector<iovec>& output::buffers() {
    buffers_.clear();
    std::size_t skip = written_;
    const auto append = [&](std::string_view bytes) {
        const std::size_t gone = std::min(skip, bytes.size());
        skip -= gone;
        if (gone == bytes.size()) return;
        buffers_.push_back({const_cast<char*>(bytes.data()) + gone, bytes.size() - gone});
    };
    const std::string_view text{text_.data(), used_};
    std::size_t begin = 0;
    for (const large_body& large : large_) {
        append(text.substr(begin, large.after - begin));
        append(large.body.bytes());
        begin = large.after;
    }
    append(text.substr(begin));
    assert(skip == 0);  // the written bytes are within these pieces
    return buffers_;
}

void output::written(std::size_t bytes) {
    written_ += bytes;
    assert(written_ <= total_);
    if (!is_empty()) return;
    large_.clear();
    answers_ = used_ = total_ = written_ = 0;
    if (text_.size() <= text_bytes_kept) return;
    text_.resize(text_bytes_kept);
    text_.shrink_to_fit();
}

}  // namespace weir::http
