// The words of a name of the database: what paths and keys are made of, and what a column is judged by. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::init {

// Returns the words in lower-case ASCII: "customerID" is {"customer", "id"}, "Straße 2" is {"strasse", "2"}.
// Letters lose their accents; those of other scripts only separate. Empty if nothing is left.
std::vector<std::string> words_of(std::string_view name);

std::string joined(const std::vector<std::string>& parts, std::string_view by);

// Returns a name of [a-z0-9_] that begins with a letter: "customer_id". A name without a letter or digit in
// ASCII becomes `fallback` and a hash of it.
std::string plain_name(std::string_view name, std::string_view fallback);

}  // namespace weir::init
