#include "sentinels.hpp"

#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

namespace weir::redis {
namespace {

options for_sentinel(const options& o, const server_address& at) {
    options to = o.at(at);
    to.user.clear();
    to.password = o.sentinel_password;
    to.db = 0;
    return to;
}

// Reads {host, port}, two strings.
result<server_address> address_in(const reply& answer) {
    const auto* parts = answer.as<std::vector<reply>>();
    if (parts == nullptr || parts->size() != 2) return errc::protocol;
    const auto* host = parts->at(0).as<std::string>();
    const auto* port = parts->at(1).as<std::string>();
    if (host == nullptr || port == nullptr) return errc::protocol;
    server_address to{.host = *host, .port = 0, .socket_path = {}};
    const auto [end, ec] = std::from_chars(port->data(), port->data() + port->size(), to.port);
    if (ec != std::errc{} || end != port->data() + port->size()) return errc::protocol;
    return to;
}

}  // namespace

awaitable<result<server_address>> sentinels::find_master(deadline until) {
    for (std::size_t left = options_.seeds.size(); left > 0; --left) {
        const auto share = until.at_most(until.left() / static_cast<int>(left + 1));
        auto found = co_await ask_current(share);
        if (found) {
            failure_.clear();
            co_return found;
        }
        failure_ = "sentinel " + options_.seeds[first_].text() + ": " + failure_;
        connection_.reset();
        first_ = (first_ + 1) % options_.seeds.size();
    }
    co_return errc::unavailable;
}

awaitable<result<server_address>> sentinels::ask_current(deadline until) {
    const auto connected = co_await connect(until);
    if (!connected) co_return connected.error();
    std::vector<command_line> commands;
    commands.push_back({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options_.master_name});
    const auto answers = co_await connection_->exec(std::move(commands), until);
    if (!answers) {
        failure_ = reason_of(answers.error());
        co_return answers.error();
    }
    co_return read_answer(answers->front());
}

result<server_address> sentinels::read_answer(const reply& answer) {
    if (const auto* no = answer.as<error_reply>()) {
        failure_ = "it refuses: " + std::string(no->kind());
        return errc::rejected;
    }
    if (answer.as<nil>() != nullptr) {
        failure_ = "it knows no master of that name";
        return errc::rejected;
    }
    auto found = address_in(answer);
    if (!found) failure_ = "its answer is not an address";
    return found;
}

awaitable<result<void>> sentinels::connect(deadline until) {
    if (connection_) co_return result<void>{};
    const auto executor = co_await boost::asio::this_coro::executor;
    connection_ =
        std::make_unique<simple_connection>(executor, for_sentinel(options_, options_.seeds[first_]));
    auto done = co_await connection_->connect(until);
    if (done) done = co_await connection_->greet(until);
    if (!done) failure_ = connection_->refused().empty() ? reason_of(done.error()) : connection_->refused();
    co_return done;
}

}  // namespace weir::redis
