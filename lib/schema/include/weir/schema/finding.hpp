// What the database says against a declaration. The file's own mistakes are config's problems; these need the
// catalogue to be seen. Pure data.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace weir {

struct finding {
    enum class severity { error, warning };

    severity level = severity::error;
    std::string declared = {};  // "resource.product", "write.pay", "change of orders": what it is about
    std::string field = "sql";  // of the declaration: "sql", "keys"; empty: all of it
    std::size_t sql_line = 0;   // of the field "sql", counted from 0
    std::string resource = {};  // "product"; empty if it concerns no single one
    std::string table = {};     // or a function; empty if it concerns none
    std::string what = {};      // what is wrong
    std::string todo = {};      // what to do about it
};

using findings = std::vector<finding>;

inline bool has_errors(const findings& list) {
    for (const finding& f : list) {
        if (f.level == finding::severity::error) return true;
    }
    return false;
}

}  // namespace weir
