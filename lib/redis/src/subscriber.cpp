#include "weir/redis/subscriber.hpp"

#include "weir/base/log.hpp"

#include "greeting.hpp"
#include "open_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>

#include <string_view>
#include <utility>

namespace weir::redis {
namespace {

namespace asio = boost::asio;
constexpr std::size_t read_bytes = 64 * 1024;

const std::string* text_at(const std::vector<reply>& parts, std::size_t i) {
    return i < parts.size() ? parts[i].as<std::string>() : nullptr;
}

bool is_kind(const std::vector<reply>& parts, std::string_view kind) {
    const auto* text = text_at(parts, 0);
    return text != nullptr && *text == kind;
}

std::string reason_of(const error_code& why) {
    return why == asio::error::eof ? "closed by the server" : why.message();
}

}  // namespace

subscriber::subscriber(asio::any_io_executor executor, options settings)
    : executor_(std::move(executor)),
      options_(std::move(settings)),
      socket_(executor_),
      buffer_(read_bytes, '\0') {}

subscriber::~subscriber() = default;

void subscriber::close() {
    is_closed_ = true;
    is_open_ = false;
    error_code ignored;
    socket_.close(ignored);
}

// The one place where a connection or an attempt ends.
error_code subscriber::end(const error_code& why, std::string reason) {
    const bool was_open = is_open_;
    const bool is_ours = is_closed_ || why == errc::cancelled;
    close();
    is_closed_ = is_ours;
    messages_.clear();
    if (is_ours) return errc::cancelled;
    if (was_open || reason != last_failure_) {
        log::warn(was_open ? "redis_subscription_lost" : "redis_subscription_failed",
                  {{"reason", reason}, {"address", options_.describe()}});
    }
    last_failure_ = std::move(reason);
    if (why.category() != weir_category()) return errc::unavailable;  // the system's own error
    return why;
}

// --- opening

awaitable<result<void>> subscriber::open(std::vector<std::string> channels, deadline until) {
    close();
    is_closed_ = false;
    if (until.passed()) co_return end(errc::timeout, "no time was left to connect");
    reader_.emplace(options_.reply_bytes_max);
    messages_.clear();
    pong_due_.reset();
    auto done = co_await connect(until);
    if (done) done = co_await greet(until);
    if (done) done = co_await subscribe(std::move(channels), until);
    if (!done) co_return done;
    is_open_ = true;
    last_failure_.clear();
    co_return done;
}

awaitable<result<void>> subscriber::connect(deadline until) {
    auto socket = co_await open_socket(options_, until);
    if (!socket) co_return end(socket.error(), reason_of(socket.error()));
    if (is_closed_) co_return end(errc::cancelled, {});
    socket_ = std::move(*socket);
    heard_at_ = steady_clock::now();
    co_return result<void>{};
}

awaitable<result<void>> subscriber::greet(deadline until) {
    const std::vector<command_line> steps = greeting(options_);
    auto done = co_await say(steps, until);
    if (!done) co_return done;
    std::vector<reply> answers;
    while (answers.size() < steps.size()) {
        auto next = reader_->next();
        if (!next) co_return end(errc::protocol, "what it sent is not a reply");
        if (*next) {
            answers.push_back(std::move(**next));
            continue;
        }
        done = co_await hear(until);
        if (!done) co_return done;
    }
    auto refused = refused_greeting(steps, answers, options_);
    if (refused) co_return end(errc::rejected, std::move(*refused));
    co_return done;
}

awaitable<result<void>> subscriber::subscribe(std::vector<std::string> channels, deadline until) {
    std::size_t unconfirmed = channels.size();
    command_line argv{"SUBSCRIBE"};
    for (std::string& channel : channels) argv.push_back(std::move(channel));
    std::vector<command_line> commands;
    commands.push_back(std::move(argv));
    auto done = co_await say(std::move(commands), until);
    if (!done) co_return done;
    while (true) {
        const auto confirmed = sort_out_replies();
        if (!confirmed) co_return confirmed.error();
        if (*confirmed >= unconfirmed) co_return done;
        unconfirmed -= *confirmed;
        done = co_await hear(until);
        if (!done) co_return done;
    }
}

// --- listening

awaitable<result<std::vector<message>>> subscriber::receive() {
    while (true) {
        if (!is_open_) co_return end(is_closed_ ? errc::cancelled : errc::unavailable, last_failure_);
        if (!messages_.empty()) co_return std::exchange(messages_, {});
        const auto heard = co_await hear_or_ping();
        if (!heard) co_return heard.error();
        const auto sorted = sort_out_replies();
        if (!sorted) co_return sorted.error();
    }
}

awaitable<result<void>> subscriber::hear_or_ping() {
    const auto ping_due = heard_at_ + options_.subscriber_ping_interval;
    if (!pong_due_ && steady_clock::now() >= ping_due) {
        pong_due_ = steady_clock::now() + options_.subscriber_pong_timeout;
        std::vector<command_line> ping{command_line{"PING"}};
        auto said = co_await say(std::move(ping), deadline{*pong_due_});
        if (!said) co_return said;
    }
    const auto before = heard_at_;
    auto reading = read();
    const auto heard = co_await bounded(std::move(reading), deadline{pong_due_.value_or(ping_due)});
    // Whoever was suspended himself (a stopped process) finds the answer in the socket: that counts.
    if (heard || heard_at_ != before) {
        pong_due_.reset();
        co_return result<void>{};
    }
    if (heard.error() != errc::timeout) co_return end(heard.error(), reason_of(heard.error()));
    if (pong_due_) co_return end(errc::timeout, "no answer to a PING in time");
    co_return result<void>{};
}

// How many subscriptions were confirmed; messages go where receive() finds them.
result<std::size_t> subscriber::sort_out_replies() {
    std::size_t confirmed = 0;
    while (true) {
        auto next = reader_->next();
        if (!next) return end(errc::protocol, "what it sent is not a reply");
        if (!*next) return confirmed;
        if (const auto* no = (*next)->as<refusal>()) return end(judge(*no), std::string(no->kind()));
        auto* parts = (*next)->as<std::vector<reply>>();
        if (parts == nullptr) return end(errc::protocol, "not an answer of Pub/Sub");
        if (is_kind(*parts, "subscribe")) {
            ++confirmed;
        } else if (is_kind(*parts, "message") && text_at(*parts, 1) && text_at(*parts, 2)) {
            messages_.push_back({*text_at(*parts, 1), *text_at(*parts, 2)});
        } else if (!is_kind(*parts, "pong")) {
            return end(errc::protocol, "not an answer of Pub/Sub");
        }
    }
}

// --- bytes

awaitable<result<void>> subscriber::say(std::vector<command_line> commands, deadline until) {
    std::string bytes;
    for (const command_line& argv : commands) append_formatted(argv, bytes);
    auto writing = write(std::move(bytes));
    const auto written = co_await bounded(std::move(writing), until);
    if (!written) co_return end(written.error(), reason_of(written.error()));
    co_return written;
}

awaitable<result<void>> subscriber::write(std::string bytes) {
    const auto [ec, size] =
        co_await asio::async_write(socket_, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
    if (ec == asio::error::operation_aborted) co_return errc::cancelled;
    if (ec) co_return ec;
    co_return result<void>{};
}

awaitable<result<void>> subscriber::hear(deadline until) {
    auto reading = read();
    const auto heard = co_await bounded(std::move(reading), until);
    if (!heard) co_return end(heard.error(), reason_of(heard.error()));
    co_return heard;
}

// What was read is kept even when whoever waited for it has given up by then.
awaitable<result<void>> subscriber::read() {
    const auto [ec, size] =
        co_await socket_.async_read_some(asio::buffer(buffer_), asio::as_tuple(asio::use_awaitable));
    if (ec == asio::error::operation_aborted) co_return errc::cancelled;
    if (ec) co_return ec;
    heard_at_ = steady_clock::now();
    reader_->feed(std::string_view(buffer_).substr(0, size));
    co_return result<void>{};
}

}  // namespace weir::redis
