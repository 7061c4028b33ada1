// What the read path answers, and how it came about, in the words of RFC 9211 (Cache-Status).
#pragma once

#include "weir/l1/entry.hpp"

namespace weir {

struct provenance {
    enum class source { hit, stale, miss, bypass };
    enum class tier { none, l1, l2 };
    source from = source::miss;
    tier where = tier::none;  // with hit and stale: the tier that had it
    bool is_stored = false;   // with miss: it is in L2 now
    bool is_collapsed =
        false;  // with miss: another request's load, here or on another node, answered this one
    // With miss: L2 could not be asked, so the loader was. With hit: L2 could not be asked, so the hit may be
    // out of date (degraded_ttl).
    bool is_l2_down = false;
    bool is_load_failed = false;  // with stale: sent instead of an error; otherwise it is refreshed meanwhile
};

struct answer {
    entry_ptr content;  // a value or an absence; never null
    provenance how;
};

}  // namespace weir
