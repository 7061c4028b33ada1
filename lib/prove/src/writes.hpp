// The writes that are tried on a row. Pure text.
#pragma once

#include "catalogue.hpp"
#include "questions.hpp"
#include "rows.hpp"

#include <string>
#include <vector>

namespace weir::prove {

enum class write_kind { update, take_over, insert, remove };

struct trial_write {
    write_kind kind = write_kind::update;
    std::size_t table = 0;
    std::size_t column = 0;   // of an update
    std::string preparation;  // run before the first answer; empty: nothing
    std::string statement;
    row before;  // what is known of the row before the write; of an insert: the copied one
    row after;
};

// A copy of a row, with other values in the columns of its unique keys.
struct copied_row {
    std::string statement;
    row made;
    std::vector<std::string> parents = {};  // run before: copies of rows that it refers to by a unique column
};

// What the values of a column are taken from.
struct value_pool {
    const catalogue& in;
    const std::vector<std::vector<row>>& samples;  // of each table
    const std::vector<subject>& subjects;
};

// Returns values that the column may be given instead of the one that the row has. The first ones are those
// that most likely change an answer.
std::vector<cell> other_values(const value_pool& from, const row& r, std::size_t column);

trial_write update_of(const catalogue& in, const row& r, std::size_t column, const cell& value);

// Gives the row the values of another one in these columns, or in all but the keys. Returns nullopt if they
// are equal.
std::optional<trial_write> take_over(const catalogue& in, const row& r, const row& other,
                                     const std::vector<std::size_t>& columns = {});

// Copies a row. `number` makes copies that differ from each other. The first attempt varies all columns of
// the keys, a later one varies one of them: the others may only have certain values. From parents_from on,
// the rows that its keys refer to are copied, too: perhaps each may be referred to once.
inline constexpr std::size_t parents_from = 3;
copied_row copy_of(const value_pool& from, const row& r, std::uint64_t number, std::size_t attempt = 0);

trial_write insert_of(const copied_row& copy, const row& original);
trial_write removal_of(const catalogue& in, const row& r);

// Returns "update of products.price_cents".
std::string name_of(const catalogue& in, const trial_write& w);

}  // namespace weir::prove
