// Rows of the user's tables, as they are chosen to be changed and to ask with.
#pragma once

#include "catalogue.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::prove {

using cell = std::optional<std::string>;

struct row {
    std::size_t table = 0;
    std::vector<cell> values;  // in the order of the table's columns; long ones are cut
    std::string where;         // finds this row alone: "product_id" = '1'
};

// Values longer than this are read in part, and are put into no other row.
inline constexpr std::size_t value_bytes_max = 256;

// Returns rows that fulfil `condition` (over the alias t; empty: any), chosen by the seed. Rows come in the
// same order for the same seed. A condition that Postgres refuses, or that takes too long, gives no row.
awaitable<std::vector<row>> find_rows(postgres::connection& on, const catalogue& from, std::size_t table,
                                      std::string condition, std::size_t most, std::uint64_t seed);

// Returns a condition on rows of `to` (alias t): they are joined, over references, with a row of `from`
// (alias s0) that fulfils `start`. Returns an empty text if no path of references leads there.
std::string joined_condition(const catalogue& in, std::size_t from, const std::string& start, std::size_t to);

// Goes on from limits_sql(): the transaction cannot write.
inline constexpr std::string_view read_only_sql = ", set_config('transaction_read_only', 'on', true)";

// Sets the limits of the statements that follow in the transaction.
std::string limits_sql(milliseconds statement, milliseconds lock);

}  // namespace weir::prove
