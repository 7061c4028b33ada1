// The keys of a Redis, on whichever servers they are: a single server, the master that Sentinel names, or the
// masters of a Cluster. Scripts and adapters use this, so that they need not know which it is.
//
// Used only on its executor (one thread), except stats() and is_connected(). run() must be over before
// destruction: call stop() and let the executor run until then.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/redis/command.hpp"
#include "weir/redis/reply.hpp"
#include "weir/redis/url.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::redis {

// Counts, readable from any thread. For a Cluster: of all its connections together.
struct client_stats {
    std::atomic<std::uint64_t> commands{0};       // sent, including those of greetings, and PINGs
    std::atomic<std::uint64_t> timeouts{0};       // missed their deadline
    std::atomic<std::uint64_t> overloaded{0};     // not sent because a bound was reached
    std::atomic<std::uint64_t> error_replies{0};  // error replies, except NOSCRIPT and redirections
    std::atomic<std::uint64_t> connections{0};    // established; all after the first are reconnects
    std::atomic<bool> is_connected{false};
};

// Called in every greeting: whether the data of this server may be read. `identity` is its run id and its
// replication id, so it changes with a restart and with a failover. On false, or without an answer by the
// deadline, the attempt to connect ends and is repeated. Not called if the server does not tell its identity
// (a user without the right to INFO).
using admission = std::function<awaitable<bool>(std::string identity, deadline until)>;

// A formatted command and the key that decides which server gets it. All its keys are in the slot of `route`.
// If `route` is empty, that is the first argument.
struct keyed_command {
    std::string formatted;
    std::string route = {};

    std::string_view key() const { return route.empty() ? word_of(formatted, 1) : route; }
};

// Formats a command whose first argument is its key.
keyed_command to_keyed_command(const command_line& argv);

class keyspace {
 public:
    virtual ~keyspace() = default;

    // Connects, and reconnects whenever a connection is lost, until stop().
    virtual awaitable<void> run() = 0;
    virtual void stop() = 0;

    // Returns whether every key can be reached, as far as is known. From any thread.
    virtual bool is_connected() const = 0;
    virtual const client_stats& stats() const = 0;
    // Returns why the last attempt or connection ended, without secrets. Empty while connected.
    virtual const std::string& last_failure() const = 0;

    // Arguments are borrowed until the call completes.
    //
    // Sends the commands, in one round trip if no server redirects. Returns the replies as they are, error
    // replies included, in the order of the commands. Commands to one server are run in their order; they are
    // not a transaction.
    //
    // Errors: errc::timeout, unavailable, overloaded, protocol. errc::cancelled if the caller is cancelled or
    // the client stopped; the commands may still be run.
    virtual awaitable<result<std::vector<reply>>> exec(std::span<const keyed_command> commands,
                                                       deadline until) = 0;

    // Reads the strings under `key` and `others`, in any slots. Returns one reply, an array; where a key
    // holds no string, its item is not a string. See strings_in().
    virtual awaitable<result<std::vector<reply>>> get_strings(const std::string& key,
                                                              const std::vector<std::string>& others,
                                                              deadline until) = 0;

    // Returns commands that delete `names`, in any slots. Those of one slot keep their order.
    virtual std::vector<keyed_command> removal(const std::vector<std::string>& names) const = 0;

    // Turns an error reply into its error and logs it, at a limited rate.
    virtual result<reply> accept(reply r) = 0;

    // Returns the server that holds `key` now; nullopt while there is none. For subscribers that must connect
    // to the same server.
    virtual std::optional<server_address> home_of(const std::string& key) const = 0;

    // The string under a key, and those under other keys. nullopt for a key that holds none.
    struct strings {
        std::optional<std::string> first;
        std::vector<std::optional<std::string>> others;
    };
    // Reads the reply of get_strings().
    result<strings> strings_in(result<std::vector<reply>> answers, std::size_t others);

    // Sends one command. An error reply is logged and returned as errc::rejected or errc::unavailable; see
    // to_errc().
    awaitable<result<reply>> exec_one(keyed_command what, deadline until);
    // Does the same for several commands. Returns the error of the first that failed; others may have
    // succeeded.
    awaitable<result<std::vector<reply>>> exec_all(std::vector<keyed_command> commands, deadline until);
};

// Returns a client or a cluster, as the options say. `admit` may be empty; it is called on the executor.
std::unique_ptr<keyspace> open_keyspace(boost::asio::any_io_executor executor, options settings,
                                        admission admit = {});

}  // namespace weir::redis
