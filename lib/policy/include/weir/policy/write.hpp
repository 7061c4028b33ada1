// A declared write: a route of the admin listener and the statement that it runs in one transaction. Its
// table's change says which keys it invalidates; the write never does. Pure data.
#pragma once

#include "weir/policy/load.hpp"
#include "weir/policy/route.hpp"

#include <string>

namespace weir {

struct write : route {
    write() { method = route_method::post; }

    std::string table;              // the one that it changes; has a declared change
    statement apply;                // a data-modifying statement with RETURNING
    unsigned success_status = 200;  // 201 for a create
};

}  // namespace weir
