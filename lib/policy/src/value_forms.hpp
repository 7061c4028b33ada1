// The texts that values of a type may have, and the one that each is given. They follow what PostgreSQL's own
// input functions call equal. Pure.
#pragma once

#include <string>
#include <string_view>

namespace weir {

enum class form { right, wrong, too_long };

// Writes a decimal in its one form: "-12.5", "0", "100". Takes what numeric_in() takes, but NaN, the
// infinities, hexadecimal and underscores. `out` is unspecified unless the form is right.
form canonical_decimal(std::string_view text, std::string& out);

// Returns whether a < b. Both are canonical.
bool is_less(std::string_view a, std::string_view b);

// Writes a UUID in lower case with its four hyphens. Takes what uuid_in() takes: either case, braces around
// it, and a hyphen or none behind each four digits. Returns whether it is one.
bool canonical_uuid(std::string_view text, std::string& out);

// Returns whether the text is a day of the calendar as YYYY-MM-DD, from year 1 to 9999.
bool is_date(std::string_view text);

// Returns whether the text is a timestamp of RFC 3339, section 5.6: 2026-01-02T03:04:05[.678](Z|±hh:mm).
bool is_timestamp(std::string_view text);

}  // namespace weir
