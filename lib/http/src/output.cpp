#include "output.hpp"

#include "pen.hpp"

#include <boost/beast/http/status.hpp>

#include <utility>

namespace weir::http {
namespace {

constexpr std::size_t text_bytes_kept = 8192;  // of memory, between batches

// RFC 9110, 8.6: none in 204, and in 304 it would have to be that of the body that is not sent.
bool has_length(unsigned status) {
    return status != 204 && status != 304;
}

std::string_view reason_of(unsigned status) {
    if (status == 200) return "OK";
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    return {reason.data(), reason.size()};
}

}  // namespace

void output::add_head(const response& from, const common_fields& common) {
    constexpr std::size_t around = 256;  // all that is constant, and the numbers
    const std::string_view reason = reason_of(from.status);
    const std::size_t begin = text_.size();
    text_.resize(begin + around + reason.size() + common.date.size() + from.fields.size() +
                 common.request_id.size() + common.traceparent.size());
    pen p(text_.data() + begin);
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
    text_.resize(static_cast<std::size_t>(p.at() - text_.data()));
}

void output::add(response& from, const common_fields& common) {
    const std::size_t begin = text_.size();
    add_head(from, common);
    if (!common.has_body || !has_length(from.status)) return add_piece(begin, {}, {});
    if (!from.content) {
        text_ += from.body;
        return add_piece(begin, {}, {});
    }
    const std::string_view body = from.payload();
    add_piece(begin, std::exchange(from.content, {}), body);
}

void output::add_continue() {
    const std::size_t begin = text_.size();
    text_ += "HTTP/1.1 100 Continue\r\n\r\n";
    add_piece(begin, {}, {});
}

void output::add_piece(std::size_t begin, entry_ptr content, std::string_view body) {
    total_ += text_.size() - begin + body.size();
    pieces_.push_back({.begin = begin, .end = text_.size(), .content = std::move(content), .body = body});
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
    for (const piece& p : pieces_) {
        append(std::string_view{text_}.substr(p.begin, p.end - p.begin));
        append(p.body);
    }
    return buffers_;
}

void output::written(std::size_t bytes) {
    written_ += bytes;
    if (!is_empty()) return;
    pieces_.clear();
    text_.clear();
    if (text_.capacity() > text_bytes_kept) text_.shrink_to_fit();
    total_ = written_ = 0;
}

}  // namespace weir::http
