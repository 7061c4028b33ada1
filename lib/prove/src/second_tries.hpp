// What is tried after the first row of a table. The database may have refused each write to that one: because
// of other rows, or because of constraints that no made-up value fulfils.
//
// Owned by the prover, used on its executor.
#pragma once

#include "attempts.hpp"

#include <cstddef>

namespace weir::prove {

class second_tries {
 public:
    second_tries(const database& on, const surroundings& around, const evidence& found, attempts& by);

    // Tries what no row of the first round could have done to it.
    awaitable<void> try_again(std::size_t table);

 private:
    awaitable<void> try_column_again(std::size_t table, std::size_t column);
    awaitable<void> try_pairs(std::size_t table);
    awaitable<void> try_free_value(std::size_t table, std::size_t column, bool clears);
    awaitable<void> try_put_back(std::size_t table, bool clears);
    awaitable<void> try_removals(std::size_t table, bool clears);

    const database& database_;
    const surroundings& around_;
    const evidence& evidence_;
    attempts& attempts_;
};

}  // namespace weir::prove
