#include "weir/redis/client.hpp"

#include "weir/async/backoff.hpp"
#include "weir/async/task.hpp"
#include "weir/base/log.hpp"

#include "connection.hpp"
#include "error_reply_log.hpp"
#include "sentinels.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace weir::redis {
namespace {

namespace asio = boost::asio;
constexpr milliseconds backoff_first{20};
constexpr std::size_t reasons_logged_max = 8;
// Names in one UNLINK. Each is constant work for Redis; the bound keeps other commands from waiting behind a
// long one.
constexpr std::size_t names_per_command = 500;

long long to_ms(steady_clock::duration d) {
    return std::chrono::duration_cast<milliseconds>(d).count();
}

awaitable<result<std::vector<reply>>> at_once(result<std::vector<reply>> outcome) {
    co_return outcome;
}

}  // namespace

client::client(asio::any_io_executor executor, options settings, admission admit)
    : client(std::move(executor), std::move(settings), client_owner{std::move(admit), {}, nullptr}) {}

client::client(asio::any_io_executor executor, options settings, client_owner owner)
    : executor_(std::move(executor)),
      options_(std::move(settings)),
      owner_(std::move(owner)),
      address_(options_.describe()),
      sentinels_(options_.kind == layout::sentinel ? std::make_unique<sentinels>(options_) : nullptr),
      server_(options_),
      stats_(owner_.counts != nullptr ? *owner_.counts : own_stats_),
      stop_signal_(executor_, steady_clock::time_point::max()),
      errors_(std::make_unique<error_reply_log>()) {}

client::~client() = default;

awaitable<void> client::run() {
    if (is_stopping_) co_return;
    const auto [order, failure, ignored] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor_, keep_connected(), asio::deferred),
            stop_signal_.async_wait(asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    end_connection(errc::cancelled);
    if (!is_stopping_ && failure) std::rethrow_exception(failure);
}

void client::stop() {
    is_stopping_ = true;
    stop_signal_.cancel();
}

awaitable<void> client::keep_connected() {
    backoff wait{.first = backoff_first, .most = options_.backoff_max};
    std::uniform_real_distribution<double> random01(0, 1);
    while (true) {
        connected_at_.reset();
        const std::string reason = co_await attempt();
        if (is_stopping_) co_return;
        note_lost(reason);
        // A connection that is lost at once was no success.
        if (connected_at_ && steady_clock::now() - *connected_at_ > options_.backoff_max) wait.reset();
        co_await sleep_for(wait.next(random01(random_)));
    }
}

awaitable<std::string> client::attempt() {
    const auto began = steady_clock::now();
    const auto until = deadline::in(options_.connect_timeout);
    const auto at = co_await locate(until);
    if (!at) co_return sentinels_->failure();
    server_ = options_.at(*at);
    auto socket = co_await open_socket(server_, until);
    if (!socket) co_return socket.error().message();
    connection_ = std::make_unique<connection>(std::move(*socket), server_, stats_);
    connection::owner self{.admit = owner_.admit, .when_greeted = {}, .is_still_wanted = {}};
    self.when_greeted = [this, began](const std::string& identity) {
        note_connected(identity, steady_clock::now() - began);
    };
    if (sentinels_) self.is_still_wanted = [this] { return is_master(); };
    std::string reason = co_await connection_->serve(until, std::move(self));
    end_connection(is_stopping_ ? errc::cancelled : connection_->end());
    co_return reason;
}

awaitable<std::optional<server_address>> client::locate(deadline until) {
    if (!sentinels_) co_return options_.address();
    const auto found = co_await sentinels_->find_master(until);
    if (!found) co_return std::nullopt;
    co_return *found;
}

// Returns whether the sentinels still name this server. A master that was stopped or cut off takes itself for
// one for seconds when it is back. Sentinels that do not answer are no reason to leave.
awaitable<bool> client::is_master() {
    const auto found = co_await sentinels_->find_master(deadline::in(options_.connect_timeout));
    co_return !found || *found == server_.address();
}

// Closes first to new commands, then completes those that wait.
void client::end_connection(errc why) {
    own_stats_.is_connected = false;
    identity_.clear();
    if (!connection_) return;
    connection_->close(why);
    connection_.reset();
}

awaitable<result<std::vector<reply>>> client::exec_formatted(std::string formatted, std::size_t count,
                                                             deadline until) {
    if (count == 0) return at_once(std::vector<reply>{});
    if (!is_connected()) return at_once(is_stopping_ ? errc::cancelled : errc::unavailable);
    if (until.passed()) return at_once(errc::timeout);
    return connection_->exec(std::move(formatted), count, until);
}

awaitable<result<std::vector<reply>>> client::exec(std::span<const keyed_command> commands, deadline until) {
    std::size_t bytes = 0;
    for (const keyed_command& c : commands) bytes += c.formatted.size();
    std::string formatted;
    formatted.reserve(bytes);
    for (const keyed_command& c : commands) formatted += c.formatted;
    return exec_formatted(std::move(formatted), commands.size(), until);
}

awaitable<result<std::vector<reply>>> client::get_strings(const std::string& key,
                                                          const std::vector<std::string>& others,
                                                          deadline until) {
    if (others.empty()) return exec_formatted(formatted("MGET", key), 1, until);
    command_line argv{"MGET", key};
    argv.insert(argv.end(), others.begin(), others.end());
    return exec_formatted(to_keyed_command(argv).formatted, 1, until);
}

std::vector<keyed_command> client::removal(const std::vector<std::string>& names) const {
    std::vector<keyed_command> out;
    for (std::size_t i = 0; i < names.size(); i += names_per_command) {
        const std::size_t count = std::min(names.size() - i, names_per_command);
        keyed_command& one = out.emplace_back();
        append_head(count + 1, one.formatted);
        append_word("UNLINK", one.formatted);
        for (std::size_t n = i; n < i + count; ++n) append_word(names[n], one.formatted);
    }
    return out;
}

std::optional<server_address> client::home_of(const std::string&) const {
    if (!is_connected()) return std::nullopt;
    return server_.address();
}

awaitable<result<reply>> client::command(command_line argv, deadline until) {
    std::string formatted;
    append_formatted(argv, formatted);
    auto answers = co_await exec_formatted(std::move(formatted), 1, until);
    if (!answers) co_return answers.error();
    co_return accept(std::move(answers->front()));
}

awaitable<result<std::vector<reply>>> client::commands(std::vector<command_line> argvs, deadline until) {
    std::string formatted;
    for (const command_line& argv : argvs) append_formatted(argv, formatted);
    auto answers = co_await exec_formatted(std::move(formatted), argvs.size(), until);
    if (!answers) co_return answers.error();
    for (reply& r : *answers) {
        auto accepted = accept(std::move(r));
        if (!accepted) co_return accepted.error();
        r = std::move(*accepted);
    }
    co_return answers;
}

result<reply> client::accept(reply r) {
    return errors_->accept(std::move(r), stats_);
}

void client::note_connected(const std::string& identity, steady_clock::duration after) {
    connected_at_ = steady_clock::now();
    identity_ = identity;
    stats_.connections.fetch_add(1, std::memory_order_relaxed);
    own_stats_.is_connected = true;
    last_failure_.clear();
    reasons_logged_.clear();
    if (owner_.when_changed) owner_.when_changed();
    log::info("redis_connected",
              {{"address", address_}, {"server", server_.address().text()}, {"after_ms", to_ms(after)}});
    if (!identity_.empty() || std::exchange(has_told_missing_identity_, true)) return;
    log::warn("redis_identity_unknown",
              {{"address", address_}, {"hint", "the user needs the right to INFO"}});
}

// Logs each new reason once while the server stays away, not every attempt.
void client::note_lost(const std::string& reason) {
    last_failure_ = reason;
    if (owner_.when_changed) owner_.when_changed();
    if (connected_at_) {
        log::warn("redis_lost", {{"reason", reason}, {"address", address_}});
        return;
    }
    if (reasons_logged_.size() >= reasons_logged_max || !reasons_logged_.insert(reason).second) return;
    log::warn("redis_unreachable", {{"reason", reason}, {"address", address_}});
}

}  // namespace weir::redis
