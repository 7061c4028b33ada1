// The read path: how a GET is answered from L2 or the loader. See docs/architecture.md.
//
// One per worker, used on its executor; flights are shared by all workers of the process.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/policy/entry.hpp"

#include <string>
#include <vector>

namespace weir {

// How an answer came about, in the words of RFC 9211 (Cache-Status).
struct provenance {
    enum class source { hit, miss, bypass };
    enum class tier { none, l1, l2 };
    source from = source::miss;
    tier where = tier::none;  // with hit: which tier had it; with miss: l2 when stored there
    bool is_stored = false;
    bool is_collapsed = false;  // another request's load answered this one
    bool is_l2_down = false;    // served from the loader because L2 could not be asked
};

struct answer {
    entry_ptr content;  // a value or an absence; never null
    provenance how;
};

class read_path;  // defined with the flights, see read_path.cpp

// What http calls. `values` are normalised and in the resource's order.
class reader {
 public:
    virtual ~reader() = default;
    virtual awaitable<result<answer>> get(const resource& what, std::vector<std::string> values, deadline until) = 0;
};

}  // namespace weir
