// Declarations of parameters and body fields: `query.locale = { type = "text", default = "en" }`.
#pragma once

#include "weir/config/sql_template.hpp"
#include "weir/policy/policy.hpp"

#include "section.hpp"

#include <string>
#include <vector>

namespace weir::config {

struct declared_parameter {
    parameter value;
    position at;
};

declared_parameter read_parameter(section s, parameter_source source);

// Returns the path's parameters in the order of the path, each declared in `parameter.*`. Behind them come
// the fields of `rest` ("query" or "body") in the order of the file. Refuses what is declared and not in the
// path, and the reverse.
std::vector<declared_parameter> read_parameters(section& owner, const path_pattern& path,
                                                std::string_view rest);

// Checks the NAME of [resource.NAME] or [write.NAME].
void check_name(section& owner);

// Returns `path`, or nullopt after the problem was added.
std::optional<path_pattern> read_path(section& owner);

void check_sql_given(section& owner);

// `sql` with the parameters' names resolved. It is not usable after a problem was added.
struct read_sql_result {
    std::string sql;  // positional
    std::vector<std::size_t> values;
    bool is_usable = false;
    std::string untyped_sql;  // the same, with parameters that have no type
};
read_sql_result read_sql(section& owner, const std::vector<declared_parameter>& parameters);
read_sql_result read_sql(section& owner, const text_value& sql,
                         const std::vector<declared_parameter>& parameters,
                         const std::vector<std::string>& more_names = {});  // behind the parameters; untyped

}  // namespace weir::config
