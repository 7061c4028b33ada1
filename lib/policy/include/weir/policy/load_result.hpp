// The result of a completed load: a body, and what its source says about it. Pure data.
#pragma once

#include "weir/base/time.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <utility>

namespace weir {

struct load_result {
    load_result() = default;

    // Takes a body of JSON that lives as long as the resource declares, or nullopt: the source has no such
    // thing.
    template <std::convertible_to<std::optional<std::string>> Body>
    load_result(Body&& only)  // NOLINT(bugprone-forwarding-reference-overload): it is no load_result
        : body(std::forward<Body>(only)) {}

    std::optional<std::string> body;  // nullopt: the load completed and found nothing
    std::string content_type;         // a media type; empty: application/json
    // How long the source calls it fresh, at most; the stale windows follow. nullopt: as declared.
    std::optional<milliseconds> lifetime;
};

}  // namespace weir
