// From changed rows to the keys they touch. Pure.
#pragma once

#include "weir/policy/policy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

// A row as it was before or after a write: the columns that its table's change names, as text; nothing for
// null.
struct row_image {
    std::string table;
    std::vector<std::pair<std::string, std::optional<std::string>>> columns;
};

struct outbox_row {
    std::int64_t id = 0;
    row_image image;
};

// Sorted, without duplicates. A template with a column that is null, absent or not acceptable to the
// resource's rule gives no key: no request can have asked for it. Images of undeclared tables give none
// either.
std::vector<std::string> touched_keys(const policy& p, const std::vector<outbox_row>& rows);

}  // namespace weir
