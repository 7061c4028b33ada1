#include "postgres_marks.hpp"

#include "weir/base/fault.hpp"

namespace weir {

std::string mark_sql() {
    // For the test that shows what the marks of other consumers prevent.
    const std::string others = fault("one_consumer") ? "false and " : "";
    return "update weir.outbox o set replays = array_remove(o.replays, $2::integer), "
           "delivered = array_append(array_remove(o.delivered, $2::integer), $2::integer), "
           "settled_at = case when not exists (select from weir.consumers c where " +
           others +
           "c.expires_at > clock_timestamp() and c.id <> $2::integer and o.table_name = any(c.tables) "
           "and not o.delivered @> array[c.id]) then clock_timestamp() end";
}

}  // namespace weir
