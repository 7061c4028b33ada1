#include "json_text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cmath>

namespace weir::api {
namespace {

namespace json = boost::json;

void append(std::string& out, const json::value& v);

void append(std::string& out, const json::object& members) {
    out += '{';
    for (const auto& member : members) {
        if (out.back() != '{') out += ',';
        out += json::serialize(json::string_view{member.key()});
        out += ':';
        append(out, member.value());
    }
    out += '}';
}

void append(std::string& out, const json::array& elements) {
    out += '[';
    for (const auto& element : elements) {
        if (out.back() != '[') out += ',';
        append(out, element);
    }
    out += ']';
}

void append(std::string& out, const json::value& v) {
    if (const auto* object = v.if_object()) return append(out, *object);
    if (const auto* array = v.if_array()) return append(out, *array);
    const double* number = v.if_double();
    if (number == nullptr || !std::isfinite(*number)) {
        out += json::serialize(v);
        return;
    }
    // "{}" prints the fewest digits that give the same double again.
    fmt::format_to(std::back_inserter(out), "{}", *number);
}

}  // namespace

std::string json_text(const json::value& v) {
    std::string out;
    append(out, v);
    return out;
}

}  // namespace weir::api
