#include "connection.hpp"

#include "weir/async/task.hpp"

#include "greeting.hpp"
#include "simple_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <exception>
#include <string_view>
#include <utility>

namespace weir::redis {
namespace {

namespace asio = boost::asio;
constexpr auto no_expiry = steady_clock::time_point::max();
constexpr std::size_t read_bytes = 64 * 1024;

pipeline::bounds bounds_of(const options& o) {
    return {.pending_max = o.pending_max,
            .unsent_bytes_max = o.unsent_bytes_max,
            .reply_bytes_max = o.reply_bytes_max,
            .patience_min = o.patience_min};
}

// Returns the commands of a greeting. The last ones tell whether the server is a master (only behind
// sentinels) and which data it has.
std::vector<command_line> greeting_of(const options& o) {
    std::vector<command_line> steps = greeting(o);
    if (o.kind == layout::sentinel) steps.push_back({"ROLE"});
    steps.push_back({"INFO", "server"});
    steps.push_back({"INFO", "replication"});
    return steps;
}

awaitable<result<bool>> ask_for_admission(admission admit, std::string identity, deadline until) {
    co_return co_await admit(std::move(identity), until);
}

}  // namespace

connection::connection(stream_socket socket, const options& settings, client_stats& stats)
    : options_(settings),
      stats_(stats),
      socket_(std::move(socket)),
      pipeline_(bounds_of(settings)),
      unsent_signal_(socket_.get_executor()),
      expiry_(socket_.get_executor()) {}

awaitable<std::string> connection::serve(deadline greeted_by, owner whose) {
    const auto executor = co_await asio::this_coro::executor;
    const auto [order, e1, e2, e3, e4] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, read(), asio::deferred),
            asio::co_spawn(executor, write(), asio::deferred),
            asio::co_spawn(executor, watch_deadlines(), asio::deferred),
            asio::co_spawn(executor, converse(greeted_by, std::move(whose)), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    const std::exception_ptr failures[] = {e1, e2, e3, e4};
    // If there is no reason, the first loop to end threw: a defect, or our own cancellation.
    if (reason_.empty() && failures[order[0]]) std::rethrow_exception(failures[order[0]]);
    co_return reason_;
}

// Executes commands. It is not a coroutine itself: every command of a miss would pay for its frame.
awaitable<result<replies>> connection::exec(std::string formatted, std::size_t count, deadline until) {
    auto begin = [this, formatted = std::move(formatted), count, until](auto handler) {
        stats_.commands.fetch_add(count, std::memory_order_relaxed);
        using waiter = reply_waiter<decltype(handler)>;
        const auto caller = std::make_shared<waiter>(std::move(handler), count, socket_.get_executor());
        const auto added = pipeline_.add(formatted, count, until.at(), steady_clock::now(), caller);
        if (!added) {
            stats_.overloaded.fetch_add(1, std::memory_order_relaxed);
            return caller->finish(added.error());
        }
        waiter::let_cancel(caller);
        unsent_signal_.cancel();
        rearm(until.at());
    };
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(result<replies>)>(std::move(begin),
                                                                                       asio::use_awaitable);
}

void connection::close(errc why) {
    error_code ignored;
    socket_.close(ignored);
    pipeline_.close(why);
}

void connection::give_up(std::string reason, errc end) {
    if (!reason_.empty()) return;
    reason_ = std::move(reason);
    end_ = end;
}

awaitable<void> connection::read() {
    std::string buffer(read_bytes, '\0');
    while (true) {
        const auto [ec, size] =
            co_await socket_.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
        if (ec == asio::error::operation_aborted) co_return;
        if (ec) co_return give_up(reason_of(ec));
        has_received_ = true;
        const auto taken = pipeline_.receive(std::string_view(buffer).substr(0, size));
        if (taken) continue;
        if (taken.error() == errc::unavailable) co_return give_up("the server refuses writes");
        co_return give_up("the server sent something that is not a reply", errc::protocol);
    }
}

// Sends what was added. Commands that are added during a write leave together with the next one: that is the
// pipelining.
awaitable<void> connection::write() {
    while (true) {
        if (!pipeline_.has_unsent()) {
            unsent_signal_.expires_at(no_expiry);
            co_await unsent_signal_.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        const std::string bytes = pipeline_.take_unsent();
        const auto [ec, size] =
            co_await asio::async_write(socket_, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
        if (ec == asio::error::operation_aborted) co_return;
        if (ec) co_return give_up(reason_of(ec));
    }
}

// Watches the deadlines with one timer for all commands. It is set for the earliest deadline and checked when
// that has come. Most commands are answered long before, so the timer is set a few times a second and not for
// each command.
awaitable<void> connection::watch_deadlines() {
    while (true) {
        expiry_at_ = pipeline_.next_expiry().value_or(no_expiry);
        expiry_.expires_at(expiry_at_);
        co_await expiry_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (steady_clock::now() < expiry_at_) continue;
        // This process may be late itself. Replies that are here already count: let read() take them first.
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        const auto before = pipeline_.timeouts();
        const auto alive = pipeline_.expire(steady_clock::now());
        stats_.timeouts.fetch_add(pipeline_.timeouts() - before, std::memory_order_relaxed);
        if (!alive) co_return give_up("no answer in time");
    }
}

void connection::rearm(steady_clock::time_point until) {
    if (until < expiry_at_) expiry_.cancel();
}

// Greets, then sends PINGs while idle. Does not return while all is well: when one of the four loops ends, so
// does the connection.
awaitable<void> connection::converse(deadline greeted_by, owner whose) {
    const bool is_welcome = co_await greet(greeted_by);
    if (!is_welcome) co_return;
    const bool may_be_read = co_await is_admitted(std::move(whose.admit), greeted_by);
    if (!may_be_read) co_return give_up("its data is not admitted yet");
    whose.when_greeted(identity_);
    while (true) {
        has_received_ = false;
        co_await sleep_for(options_.ping_interval);
        if (whose.is_still_wanted) {
            const bool is_wanted = co_await whose.is_still_wanted();
            if (!is_wanted) co_return give_up("the sentinels name another master now");
        }
        if (has_received_) continue;
        std::string ping;
        const command_line argv{"PING"};
        append_formatted(argv, ping);
        // Its reply is not needed: without one, watch_deadlines() ends the connection.
        co_await exec(std::move(ping), 1, deadline::in(options_.connect_timeout));
    }
}

awaitable<bool> connection::greet(deadline until) {
    const std::vector<command_line> steps = greeting_of(options_);
    std::string formatted;
    for (const command_line& step : steps) append_formatted(step, formatted);
    const auto answers = co_await exec(std::move(formatted), steps.size(), until);
    if (!answers) {
        give_up("no answer to the greeting");
        co_return false;
    }
    auto refused = refused_greeting(steps, *answers, options_);
    if (!refused && options_.kind == layout::sentinel && !is_master((*answers)[steps.size() - 3])) {
        refused = "the server that the sentinels name is no master";
    }
    if (refused) give_up(std::move(*refused));
    identity_ = identity_in((*answers)[steps.size() - 2], answers->back());
    co_return reason_.empty();
}

awaitable<bool> connection::is_admitted(admission admit, deadline until) {
    if (!admit || identity_.empty()) co_return true;
    auto asking = ask_for_admission(std::move(admit), identity_, until);
    const auto answer = co_await bounded(std::move(asking), until);
    co_return answer&&* answer;
}

}  // namespace weir::redis
