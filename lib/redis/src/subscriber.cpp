#include "weir/redis/subscriber.hpp"

#include "weir/base/log.hpp"

#include "simple_connection.hpp"

#include <string_view>
#include <utility>

namespace weir::redis {
namespace {

namespace asio = boost::asio;

const std::string* text_at(const std::vector<reply>& parts, std::size_t i) {
    return i < parts.size() ? parts[i].as<std::string>() : nullptr;
}

bool is_kind(const std::vector<reply>& parts, std::string_view kind) {
    const auto* text = text_at(parts, 0);
    return text != nullptr && *text == kind;
}

}  // namespace

subscriber::subscriber(asio::any_io_executor executor, options settings)
    : executor_(std::move(executor)), options_(std::move(settings)) {}

subscriber::~subscriber() = default;

// Closes the connection but keeps the object: receive() may be suspended in it.
void subscriber::close() {
    is_open_ = false;
    end_ = errc::cancelled;
    if (connection_) connection_->close();
}

void subscriber::abandon(std::string reason) {
    if (is_open_) end(errc::unavailable, std::move(reason));
}

// Ends a connection or an attempt; nothing else does. If it is closed already, the first reason stays.
error_code subscriber::end(const error_code& why, std::string reason) {
    if (connection_->is_closed()) return end_;
    const bool was_open = is_open_;
    close();
    messages_.clear();
    if (why == errc::cancelled) return why;
    // Any error of the system (refused, reset, no such host) is one error for callers.
    end_ = why.category() == weir_category() ? static_cast<errc>(why.value()) : errc::unavailable;
    if (was_open || reason != last_failure_) {
        log::warn(was_open ? "redis_subscription_lost" : "redis_subscription_failed",
                  {{"reason", reason}, {"address", peer_.text()}});
    }
    last_failure_ = std::move(reason);
    return end_;
}

// --- opening

awaitable<result<void>> subscriber::open(std::vector<std::string> channels, deadline until) {
    return open(options_.address(), std::move(channels), until);
}

awaitable<result<void>> subscriber::open(server_address at, std::vector<std::string> channels,
                                         deadline until) {
    close();
    peer_ = std::move(at);
    connection_ = std::make_unique<simple_connection>(executor_, options_.at(peer_));
    messages_.clear();
    pong_due_.reset();
    if (until.passed()) co_return end(errc::timeout, "no time was left to connect");
    auto done = co_await connection_->connect(until);
    if (done) done = co_await connection_->greet(until);
    if (!done) {
        const std::string& refused = connection_->refused();
        co_return end(done.error(), refused.empty() ? reason_of(done.error()) : refused);
    }
    done = co_await subscribe(std::move(channels), until);
    if (!done) co_return done;
    is_open_ = true;
    last_failure_.clear();
    co_return done;
}

awaitable<result<void>> subscriber::subscribe(std::vector<std::string> channels, deadline until) {
    std::size_t unconfirmed = channels.size();
    command_line argv{"SUBSCRIBE"};
    for (std::string& channel : channels) argv.push_back(std::move(channel));
    std::vector<command_line> commands;
    commands.push_back(std::move(argv));
    auto done = co_await connection_->send(std::move(commands), until);
    while (done) {
        const auto confirmed = take_replies();
        if (!confirmed) co_return confirmed.error();
        if (*confirmed >= unconfirmed) co_return done;
        unconfirmed -= *confirmed;
        done = co_await connection_->receive(until);
    }
    co_return end(done.error(), reason_of(done.error()));
}

// --- listening

awaitable<result<std::vector<message>>> subscriber::receive() {
    while (is_open_) {
        if (!messages_.empty()) co_return std::exchange(messages_, {});
        const auto received = co_await receive_or_ping();
        if (!received) co_return received.error();
        const auto sorted = take_replies();
        if (!sorted) co_return sorted.error();
    }
    co_return end_ == errc::cancelled ? errc::cancelled : errc::unavailable;
}

awaitable<result<void>> subscriber::receive_or_ping() {
    const auto ping_due = connection_->received_at() + options_.subscriber_ping_interval;
    if (!pong_due_ && steady_clock::now() >= ping_due) {
        pong_due_ = steady_clock::now() + options_.subscriber_pong_timeout;
        std::vector<command_line> ping{command_line{"PING"}};
        const auto sent = co_await connection_->send(std::move(ping), deadline{*pong_due_});
        if (!sent) co_return end(sent.error(), reason_of(sent.error()));
    }
    const auto received = co_await connection_->receive(deadline{pong_due_.value_or(ping_due)});
    if (received) {
        pong_due_.reset();
        co_return received;
    }
    if (received.error() != errc::timeout) co_return end(received.error(), reason_of(received.error()));
    if (pong_due_) co_return end(errc::timeout, "no answer to a PING in time");
    co_return result<void>{};
}

// Takes the replies that are here. Returns how many subscriptions were confirmed; messages are kept for
// receive().
result<std::size_t> subscriber::take_replies() {
    std::size_t confirmed = 0;
    while (true) {
        auto next = connection_->next();
        if (!next) return end(errc::protocol, "the server sent something that is not a reply");
        if (!*next) return confirmed;
        if (const auto* no = (*next)->as<error_reply>()) return end(to_errc(*no), std::string(no->kind()));
        auto* parts = (*next)->as<std::vector<reply>>();
        if (parts == nullptr) return end(errc::protocol, "not a reply of Pub/Sub");
        if (is_kind(*parts, "subscribe")) {
            ++confirmed;
        } else if (is_kind(*parts, "message") && text_at(*parts, 1) && text_at(*parts, 2)) {
            messages_.push_back({*text_at(*parts, 1), *text_at(*parts, 2)});
        } else if (!is_kind(*parts, "pong")) {
            return end(errc::protocol, "not a reply of Pub/Sub");
        }
    }
}

}  // namespace weir::redis
