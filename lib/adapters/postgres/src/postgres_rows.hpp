// Between Postgres's text and the outbox's words. Pure.
#pragma once

#include "weir/policy/invalidation.hpp"
#include "weir/postgres/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// What outbox_rows_of reads. The age is the lag of an invalidation; that of a replayed row would say how long
// ago it was delivered, so it counts as not known.
inline const std::string outbox_columns =
    "id, table_name, image, is_bulk, case when is_replay then 0 else "
    "greatest(0, extract(epoch from clock_timestamp() - created_at) * 1000)::bigint end";

// In front of what settles rows, and lost with the server: they are delivered once more. So nobody waits for
// the disk, nor for a standby.
inline const std::string no_wait_name = "weir_no_wait_for_disk";
inline const std::string no_wait_sql = "select set_config('synchronous_commit', 'off', true)";

std::string array_of(const std::vector<std::int64_t>& ids);  // {1,2,3}

// From the columns above. An image that is no flat object of texts comes out without columns: it expands to
// no keys, and must not stop the rows behind it.
std::vector<outbox_row> outbox_rows_of(const postgres::table& rows);

std::int64_t number_of(const postgres::sql_text& text);  // zero for null

row_image image_of(std::string table, std::string_view json);

}  // namespace weir
