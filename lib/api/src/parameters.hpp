// Turns the segments and the query of a target into a resource's normalised values.
//
// Made once per endpoint. It looks only at declared parameters, so an undeclared one can reach neither the
// key nor the SQL.
#pragma once

#include "weir/http/problem.hpp"
#include "weir/policy/policy.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::api {

struct gathered {
    std::vector<std::string> values;           // in the order declared; not usable if any was refused
    std::vector<http::refused_value> refused;  // every wrong parameter, not only the first
};

class parameter_reader {
 public:
    // Looks at the path and query parameters of `declared`, which must outlive this; others are left out of
    // the values.
    parameter_reader(const path_pattern& path, const std::vector<parameter>& declared);

    // Reads the values. `segments` are those that the pattern's named segments matched, in its order.
    gathered read(std::span<const std::string_view> segments, std::string_view query) const;

    // Reads the same into an object that keeps its memory from request to request.
    void read(std::span<const std::string_view> segments, std::string_view query, gathered& out) const;

 private:
    struct source {
        const parameter* declared = nullptr;
        std::optional<std::size_t> segment;  // otherwise the value comes from the query
    };
    struct sent {
        std::string_view encoded;
        std::size_t times = 0;
    };

    static sent find_in(std::string_view query, const std::string& name);
    static std::optional<value_refusal> decode(const source& from, std::string_view encoded,
                                               std::string& value);
    static void take(const source& from, const sent& what, std::string& value, gathered& out);

    std::vector<source> sources_;
};

}  // namespace weir::api
