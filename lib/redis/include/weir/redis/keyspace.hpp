// The keys of a Redis, on whichever servers they live: a single server, the master that Sentinel names, or
// the masters of a Cluster. What scripts and adapters speak to, so that they need not know which it is.
//
// Used only on its executor (one thread), stats() and is_connected() apart. run() must be over before it is
// destroyed: stop() and let the executor run until it is.
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

// Readable from any thread. Of a Cluster: all its connections together.
struct client_stats {
    std::atomic<std::uint64_t> commands{0};     // sent, those of greetings and PINGs included
    std::atomic<std::uint64_t> timeouts{0};     // missed their deadline
    std::atomic<std::uint64_t> overloaded{0};   // not sent because a bound was reached
    std::atomic<std::uint64_t> refusals{0};     // answered with an error, NOSCRIPT and redirections apart
    std::atomic<std::uint64_t> connections{0};  // successful ones; all after the first are reconnects
    std::atomic<bool> is_connected{false};
};

// Asked, in every greeting, whether the data of this server may be read: `identity` is its run id and its
// replication id, so it changes with a restart and with a failover. False, or no answer by the deadline: the
// attempt to connect ends and is repeated. Not asked when the server does not tell its identity (a user
// without the right to INFO).
using admission = std::function<awaitable<bool>(std::string identity, deadline until)>;

// A command, ready to be sent, and what decides which server gets it: all its keys are in the slot of
// `route`, which is its first argument when empty.
struct question {
    std::string formatted;
    std::string route = {};

    std::string_view key() const { return route.empty() ? word_of(formatted, 1) : route; }
};

question question_of(const command_line& argv);

class keyspace {
 public:
    virtual ~keyspace() = default;

    // Connects, and again whenever a connection is lost, until stop().
    virtual awaitable<void> run() = 0;
    virtual void stop() = 0;

    // Whether every key can be asked for, as far as is known. From any thread.
    virtual bool is_connected() const = 0;
    virtual const client_stats& stats() const = 0;
    // Why the last attempt or connection ended, without secrets; empty while connected.
    virtual const std::string& last_failure() const = 0;

    // Arguments are borrowed until the call completes.
    //
    // One round trip, if all is well; replies as they come, refusals included, in the order of the questions.
    // Those of one server are carried out in their order; it is not a transaction. errc::timeout,
    // unavailable, overloaded, protocol; errc::cancelled when the caller is cancelled or the client stopped,
    // and the commands may yet be carried out.
    virtual awaitable<result<std::vector<reply>>> ask(std::span<const question> questions,
                                                      deadline until) = 0;

    // One reply: an array of the strings under `key` and `others`, in any slots; what is none is anything
    // else. See strings_in().
    virtual awaitable<result<std::vector<reply>>> ask_strings(const std::string& key,
                                                              const std::vector<std::string>& others,
                                                              deadline until) = 0;

    // The questions that delete `names`, in any slots; those of one slot in their order.
    virtual std::vector<question> removal(const std::vector<std::string>& names) const = 0;

    // Turns a refusal into its error and writes it to the log, rarely.
    virtual result<reply> accept(reply r) = 0;

    // The server that is asked about `key` now; nothing while there is none. For those who listen there.
    virtual std::optional<server_address> home_of(const std::string& key) const = 0;

    // The string under `key`, and those under others; nothing for a key that holds none.
    struct strings {
        std::optional<std::string> first;
        std::vector<std::optional<std::string>> others;
    };
    result<strings> strings_in(result<std::vector<reply>> answers, std::size_t others);

    // A question and its reply, which is never a refusal: that is errc::rejected or errc::unavailable (see
    // judge()) and in the log.
    awaitable<result<reply>> ask_one(question what, deadline until);
    // The same for several. The error is that of the first that failed; others may have succeeded.
    awaitable<result<std::vector<reply>>> ask_all(std::vector<question> questions, deadline until);
};

// What the options ask for. The hook, if there is one, is called on the executor.
std::unique_ptr<keyspace> open_keyspace(boost::asio::any_io_executor executor, options settings,
                                        admission admit = {});

}  // namespace weir::redis
