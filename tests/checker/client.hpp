// One keep-alive connection to one listener of one node, used by one coroutine at a time. Whatever happens to
// the node (killed, stopped, restarted on the same port) a request ends within the timeout; the next one
// connects anew.
#pragma once

#include "weir/async/bounded.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>
#include <string>

namespace weir::checker {

using http_answer = boost::beast::http::response<boost::beast::http::string_body>;

class client {
 public:
    client(boost::asio::any_io_executor executor, unsigned short port, milliseconds timeout);

    // Nothing: refused, reset or timed out. A write may have been committed nevertheless.
    awaitable<std::optional<http_answer>> get(std::string target);
    awaitable<std::optional<http_answer>> post(std::string target, std::string token, std::string body);

 private:
    awaitable<std::optional<http_answer>> ask(std::string request);

    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    boost::asio::ip::tcp::endpoint peer_;
    milliseconds timeout_;
    bool is_connected_ = false;
};

}  // namespace weir::checker
