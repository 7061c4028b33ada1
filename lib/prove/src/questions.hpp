// The GETs that are asked before and after a write. Which values a parameter can have comes from the rows,
// from the columns that it is compared with, and from its rule.
#pragma once

#include "catalogue.hpp"
#include "rows.hpp"
#include "sql_words.hpp"

#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weir::prove {

using random = std::mt19937_64;

// A column whose values a parameter can have.
struct source {
    std::size_t table = 0;
    std::size_t column = 0;
    bool is_equality = false;  // an answer for a value shows rows that have it
    bool is_element = false;   // the column is an array of such values
    bool is_sure = false;      // declared or compared; otherwise only its type fits

    bool operator==(const source&) const = default;
};

struct question {
    std::size_t reading = 0;
    std::vector<std::string> values;
    std::string key;
    std::vector<std::string> tags;
    std::string body;  // as it was when the question was found
};

// A resource, and what is known about asking for it.
struct subject {
    const resource* what = nullptr;
    std::size_t reading = 0;  // its number
    std::vector<std::size_t> tables;
    sql_hints hints;
    std::vector<std::vector<source>> sources;  // of each parameter
    std::vector<question> focus;               // asked again and again: they have an answer
    microseconds cost{};                       // of one question, as measured
};

// Finds the sources of each parameter. Those that only fit by type serve where there is no other.
subject subject_of(const policy& p, const catalogue& in, std::size_t reading);

// Adds the columns that only fit by type to the sources of each parameter.
void widen(subject& s, const catalogue& in);

// Makes the question of these values, which are normalised here. Returns nullopt if the rule of a parameter
// refuses its value.
std::optional<question> question_of(const policy& p, const subject& s, std::vector<std::string> values);

// Adds a question that is not there yet, up to so many.
void add_once(std::vector<question>& to, std::optional<question> q,
              std::size_t most = std::numeric_limits<std::size_t>::max());

// Values of a parameter that no column gives: its default, its choices, the edges of its range, and literals
// of the SQL.
std::vector<std::string> own_values(const subject& s, std::size_t parameter);

// Returns lists of values: `base`, with what the row has for the parameters. Returns none if the row has
// nothing for them.
std::vector<std::vector<std::string>> values_from(const subject& s, const row& r,
                                                  const std::vector<std::string>& base);

// Combines the rows' values to so many lists of values that each source and each own value is in some of
// them, and then those that single rows give. `samples` has rows of each table. A parameter whose columns are
// null everywhere gets a value that they may have.
std::vector<std::vector<std::string>> combinations(const subject& s, const catalogue& in,
                                                   const std::vector<std::vector<row>>& samples);

// Returns the GET as a client sends it: "GET /v1/products/p1?locale=en".
std::string request_line(const resource& r, const std::vector<std::string>& values);

// Returns what a row gives for a source.
std::vector<std::string> texts_of(const row& r, const source& s);

// Returns the elements of an array's text that are written without escapes: {a,"b c"}.
std::vector<std::string> elements_of(const std::string& array);

}  // namespace weir::prove
