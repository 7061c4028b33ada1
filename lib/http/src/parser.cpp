#include "parser.hpp"

#include "weir/http/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>

namespace weir::http {
namespace {

namespace beast_http = boost::beast::http;

// Tells Beast to stop: refused_ says why.
const beast_http::error stop = beast_http::error::bad_value;

// The shortest end of a chunked body: "0\r\n\r\n". Beast 1.81 asserts that it is never asked about less.
constexpr std::size_t last_chunk_bytes = 5;

// Beast 1.88 takes the trailers line by line, so the window of message does not bound them.
constexpr std::uint32_t trailer_bytes_max = 1024;

std::string_view view(boost::beast::string_view s) {
    return {s.data(), s.size()};
}

bool same(std::string_view a, std::string_view b) {
    return boost::beast::iequals(boost::beast::string_view{a.data(), a.size()},
                                 boost::beast::string_view{b.data(), b.size()});
}

bool is_all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Joins several lines of a list field into one list (RFC 9110, 5.3).
void take_list(std::string_view& kept, std::string& joined, std::string_view value) {
    if (kept.empty()) {
        kept = value;
        return;
    }
    std::string both;
    both.append(kept).append(", ").append(value);
    joined = std::move(both);
    kept = joined;
}

// Returns the answer to what Beast found wrong in a head.
protocol_error in_head(const boost::beast::error_code& ec) {
    if (ec == beast_http::error::bad_method) return {400, "the method is malformed"};
    if (ec == beast_http::error::bad_target) return {400, "the request target is malformed"};
    if (ec == beast_http::error::bad_version) return {400, "the request line is malformed"};
    if (ec == beast_http::error::bad_content_length)
        return {400, "Content-Length is malformed or stands beside Transfer-Encoding"};
    if (ec == beast_http::error::multiple_content_length)
        return {400, "Content-Length is given more than once"};
    if (ec == beast_http::error::bad_transfer_encoding)
        return {400, "Transfer-Encoding is malformed or stands beside Content-Length"};
    return {400, "a header field is malformed"};
}

}  // namespace

parser::parser(request& into, std::string& body, std::size_t body_bytes_max)
    : request_(into), body_(body), body_bytes_max_(body_bytes_max) {
    body_limit(boost::none);   // judged by is_too_large() after routing, so that a 401 comes before a 413
    header_limit(UINT32_MAX);  // judged by message, which buffers the head
}

void parser::head(std::string_view bytes) {
    boost::beast::error_code ec;
    put({bytes.data(), bytes.size()}, ec);
    if (ec && !refused_) refused_ = in_head(ec);
    if (!refused_) request_.keep_alive = keep_alive();
    header_limit(trailer_bytes_max);
}

bool parser::is_too_large() const {
    const auto declared = content_length();
    return (declared && *declared > body_bytes_max_) || body_bytes_ > body_bytes_max_;
}

// Returns how few bytes may be given to Beast. Beast 1.81 takes the last chunk and the trailers at once.
// Beast 1.88 takes that chunk's size line by itself, and then as little as "\r\n" ends the body.
std::size_t parser::least_bytes() const {
    return chunked() && !has_last_chunk_ ? last_chunk_bytes : 1;
}

std::size_t parser::more(std::string_view bytes) {
    std::size_t taken = 0;
    while (!is_done() && !refused_ && bytes.size() - taken >= least_bytes()) {
        boost::beast::error_code ec;
        taken += put({bytes.data() + taken, bytes.size() - taken}, ec);
        if (ec == beast_http::error::need_more) break;
        if (ec && !refused_) refused_ = {400, "the chunks of the body are malformed"};
    }
    return taken;
}

void parser::refuse(unsigned status, std::string_view why, error& ec) {
    refused_ = {status, why};
    ec = stop;
}

void parser::on_request_impl(beast_http::verb, string_view text, string_view target, int version, error& ec) {
    request_.method_text = view(text);
    request_.what = method_of(request_.method_text);
    request_.target = view(target);
    request_.is_http_1_0 = version == 10;
    const auto parts = split(request_.target);
    if (!parts) return refuse(400, "the request target must be a path or an http URL", ec);
    request_.path = parts->path;
    request_.query = parts->query;
}

void parser::on_field_impl(name, string_view text, string_view value, error& ec) {
    const header_field* const known = is_head_done_ ? nullptr : find_header(view(text));
    if (known == nullptr) return;  // a trailer changes nothing
    const std::string_view v = view(value);
    const std::size_t index = static_cast<std::size_t>(known - header_table.data());
    const unsigned times = ++times_[index];
    switch (known->use) {
        case field_use::last:
            request_.*known->kept = v;
            return;
        case field_use::list:
            return take_list(request_.*known->kept, joined_[index], v);
        case field_use::single:
            request_.*known->kept = times == 1 ? v : std::string_view{};
            return;
        case field_use::host:
            return times > 1 ? refuse(400, "Host is given more than once", ec) : take_host(v, ec);
        case field_use::content_length:
            // Beast lets "5, 5" and a second, equal line pass.
            if (times > 1 || !is_all_digits(v)) refuse(400, "Content-Length must be one number", ec);
            return;
        case field_use::transfer_encoding:
            return take_coding(v, ec);
        case field_use::expect:
            return take_expectation(v, ec);
        case field_use::connection:
        case field_use::left_to_beast:
            return;
    }
}

void parser::take_host(std::string_view value, error& ec) {
    has_host_ = true;
    const bool is_plain = std::all_of(value.begin(), value.end(), [](char c) {
        return c > ' ' && c < '\x7f' && std::string_view{"/?#@\\,\"<>"}.find(c) == std::string_view::npos;
    });
    if (!is_plain) refuse(400, "Host is malformed", ec);
}

void parser::take_coding(std::string_view value, error& ec) {
    if (request_.is_http_1_0) return refuse(400, "HTTP/1.0 has no Transfer-Encoding", ec);
    // Beast takes a coding that it does not know for a request without a body.
    if (!same(value, "chunked")) refuse(501, "Transfer-Encoding may only be chunked", ec);
}

void parser::take_expectation(std::string_view value, error& ec) {
    if (request_.is_http_1_0) return;
    if (!same(value, "100-continue")) return refuse(417, "Expect may only be 100-continue", ec);
    request_.expects_continue = true;
}

void parser::on_header_impl(error& ec) {
    is_head_done_ = true;
    if (!has_host_ && !request_.is_http_1_0) refuse(400, "Host is missing", ec);
}

std::size_t parser::on_body_impl(string_view piece, error& ec) {
    body_bytes_ += piece.size();
    if (is_too_large()) {
        refuse(413, "the body is too large", ec);
        return 0;
    }
    if (!is_discarding_) body_.append(piece.data(), piece.size());
    return piece.size();
}

// Refuses a chunk that cannot fit by its size line, before its bytes come.
void parser::on_chunk_header_impl(std::uint64_t size, string_view, error& ec) {
    if (size > body_bytes_max_ - body_bytes_) refuse(413, "the body is too large", ec);
    has_last_chunk_ = size == 0;
}

std::size_t parser::on_chunk_body_impl(std::uint64_t, string_view piece, error& ec) {
    return on_body_impl(piece, ec);
}

}  // namespace weir::http
