// What the read path answers, and how it came about, in the words of RFC 9211 (Cache-Status).
#pragma once

#include "weir/policy/entry.hpp"

namespace weir {

struct provenance {
    enum class source { hit, miss, bypass };
    enum class tier { none, l1, l2 };
    source from = source::miss;
    tier where = tier::none;  // with hit: the tier that had it
    bool is_stored = false;   // with miss: it is in L2 now
    bool is_collapsed =
        false;                // with miss: another request's load, here or on another node, answered this one
    bool is_l2_down = false;  // with miss: L2 could not be asked, so the loader was
};

struct answer {
    entry_ptr content;  // a value or an absence; never null
    provenance how;
};

}  // namespace weir
