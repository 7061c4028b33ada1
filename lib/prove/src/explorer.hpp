// Looks around before the first write: reads the catalogue, samples rows, finds questions that have answers,
// and chooses the rows to change.
//
// Owned by the prover, used on its executor. It fills the surroundings once.
#pragma once

#include "database.hpp"
#include "evidence.hpp"
#include "made_rows.hpp"
#include "surroundings.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weir::prove {

class explorer {
 public:
    explorer(database& on, const policy& p, std::uint64_t seed, surroundings& around, evidence& found);

    // Returns false with a problem, or without one if its time was over.
    awaitable<bool> look_around();

 private:
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

    database& database_;
    const policy& policy_;
    const std::uint64_t seed_;
    surroundings& around_;
    evidence& evidence_;
    std::map<std::size_t, std::string> not_made_;  // of tables without rows: what the database said
};

}  // namespace weir::prove
