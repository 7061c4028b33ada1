// One transaction: asks, writes, reads what the triggers recorded, asks again, and rolls back. Nothing is
// ever committed.
#pragma once

#include "weir/policy/invalidation.hpp"

#include "questions.hpp"
#include "writes.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace weir::prove {

struct answer {
    bool is_known = false;  // false: the SQL failed, so the answer is an error and is stored nowhere
    std::optional<std::string> body;
    std::string problem = {};  // of one that is not known: what the database said

    bool operator==(const answer&) const = default;
};

enum class ending {
    compared,
    refused,     // by the database; `message` says why
    missed,      // the row is gone
    unreadable,  // a question failed before the write; it is answers.size() of `before`
    too_slow,
    lost,  // the connection
};

struct trial_result {
    ending end = ending::lost;
    std::string sqlstate;
    std::string message;
    std::vector<answer> before;
    std::vector<answer> after;
    touched named;
};

awaitable<trial_result> try_write(postgres::connection& on, const policy& p,
                                  const std::vector<subject>& subjects, const trial_write& what,
                                  std::span<const question> questions);

// Asks outside a transaction, in one that only reads: SQL that writes is refused. Returns fewer answers than
// questions only if the connection is lost, or once `is_over` says so.
awaitable<std::vector<answer>> ask(postgres::connection& on, const std::vector<subject>& subjects,
                                   std::span<const question> questions, std::function<bool()> is_over);

}  // namespace weir::prove
