#include "output.hpp"

#include "number.hpp"

#include <boost/beast/http/status.hpp>

#include <utility>

namespace weir::http {
namespace {

constexpr std::size_t text_bytes_kept = 8192;  // of memory, between batches

// RFC 9110, 8.6: none in 204, and in 304 it would have to be that of the body that is not sent.
bool has_length(unsigned status) {
    return status != 204 && status != 304;
}

}  // namespace

void output::add_head(const response& from, const common_fields& common) {
    const auto reason =
        boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(from.status));
    text_ += "HTTP/1.1 ";
    add_number(from.status, text_);
    text_.append(" ")
        .append(reason.data(), reason.size())
        .append("\r\nServer: weir\r\nDate: ")
        .append(common.date);
    text_.append("\r\n").append(from.fields);
    text_.append("X-Request-Id: ").append(common.request_id).append("\r\n");
    if (!common.traceparent.empty()) text_.append("traceparent: ").append(common.traceparent).append("\r\n");
    if (has_length(from.status)) {
        text_ += "Content-Length: ";
        add_number(static_cast<std::int64_t>(from.payload().size()), text_);
        text_ += "\r\n";
    }
    if (!common.keep_alive) {
        text_ += "Connection: close\r\n";
    } else if (common.is_http_1_0) {
        text_ += "Connection: keep-alive\r\n";
    }
    text_ += "\r\n";
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

const std::vector<boost::asio::const_buffer>& output::buffers() {
    buffers_.clear();
    std::size_t skip = written_;
    const auto append = [&](std::string_view bytes) {
        const std::size_t gone = std::min(skip, bytes.size());
        skip -= gone;
        if (gone < bytes.size()) buffers_.emplace_back(bytes.data() + gone, bytes.size() - gone);
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
