#include "file_names.hpp"

namespace weir::init {
namespace {

bool is_plain(std::string_view name) {
    return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

}  // namespace

bool is_table_name(std::string_view name) {
    return is_plain(name);
}

bool is_key_column_name(std::string_view name) {
    return is_plain(name);
}

bool is_field_name(std::string_view name) {
    return is_plain(name);
}

}  // namespace weir::init
