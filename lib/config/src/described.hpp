// The tables of fields without their types: what the reference and the JSON Schema print.
#pragma once

#include "shape.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

struct described_field {
    std::string_view name;
    shape written;
    std::string_view absent;  // what an absent one means, in Markdown; empty: it has the initial value
    std::string initial;      // as the file would say it; empty: none
    std::string_view doc;
    std::string_view only_for;
};

struct described_table {
    std::string_view name;  // "server", "resource.NAME"
    std::vector<described_field> fields;
};

// Returns the tables in the order of the shipped file.
std::vector<described_table> described_tables();

}  // namespace weir::config
