// The connection of a proof, the time that it has, and why it had to give up.
//
// Used on the executor of the proof. Its connection is made anew where a transaction left it unusable.
#pragma once

#include "weir/prove/prove.hpp"

#include "trial.hpp"

#include <string>
#include <vector>

namespace weir::prove {

class database {
 public:
    database(const boost::asio::any_io_executor& executor, postgres::conninfo to, const options& how);

    // Makes the connection usable. Returns false, and gives up, if there is none.
    awaitable<bool> connect();

    // Asks outside a transaction, until the time is over.
    awaitable<std::vector<answer>> ask_all(const std::vector<subject>& subjects,
                                           const std::vector<question>& questions);

    postgres::connection& session() { return on_; }  // after connect()
    const deadline& until() const { return until_; }

    // Returns whether the time has passed, a signal came, or the proof gave up.
    bool is_over() const;

    void give_up(std::string problem);
    const std::string& problem() const { return problem_; }  // empty: it did not give up

 private:
    const postgres::conninfo to_;
    const deadline until_;
    const std::atomic<bool>* const is_stopped_;
    postgres::connection on_;
    std::string problem_;
};

}  // namespace weir::prove
