// Makes one write with the questions around it, again where the database was in the way, and remembers which
// kinds of write it never took.
//
// Owned by the prover, used on its executor.
#pragma once

#include "database.hpp"
#include "evidence.hpp"
#include "surroundings.hpp"

#include <map>
#include <string>
#include <vector>

namespace weir::prove {

inline constexpr std::size_t copies_max = parents_from * 2;  // of a row

class attempts {
 public:
    attempts(database& on, const policy& p, const surroundings& around, evidence& found, random& chance);

    // Returns whether the database let it happen.
    awaitable<bool> make(trial_write w, const chosen_row& on);

    // Returns the preparation of a write to a table: the rows that were made for tables that had none, where
    // they are read together with this one, and then more.
    std::string given(std::size_t table, const std::vector<std::string>& more) const;

    // Keeps why a kind of write was refused, unless one was done.
    void note_refusal(const std::string& name, std::string why);
    bool is_done(const std::string& name) const;
    // Returns whether each try of the write was refused.
    bool is_missing(const std::string& name) const;
    // Adds a gap for each kind of write that was refused.
    void list_refused() const;

    std::size_t writes() const { return writes_; }
    std::size_t answers() const { return answers_; }

 private:
    // What became of one kind of write.
    struct attempt {
        bool is_done = false;
        std::string refusal;
    };

    std::vector<question> questions_for(const trial_write& w, const chosen_row& on);

    database& database_;
    const policy& policy_;
    const surroundings& around_;
    evidence& evidence_;
    random& random_;
    std::map<std::string, attempt> attempts_;
    std::size_t writes_ = 0;
    std::size_t answers_ = 0;  // compared before and after
};

}  // namespace weir::prove
