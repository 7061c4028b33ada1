// What is known before the first write is tried. The explorer finds it; all others only read it.
#pragma once

#include "catalogue.hpp"
#include "questions.hpp"
#include "rows.hpp"
#include "writes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::prove {

// A row to change, and the question that led to it.
struct chosen_row {
    row what;
    std::optional<question> origin;
};

struct surroundings {
    catalogue schema;
    std::vector<subject> subjects;
    std::vector<std::vector<row>> samples;      // of each table
    std::vector<std::vector<chosen_row>> rows;  // of each table
    std::vector<std::vector<std::string>>
        preparations;  // of each table: insert its only row, where it had none

    // Returns the tables that a resource reads, by their names.
    std::vector<std::size_t> mutable_tables() const;
    value_pool pool() const { return {schema, samples, subjects}; }
};

}  // namespace weir::prove
