#include "simple_connection.hpp"

#include "greeting.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>

#include <string_view>
#include <utility>

namespace weir::redis {
namespace {

namespace asio = boost::asio;
constexpr std::size_t read_bytes = 64 * 1024;

}  // namespace

std::string reason_of(const error_code& why) {
    return why == asio::error::eof ? "closed by the server" : why.message();
}

simple_connection::simple_connection(asio::any_io_executor executor, const options& to)
    : options_(to), socket_(executor), reader_(to.reply_bytes_max), buffer_(read_bytes, '\0') {}

void simple_connection::close() {
    is_closed_ = true;
    error_code ignored;
    socket_.close(ignored);
}

awaitable<result<void>> simple_connection::connect(deadline until) {
    auto socket = co_await open_socket(options_, until);
    if (!socket) co_return socket.error();
    if (is_closed_) co_return errc::cancelled;
    socket_ = std::move(*socket);
    received_at_ = steady_clock::now();
    co_return result<void>{};
}

awaitable<result<void>> simple_connection::greet(deadline until) {
    const std::vector<command_line> steps = greeting(options_);
    const auto answers = co_await exec(steps, until);
    if (!answers) co_return answers.error();
    auto refused = refused_greeting(steps, *answers, options_);
    if (!refused) co_return result<void>{};
    refused_ = std::move(*refused);
    co_return errc::rejected;
}

awaitable<result<std::vector<reply>>> simple_connection::exec(std::vector<command_line> commands,
                                                              deadline until) {
    const std::size_t count = commands.size();
    auto done = co_await send(std::move(commands), until);
    if (!done) co_return done.error();
    std::vector<reply> answers;
    while (answers.size() < count) {
        auto answer = next();
        if (!answer) co_return answer.error();
        if (*answer) {
            answers.push_back(std::move(**answer));
            continue;
        }
        done = co_await receive(until);
        if (!done) co_return done.error();
    }
    co_return answers;
}

awaitable<result<void>> simple_connection::send(std::vector<command_line> commands, deadline until) {
    std::string bytes;
    for (const command_line& argv : commands) append_formatted(argv, bytes);
    auto writing = write(std::move(bytes));
    co_return co_await bounded(std::move(writing), until);
}

awaitable<result<void>> simple_connection::write(std::string bytes) {
    const auto [ec, size] =
        co_await asio::async_write(socket_, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
    if (is_closed_ || ec == asio::error::operation_aborted) co_return errc::cancelled;
    if (ec) co_return ec;
    co_return result<void>{};
}

// Reads more. A process that was itself suspended may find the deadline passed and a reply in the socket:
// that is no timeout.
awaitable<result<void>> simple_connection::receive(deadline until) {
    const auto before = received_at_;
    auto reading = read();
    const auto received = co_await bounded(std::move(reading), until);
    if (!received && received_at_ != before) co_return result<void>{};
    co_return received;
}

// Keeps what was read even if the caller has given up by then.
awaitable<result<void>> simple_connection::read() {
    const auto [ec, size] =
        co_await socket_.async_read_some(asio::buffer(buffer_), asio::as_tuple(asio::use_awaitable));
    if (is_closed_ || ec == asio::error::operation_aborted) co_return errc::cancelled;
    if (ec) co_return ec;
    received_at_ = steady_clock::now();
    reader_.feed(std::string_view(buffer_).substr(0, size));
    co_return result<void>{};
}

}  // namespace weir::redis
