// What the tried writes showed: judges each outcome, remembers what was compared, and lists what stays open.
//
// Owned by the prover, used on its executor.
#pragma once

#include "weir/prove/prove.hpp"

#include "database.hpp"
#include "surroundings.hpp"
#include "trial.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::prove {

class evidence {
 public:
    evidence(database& on, const policy& p, const surroundings& around);

    void add_gap(std::string what, std::string why);

    // Keeps the first failure of a resource that has no answer: what the database said.
    void note_failure(std::size_t reading, const std::string& message);
    void forget_failure(std::size_t reading);
    std::optional<std::string> failure_of(std::size_t reading) const;

    // Returns whether a write to the table may still show something about the resource.
    bool is_open(const subject& s, std::size_t table) const;
    bool is_read_by_open(std::size_t table) const;
    bool is_compared(const subject& s, std::size_t table) const;

    // Compares the answers before and after a write, and records those that it changed without naming them.
    awaitable<void> judge(const trial_write& w, const std::vector<question>& questions,
                          const trial_result& got);

    // Adds a gap for each resource that nothing was found out about; if the first round was cut short, only
    // for those whose answers change by themselves.
    void list_gaps(bool is_cut_short);

    std::size_t counterexamples() const { return counterexamples_.size(); }
    void move_to(report& r);

 private:
    void note_compared(const question& q, std::size_t table, const answer& before, const answer& after);
    awaitable<bool> is_unstable(const trial_write& w, const question& q, const trial_result& got,
                                std::size_t at);
    void record(const trial_write& w, const question& q, const trial_result& got, std::size_t at);
    void list_uncompared();
    std::string why_not_compared(const subject& s) const;

    database& database_;
    const policy& policy_;
    const surroundings& around_;
    std::set<std::pair<std::size_t, std::size_t>> found_;     // subject and table
    std::set<std::pair<std::size_t, std::size_t>> compared_;  // subject and table: before and after a write
    std::set<std::size_t> shown_;                  // subjects of which a compared answer had content
    std::set<std::size_t> unstable_;               // subjects whose answers change without a write
    std::map<std::size_t, std::string> failures_;  // of subjects that have no answer: what the database said
    std::vector<counterexample> counterexamples_;
    std::vector<gap> gaps_;
};

}  // namespace weir::prove
