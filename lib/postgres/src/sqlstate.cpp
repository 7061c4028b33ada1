#include "weir/postgres/sqlstate.hpp"

namespace weir::postgres {

errc to_errc(std::string_view sqlstate) {
    if (sqlstate == "23505" || sqlstate == "23P01") return errc::conflict;  // unique, exclusion
    if (sqlstate == "57014" || sqlstate == "55P03") return errc::timeout;   // statement_timeout, lock_timeout
    if (sqlstate == "40001" || sqlstate == "40P01") return errc::unavailable;  // serialization, deadlock
    if (sqlstate == "25P03" || sqlstate == "57P05") return errc::unavailable;  // session ended for idling
    if (sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03") return errc::unavailable;
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
