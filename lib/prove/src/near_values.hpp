// Values near a value that a row has: another end of a text, the next number, another day. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::prove {

// Returns the text with its last letter or digit replaced by another of its kind, so that most checks of a
// column's form still hold. `by` makes others: it moves those before the last as well.
std::string with_other_end(std::string text, std::uint64_t by = 0, bool is_hex = false);

// Returns other bits of the same number.
std::string with_other_bits(std::string bits, std::uint64_t by = 0);

// Returns the text in upper case; letters beyond ASCII stay.
std::string upper(std::string text);

// Returns a number's text plus `by`. The digits behind its point stay. Returns nullopt for other texts.
std::optional<std::string> plus(const std::string& text, std::int64_t by);

// Returns a date or a timestamp, moved by days. Its time of day stays. Returns nullopt for other texts.
std::optional<std::string> moved_date(const std::string& text, int days);

}  // namespace weir::prove
