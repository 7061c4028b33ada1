#include "array_text.hpp"

#include <simdjson.h>

#include <utility>

namespace weir {
namespace {

using elements = std::vector<std::string>;

// Reads Postgres's array text (documentation, section 8.15.6), behind its opening brace. It never nests: an
// inner brace outside quotes is the beginning of another dimension.
class array_reader {
 public:
    explicit array_reader(std::string_view text) : rest_(text) {}

    std::optional<elements> read() {
        if (take("}")) return is_at_end(elements{});
        elements found;
        for (;;) {
            auto element = rest_.starts_with('"') ? quoted() : unquoted();
            if (!is_readable_) return std::nullopt;
            if (element) found.push_back(std::move(*element));
            if (take("}")) return is_at_end(std::move(found));
            if (!take(",")) return std::nullopt;
        }
    }

 private:
    bool take(std::string_view what) {
        if (!rest_.starts_with(what)) return false;
        rest_.remove_prefix(what.size());
        return true;
    }

    std::optional<elements> is_at_end(elements found) const {
        if (!rest_.empty()) return std::nullopt;
        return found;
    }

    std::optional<std::string> quoted() {
        std::string out;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return out;
            }
            if (rest_[i] == '\\') ++i;
            if (i < rest_.size()) out += rest_[i];
        }
        is_readable_ = false;
        return std::nullopt;
    }

    // Returns nullopt for NULL, which is a text only in quotes.
    std::optional<std::string> unquoted() {
        const auto end = rest_.find_first_of(R"(,}{"\)");
        is_readable_ = end != std::string_view::npos && end > 0 && (rest_[end] == ',' || rest_[end] == '}');
        if (!is_readable_) return std::nullopt;
        const std::string_view found = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return found == "NULL" ? std::nullopt : std::optional{std::string{found}};
    }

    std::string_view rest_;
    bool is_readable_ = true;
};

using simdjson::ondemand::json_type;

// Returns a JSON scalar as the text that a column of its own would have. Numbers keep their digits.
std::optional<std::string> json_text(simdjson::ondemand::value& value, json_type type) {
    if (type == json_type::array || type == json_type::object) return std::nullopt;
    if (type == json_type::string) {
        std::string_view text;
        if (value.get_string().get(text)) return std::nullopt;
        return std::string{text};
    }
    const std::string_view token = value.raw_json_token();
    return std::string{token.substr(0, token.find_last_not_of(" \t\r\n") + 1)};
}

std::optional<elements> json_elements(std::string_view text) {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(text);
    simdjson::ondemand::document document;
    simdjson::ondemand::array array;
    if (parser.iterate(padded).get(document) || document.get_array().get(array)) return std::nullopt;
    elements found;
    for (auto item : array) {
        simdjson::ondemand::value value;
        json_type type{};
        if (item.get(value) || value.type().get(type)) return std::nullopt;
        if (type == json_type::null) continue;
        auto element = json_text(value, type);
        if (!element) return std::nullopt;
        found.push_back(std::move(*element));
    }
    return found;
}

}  // namespace

std::optional<elements> array_elements(std::string_view text) {
    if (text.starts_with('{')) return array_reader{text.substr(1)}.read();
    // Bounds that do not begin at 1 stand before the array: [0:2]={a,b,c}. JSON has no '=' behind a bracket.
    const auto bounds = text.find("]={");
    const bool has_bounds =
        text.starts_with('[') && bounds != std::string_view::npos &&
        text.substr(1, bounds - 1).find_first_not_of("-0123456789:") == std::string_view::npos;
    if (has_bounds) return array_reader{text.substr(bounds + 3)}.read();
    return json_elements(text);
}

}  // namespace weir
