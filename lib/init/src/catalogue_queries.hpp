// The queries of read_catalogue(), each a part of the catalogue. They run in one read-only transaction, so
// that all see one state of it.
#pragma once

namespace weir::init {

extern const char* const begin_sql;
extern const char* const database_sql;
extern const char* const relations_sql;
extern const char* const keywords_sql;
extern const char* const labels_sql;
extern const char* const columns_sql;
extern const char* const keys_sql;
extern const char* const foreign_keys_sql;

}  // namespace weir::init
