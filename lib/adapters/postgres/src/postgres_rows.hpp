// Converts Postgres's text to the outbox's types. Pure.
#pragma once

#include "weir/policy/invalidation.hpp"
#include "weir/postgres/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// The columns of weir.outbox, named `o`, that outbox_rows_of reads. The age is the lag of an invalidation.
// That of a replayed row would say how long ago it was delivered, so it counts as unknown (0).
inline const std::string outbox_columns =
    "o.id, o.table_name, o.image, o.is_bulk, case when o.replays <> '{}' then 0 else "
    "greatest(0, extract(epoch from clock_timestamp() - o.created_at) * 1000)::bigint end";

// Sent before statements that settle rows. The commit then waits neither for the disk nor for a standby. If
// the server loses it, the rows are delivered once more.
inline const std::string no_wait_name = "weir_no_wait_for_disk";
inline const std::string no_wait_sql = "select set_config('synchronous_commit', 'off', true)";

// Returns ids as an array for Postgres: {1,2,3}.
std::string array_of(const std::vector<std::int64_t>& ids);

// Returns texts as an array for Postgres: {"a","b"}.
std::string array_of(const std::vector<std::string>& texts);

// Converts rows of the columns above. An image that is not a flat object of texts gets no columns, and must
// not stop the rows behind it. Without its columns it touches every resource that the table's change reaches.
std::vector<outbox_row> outbox_rows_of(const postgres::table& rows);

// Returns the number that `text` holds; zero for null.
std::int64_t number_of(const postgres::sql_text& text);

// Reads the image of a row of `table`.
row_image image_of(std::string table, std::string_view json);

}  // namespace weir
