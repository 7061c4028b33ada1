#include "resolve.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace weir::postgres {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// One look-up. It outlives the wait: a getaddrinfo that has begun cannot be interrupted, and reports here
// when no coroutine waits any more.
struct lookup {
    explicit lookup(const asio::any_io_executor& executor) : resolver(executor) {}
    tcp::resolver resolver;
    asio::steady_timer* waiting = nullptr;
    bool is_done = false;
    error_code failure;
    std::vector<std::string> addresses;
};

struct stop_waiting {
    lookup& of;
    ~stop_waiting() { of.waiting = nullptr; }
};

awaitable<result<std::vector<std::string>>> addresses_of(std::string host, asio::steady_timer& timer,
                                                         deadline until) {
    const auto executor = co_await asio::this_coro::executor;
    const auto state = std::make_shared<lookup>(executor);
    state->waiting = &timer;
    const stop_waiting guard{*state};
    timer.expires_at(until.at());
    state->resolver.async_resolve(host, "",
                                  [state](const error_code& ec, const tcp::resolver::results_type& found) {
                                      state->is_done = true;
                                      state->failure = ec;
                                      for (const auto& entry : found)
                                          state->addresses.push_back(entry.endpoint().address().to_string());
                                      if (state->waiting != nullptr) state->waiting->cancel();
                                  });
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!state->is_done) co_return until.passed() ? errc::timeout : errc::cancelled;
    if (state->failure || state->addresses.empty()) co_return errc::unavailable;
    co_return std::move(state->addresses);
}

bool needs_no_lookup(const std::string& host) {
    if (host.empty() || host.front() == '/' || host.front() == '@')
        return true;  // libpq's default, a unix socket
    error_code ec;
    asio::ip::make_address(host, ec);
    return !ec;
}

}  // namespace

awaitable<result<conninfo>> resolved(conninfo info, asio::steady_timer& timer, deadline until) {
    if (!info.get("hostaddr").empty()) co_return info;
    std::string hosts;
    std::string hostaddrs;
    std::string ports;
    bool is_first = true;
    const auto targets = info.targets();
    error_code failure;
    for (const auto& target : targets) {
        std::vector<std::string> addresses{""};  // empty: libpq takes the host as it is, without a lookup
        if (!needs_no_lookup(target.host)) {
            auto found = co_await addresses_of(target.host, timer, until);
            if (!found) failure = found.error();
            if (!found) continue;  // with several hosts, the others may do
            addresses = std::move(*found);
        }
        for (const auto& address : addresses) {
            const char* const comma = is_first ? "" : ",";
            is_first = false;
            hosts += comma + target.host;
            hostaddrs += comma + address;
            ports += comma + target.port;
        }
    }
    if (is_first) co_return failure;
    if (targets.size() == 1 && targets[0].host.empty()) co_return info;
    info.set("host", hosts);
    info.set("hostaddr", hostaddrs);
    info.set("port", ports);
    co_return info;
}

}  // namespace weir::postgres
