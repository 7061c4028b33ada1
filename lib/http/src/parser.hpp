// One request head and its body, parsed where they lie. Sans I/O.
//
// Beast's parser is strict about most of the grammar. What it accepts and should not is refused here: a
// missing or repeated Host, a repeated Content-Length, an unknown transfer coding (which it takes for no
// body) and folded lines. So is a request line without a version, for which it would wait for ever. Each has
// been a way to smuggle a request through a proxy.
#pragma once

#include "weir/http/request.hpp"

#include "header_table.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::http {

// Why a request is refused before anything looks at what it asks for. The connection is closed after the
// answer.
struct protocol_error {
    unsigned status = 0;  // 0: none
    std::string_view detail;

    explicit operator bool() const { return status != 0; }
};

// Looks for the end of a head in bytes that arrive in pieces, each byte once. Refuses at once what cannot
// become a head.
class head_scan {
 public:
    explicit head_scan(std::size_t target_bytes_max) : target_bytes_max_(target_bytes_max) {}

    // Goes on with the scan. `received` begins where it did before and has grown since. Returns whether the
    // head is complete or refused.
    bool advance(std::string_view received);

    bool has_begun() const { return looked_at_ > 0 || refused_; }
    std::size_t skipped() const { return begin_; }  // empty lines before the request line (RFC 9112, 2.2)
    std::size_t end() const { return looked_at_; }  // of the head, when complete
    bool has_request_line() const { return has_request_line_; }
    const protocol_error& refused() const { return refused_; }

 private:
    bool take_line(std::string_view line, std::size_t next);

    std::size_t target_bytes_max_;
    std::size_t begin_ = 0;       // of the request line
    std::size_t line_begin_ = 0;  // of the line being received
    std::size_t looked_at_ = 0;
    bool has_request_line_ = false;
    protocol_error refused_;
};

class parser final : public boost::beast::http::basic_parser<true> {
 public:
    // Makes a parser. `body` receives the decoded body; both outlive the parser.
    parser(request& into, std::string& body, std::size_t body_bytes_max);

    // Parses a whole head, as head_scan found it.
    void head(std::string_view bytes);

    // Returns whether the declared body, or what has come of it, is larger than is allowed.
    bool is_too_large() const;

    // Takes what it can of the body from the front of `bytes` and returns how much that was.
    std::size_t more(std::string_view bytes);

    // Drops the body from here on instead of keeping it.
    void discard_body() { is_discarding_ = true; }

    bool is_complete() const { return is_done(); }
    const protocol_error& refused() const { return refused_; }

 private:
    using string_view = boost::beast::string_view;
    using error = boost::beast::error_code;
    using name = boost::beast::http::field;

    void on_request_impl(boost::beast::http::verb, string_view text, string_view target, int version,
                         error& ec) override;
    void on_response_impl(int, string_view, int, error&) override {}
    void on_field_impl(name what, string_view text, string_view value, error& ec) override;
    void on_header_impl(error& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error&) override {}
    std::size_t on_body_impl(string_view piece, error& ec) override;
    void on_chunk_header_impl(std::uint64_t size, string_view extensions, error& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, string_view piece, error& ec) override;
    void on_finish_impl(error&) override {}

    std::size_t least_bytes() const;
    void refuse(unsigned status, std::string_view why, error& ec);
    void take_host(std::string_view value, error& ec);
    void take_coding(std::string_view value, error& ec);
    void take_expectation(std::string_view value, error& ec);

    request& request_;
    std::string& body_;
    std::size_t body_bytes_max_;
    std::size_t body_bytes_ = 0;
    std::array<unsigned, header_table.size()> times_{};    // that each field was given
    std::array<std::string, header_table.size()> joined_;  // lists of several lines; nearly always unused
    protocol_error refused_;
    bool has_host_ = false;
    bool is_head_done_ = false;
    bool has_last_chunk_ = false;  // its size line was taken; trailers may follow
    bool is_discarding_ = false;
};

}  // namespace weir::http
