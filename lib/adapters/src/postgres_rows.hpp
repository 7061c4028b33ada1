// Between Postgres's text and the outbox's words. Pure.
#pragma once

#include "weir/policy/invalidation.hpp"
#include "weir/postgres/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

inline const std::string remove_rows_name = "weir_remove_outbox_rows";
inline const std::string remove_rows_sql = "delete from weir.outbox where id = any($1::bigint[])";

std::string array_of(const std::vector<std::int64_t>& ids);  // {1,2,3}

// From (id, table_name, image). An image that is no flat object of texts comes out without columns: it
// expands to no keys, and must not stop the rows behind it.
std::vector<outbox_row> outbox_rows_of(const postgres::table& rows);

row_image image_of(std::string table, std::string_view json);

}  // namespace weir
