#include "client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <fmt/format.h>

#include <utility>

namespace weir::checker {
namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace

client::client(asio::any_io_executor executor, unsigned short port, milliseconds timeout)
    : stream_(std::move(executor)), peer_(asio::ip::address_v4::loopback(), port), timeout_(timeout) {}

awaitable<std::optional<http_answer>> client::get(std::string target) {
    return ask(fmt::format("GET {} HTTP/1.1\r\nHost: checker\r\n\r\n", target));
}

awaitable<std::optional<http_answer>> client::post(std::string target, std::string token, std::string body) {
    return ask(
        fmt::format("POST {} HTTP/1.1\r\nHost: checker\r\nAuthorization: Bearer {}\r\n"
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    target, token, body.size(), body));
}

awaitable<std::optional<http_answer>> client::ask(std::string request) {
    stream_.expires_after(timeout_);
    if (!is_connected_) {
        buffer_.clear();
        const auto [refused] = co_await stream_.async_connect(peer_, as_result);
        if (refused) {
            stream_.close();
            co_return std::nullopt;
        }
        stream_.socket().set_option(asio::ip::tcp::no_delay{true});
        is_connected_ = true;
    }
    const auto [unsent, sent] = co_await asio::async_write(stream_, asio::buffer(request), as_result);
    http_answer answer;
    boost::system::error_code failed = unsent;
    if (!failed) {
        const auto [unread, read] = co_await http::async_read(stream_, buffer_, answer, as_result);
        failed = unread;
    }
    if (failed || !answer.keep_alive()) {
        stream_.close();
        is_connected_ = false;
    }
    if (failed) co_return std::nullopt;
    co_return answer;
}

}  // namespace weir::checker
