#include "weir/postgres/sqlstate.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>

namespace weir::sqlstate_test {

using weir::errc;
using weir::postgres::to_errc;

TEST_CASE("each class of sqlstate has one meaning") {
    const auto [sqlstate, meaning] = GENERATE(Catch::Generators::table<std::string, errc>({
        {"23505", errc::conflict},     // unique_violation
        {"23P01", errc::conflict},     // exclusion_violation
        {"23503", errc::conflict},     // foreign_key_violation
        {"23001", errc::conflict},     // restrict_violation
        {"23502", errc::constraint},   // not_null_violation
        {"23514", errc::constraint},   // check_violation
        {"22001", errc::constraint},   // string_data_right_truncation
        {"22012", errc::constraint},   // division_by_zero: of a read, the rows' fault and not the client's
        {"2201E", errc::constraint},   // invalid_argument_for_logarithm
        {"22004", errc::constraint},   // null_value_not_allowed
        {"22003", errc::malformed},    // numeric_value_out_of_range
        {"22007", errc::malformed},    // invalid_datetime_format
        {"22008", errc::malformed},    // datetime_field_overflow
        {"22009", errc::malformed},    // invalid_time_zone_displacement_value
        {"22015", errc::malformed},    // interval_field_overflow
        {"22021", errc::malformed},    // character_not_in_repertoire
        {"22023", errc::malformed},    // invalid_parameter_value
        {"22025", errc::malformed},    // invalid_escape_sequence
        {"2200N", errc::malformed},    // invalid_xml_content
        {"2201B", errc::malformed},    // invalid_regular_expression
        {"2201W", errc::malformed},    // invalid_row_count_in_limit_clause
        {"22P02", errc::malformed},    // invalid_text_representation
        {"22P05", errc::malformed},    // untranslatable_character
        {"44000", errc::constraint},   // with_check_option_violation
        {"57P01", errc::unavailable},  // admin_shutdown
        {"57P02", errc::unavailable},  // crash_shutdown
        {"57P03", errc::unavailable},  // cannot_connect_now
        {"08006", errc::unavailable},  // connection_failure
        {"40001", errc::unavailable},  // serialization_failure
        {"40P01", errc::unavailable},  // deadlock_detected
        {"25P03", errc::unavailable},  // idle_in_transaction_session_timeout
        {"57014", errc::timeout},      // query_canceled
        {"55P03", errc::timeout},      // lock_not_available
        {"53300", errc::overloaded},   // too_many_connections
        {"53200", errc::overloaded},   // out_of_memory
        {"42P01", errc::rejected},     // undefined_table
        {"42501", errc::rejected},     // insufficient_privilege
        {"P0001", errc::rejected},     // raise_exception
        {"", errc::rejected},
    }));
    CAPTURE(sqlstate);
    CHECK(to_errc(sqlstate) == meaning);
}

TEST_CASE("a message that repeats a value is known by its class") {
    CHECK(weir::postgres::repeats_values("22P02"));
    CHECK_FALSE(weir::postgres::repeats_values("23505"));
}

}  // namespace weir::sqlstate_test
