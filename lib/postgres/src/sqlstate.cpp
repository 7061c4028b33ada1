#include "weir/postgres/sqlstate.hpp"

#include <algorithm>
#include <array>

namespace weir::postgres {
namespace {

// The codes of class 22 (data exceptions) that the text of a parameter provokes: a cast that cannot read it,
// or a clause that cannot use it. Division by zero, a logarithm of zero and the like are left out: they come
// from the rows.
constexpr std::array<std::string_view, 22> raised_by_a_text{
    "22003",  // numeric_value_out_of_range
    "22007",  // invalid_datetime_format
    "22008",  // datetime_field_overflow
    "22009",  // invalid_time_zone_displacement_value
    "22010",  // invalid_indicator_parameter_value
    "22011",  // substring_error
    "22015",  // interval_field_overflow
    "22018",  // invalid_character_value_for_cast
    "22019",  // invalid_escape_character
    "22021",  // character_not_in_repertoire
    "22023",  // invalid_parameter_value: a time zone, a unit of date_trunc
    "22025",  // invalid_escape_sequence: a LIKE pattern that ends in a backslash
    "22032",  // invalid_json_text
    "2200M",  // invalid_xml_document
    "2200N",  // invalid_xml_content
    "2201B",  // invalid_regular_expression
    "2201W",  // invalid_row_count_in_limit_clause
    "2201X",  // invalid_row_count_in_result_offset_clause
    "2202E",  // array_subscript_error
    "22P02",  // invalid_text_representation
    "22P03",  // invalid_binary_representation
    "22P05",  // untranslatable_character: \u0000 in jsonb
};

bool is_raised_by_a_text(std::string_view sqlstate) {
    return std::find(raised_by_a_text.begin(), raised_by_a_text.end(), sqlstate) != raised_by_a_text.end();
}

}  // namespace

errc to_errc(std::string_view sqlstate) {
    if (sqlstate == "23505" || sqlstate == "23P01") return errc::conflict;  // unique, exclusion
    if (sqlstate == "23503" || sqlstate == "23001") return errc::conflict;  // foreign key, restrict
    if (sqlstate == "57014" || sqlstate == "55P03") return errc::timeout;   // statement_timeout, lock_timeout
    if (sqlstate == "40001" || sqlstate == "40P01") return errc::unavailable;  // serialization, deadlock
    if (sqlstate == "25P03" || sqlstate == "57P05") return errc::unavailable;  // session ended for idling
    if (sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03") return errc::unavailable;
    if (is_raised_by_a_text(sqlstate)) return errc::malformed;
    const auto error_class = sqlstate.substr(0, 2);
    if (error_class == "23" || error_class == "22" || error_class == "44") return errc::constraint;
    if (error_class == "08") return errc::unavailable;
    if (error_class == "53") return errc::overloaded;
    return errc::rejected;
}

bool repeats_values(std::string_view sqlstate) {
    return sqlstate.starts_with("22");
}

}  // namespace weir::postgres
