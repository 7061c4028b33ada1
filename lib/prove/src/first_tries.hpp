// The writes that are tried on each chosen row: every column, a copy, its removal.
//
// Owned by the prover, used on its executor.
#pragma once

#include "attempts.hpp"

#include <cstddef>

namespace weir::prove {

inline constexpr std::size_t column_values_max = 12;
inline constexpr std::size_t column_values_later = 3;  // in rounds after the first

class first_tries {
 public:
    first_tries(const database& on, const surroundings& around, const evidence& found, attempts& by,
                random& chance);

    // Tries at most so many values of each column on the row of the table that has this round's number.
    awaitable<void> try_row(std::size_t table, std::size_t round, std::size_t most);

 private:
    awaitable<void> try_column(const chosen_row& on, std::size_t column, std::size_t most);
    awaitable<void> try_new_parent(const chosen_row& on, std::size_t column);
    awaitable<void> try_take_over(const chosen_row& on);
    awaitable<void> try_inserts(const chosen_row& on);
    awaitable<void> try_removal(const chosen_row& on);

    const database& database_;
    const surroundings& around_;
    const evidence& evidence_;
    attempts& attempts_;
    random& random_;
};

}  // namespace weir::prove
