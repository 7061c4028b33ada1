#include "weir/postgres/refusal.hpp"

#include "weir/postgres/sqlstate.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace weir::postgres {
namespace {

constexpr std::size_t reason_bytes_max = 1000;

// Returns whether RAISE of PL/pgSQL wrote the message: it was meant to be read by the one who caused it. The
// name of the server's function tells, because the author may choose any SQLSTATE. (RAISE without arguments
// passes an earlier error on, with that error's own name.) P0001 comes from other languages, too.
bool is_raised(const server_error& error) {
    return error.routine == "exec_stmt_raise" || error.sqlstate == "P0001";
}

// Returns whether the SQLSTATE says that the fault is the server's, or that a new try may succeed. Who raises
// one of these means that.
bool is_of_the_server(std::string_view sqlstate) {
    constexpr std::array<std::string_view, 8> classes{"08", "25", "40", "53", "57", "58", "F0", "XX"};
    if (sqlstate == "55P03") return true;  // a lock was not available
    return std::find(classes.begin(), classes.end(), sqlstate.substr(0, 2)) != classes.end();
}

// Returns whether a row-level policy forbids the row. A missing privilege has the same SQLSTATE, and messages
// are translated. Only this function of the server checks policies.
bool is_policy_violation(const server_error& error) {
    return error.sqlstate == "42501" && error.routine == "ExecWithCheckOptions";
}

// Cuts a text between two characters of UTF-8.
std::string shortened(std::string text) {
    if (text.size() <= reason_bytes_max) return text;
    std::size_t end = reason_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
    return text + "…";
}

errc meaning_of_raised(std::string_view sqlstate) {
    if (sqlstate == "42501" || sqlstate.substr(0, 2) == "28") return errc::forbidden;
    return to_errc(sqlstate) == errc::conflict ? errc::conflict : errc::constraint;
}

std::string broken_by(const server_error& error) {
    if (!error.constraint.empty()) return "constraint " + error.constraint;
    if (error.sqlstate == "23502" && !error.column.empty())
        return "column " + error.column + " needs a value";
    return {};
}

}  // namespace

std::optional<refusal> refusal_of(const server_error& error) {
    if (is_of_the_server(error.sqlstate)) return std::nullopt;
    if (is_raised(error)) return refusal{meaning_of_raised(error.sqlstate), shortened(error.message), true};
    if (is_policy_violation(error)) return refusal{errc::forbidden, {}, false};
    const errc meaning = to_errc(error.sqlstate);
    if (meaning != errc::conflict && meaning != errc::constraint) return std::nullopt;
    return refusal{meaning, broken_by(error), false};
}

}  // namespace weir::postgres
