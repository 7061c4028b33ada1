// The phases of the proof: looks around, tries one write after the other, and reports.
//
// Owned by examine(), used on its executor. It stops between two transactions.
#pragma once

#include "weir/prove/prove.hpp"

#include "attempts.hpp"
#include "database.hpp"
#include "evidence.hpp"
#include "explorer.hpp"
#include "first_tries.hpp"
#include "second_tries.hpp"
#include "surroundings.hpp"

namespace weir::prove {

class prover {
 public:
    prover(const boost::asio::any_io_executor& executor, postgres::conninfo to, const policy& p,
           const options& how);
    prover(const prover&) = delete;  // its parts refer to each other
    prover& operator=(const prover&) = delete;

    awaitable<report> run();

 private:
    awaitable<bool> is_installed();
    awaitable<void> try_everything();
    std::size_t values_at_first(std::size_t done, std::size_t of) const;

    const policy& policy_;
    const options& how_;
    random random_;  // one for all: a seed gives the same run
    database database_;
    surroundings around_;
    evidence evidence_;
    explorer explorer_;
    attempts attempts_;
    first_tries first_;
    second_tries second_;
    steady_clock::time_point writes_begin_{};
    report report_;
};

}  // namespace weir::prove
