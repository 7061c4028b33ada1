// Proves the change map on the user's own rows. It changes a row in a transaction that is rolled back, and
// takes the names from what the installed triggers recorded. Then it looks for an answer that changed without
// being named.
//
// What it cannot see: time that passes, rows that do not exist yet, several rows that change at once, and
// interleavings (docs/proving.md).
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/connection.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace weir::prove {

// An answer that a write changed while the change map did not name it: it would be served until its TTL.
struct counterexample {
    std::string resource;
    std::string table;
    std::string preparation;         // a statement that ran before the first answer; empty: none
    std::string statement;           // the write, as Postgres got it
    std::string get;                 // "GET /v1/products/p1"
    std::string key;                 // of the answer
    std::string before;              // the body, shortened
    std::string after;               // the same after the write
    std::vector<std::string> named;  // keys and tags that the write did name, a few of them
    std::string remedy;              // what to add to the file
};

// A kind of write that was never tried with success, or a resource that was never asked.
struct gap {
    std::string what;  // "update of products.price_cents"
    std::string why;
};

struct progress {
    std::size_t writes = 0;
    std::size_t steps = 0;  // a step is one row of a table
    std::size_t steps_planned = 0;
    std::size_t counterexamples = 0;
};

struct options {
    seconds time{60};
    std::uint64_t seed = 0;
    const std::atomic<bool>* is_stopped = nullptr;          // read between transactions
    std::function<void(const progress&)> on_progress = {};  // called on the caller's executor
};

// Rows of tables are changed and rolled back, so nothing remains but advanced sequences.
struct report {
    std::string problem;  // why it could not run; empty: it ran
    std::vector<counterexample> found;
    std::vector<gap> unproven;
    std::size_t resources = 0;
    std::size_t tables = 0;
    std::size_t writes = 0;
    std::size_t answers = 0;    // compared before and after
    bool is_cut_short = false;  // by its time or by a signal, before the first round was over

    bool is_clean() const { return problem.empty() && found.empty() && unproven.empty() && !is_cut_short; }
};

// Runs until everything was tried, or until the time is over. It reads and writes with the role of `to`. Each
// transaction that changes rows ends within transaction_time_max, by a rollback.
awaitable<report> examine(postgres::conninfo to, const policy& p, options how);

inline constexpr milliseconds transaction_time_max{100};

// Returns a counterexample as lines for people.
std::string to_text(const counterexample& c);

}  // namespace weir::prove
