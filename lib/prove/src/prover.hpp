// The loop of the proof: connects, looks at the catalogue and the rows, and tries one write after the other.
//
// Owned by examine(), used on its executor. It stops between two transactions.
#pragma once

#include "weir/prove/prove.hpp"

#include "made_rows.hpp"
#include "trial.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::prove {

class prover {
 public:
    prover(const boost::asio::any_io_executor& executor, postgres::conninfo to, const policy& p,
           const options& how);

    awaitable<report> run();

 private:
    // A row to change, and the question that led to it.
    struct chosen_row {
        row what;
        std::optional<question> origin;
    };
    // What became of one kind of write.
    struct attempt {
        bool is_done = false;
        std::string refusal;
    };

    awaitable<bool> connect();
    awaitable<bool> is_installed();
    awaitable<bool> look_around();
    awaitable<void> sample();
    awaitable<void> fill(std::size_t table);
    awaitable<bool> fill_with(std::size_t table, made_row made);
    awaitable<void> find_focus(subject& s);
    awaitable<bool> look_for_answers(subject& s);
    awaitable<void> narrow(subject& s, const std::vector<std::string>& base);
    awaitable<void> choose_rows(std::size_t table);
    awaitable<void> add_rows(std::size_t table, std::string condition, std::size_t most,
                             const question* origin);
    std::vector<std::string> conditions_for(const subject& s, const question& q, std::size_t table) const;

    awaitable<void> try_everything();
    awaitable<void> try_row(std::size_t table, std::size_t round, std::size_t values);
    awaitable<void> try_column(const chosen_row& on, std::size_t column, std::size_t most);
    awaitable<void> try_new_parent(const chosen_row& on, std::size_t column);
    awaitable<void> try_inserts(const chosen_row& on);
    awaitable<void> try_removal(const chosen_row& on);
    awaitable<void> try_take_over(const chosen_row& on);
    // Tries what no row of the first round could have done to it.
    awaitable<void> try_again(std::size_t table);
    awaitable<void> try_column_again(std::size_t table, std::size_t column);
    awaitable<void> try_pairs(std::size_t table);
    awaitable<void> try_free_value(std::size_t table, std::size_t column, bool clears);
    awaitable<void> try_put_back(std::size_t table, bool clears);
    awaitable<void> try_removals(std::size_t table, bool clears);
    std::vector<std::string> cleared(const row& r, bool clears) const;
    bool is_missing(const std::string& name) const;
    std::size_t values_at_first(std::size_t done, std::size_t of) const;
    // Returns whether the database let it happen.
    awaitable<bool> attempt_write(trial_write w, const chosen_row& on);
    awaitable<void> judge(const trial_write& w, const std::vector<question>& questions,
                          const trial_result& got);
    awaitable<bool> is_unstable(const trial_write& w, const question& q, const trial_result& got,
                                std::size_t at);

    std::vector<question> questions_for(const trial_write& w, const chosen_row& on);
    void record(const trial_write& w, const question& q, const trial_result& got, std::size_t at);
    void list_gaps();
    bool is_open(const subject& s, std::size_t table) const;
    bool is_read_by_open(std::size_t table) const;
    bool is_over() const;
    awaitable<std::vector<answer>> ask_all(const std::vector<question>& questions);
    bool is_compared(const subject& s, std::size_t table) const;
    void note_compared(const question& q, std::size_t table, const answer& before, const answer& after);
    void list_uncompared();
    std::string why_not_compared(const subject& s) const;
    std::string given(std::size_t table, const std::vector<std::string>& more) const;
    value_pool pool() const { return {catalogue_, samples_, subjects_}; }
    std::vector<std::size_t> mutable_tables() const;

    const boost::asio::any_io_executor executor_;
    const postgres::conninfo to_;
    const policy& policy_;
    const options& how_;
    const deadline until_;
    steady_clock::time_point writes_begin_{};
    postgres::connection on_;
    random random_;
    catalogue catalogue_;
    std::vector<subject> subjects_;
    std::vector<std::vector<row>> samples_;      // of each table
    std::vector<std::vector<chosen_row>> rows_;  // of each table
    std::vector<std::vector<std::string>>
        preparations_;                             // of each table: insert its only row, where it had none
    std::map<std::size_t, std::string> not_made_;  // of tables without rows: what the database said
    std::map<std::string, attempt> attempts_;
    std::set<std::pair<std::size_t, std::size_t>> found_;     // subject and table
    std::set<std::pair<std::size_t, std::size_t>> compared_;  // subject and table: before and after a write
    std::set<std::size_t> shown_;                  // subjects of which a compared answer had content
    std::set<std::size_t> unstable_;               // subjects whose answers change without a write
    std::map<std::size_t, std::string> failures_;  // of subjects that have no answer: what the database said
    report report_;
};

}  // namespace weir::prove
