// Values, keys and cursors: whatever the parts, a key can be taken apart into exactly them again, so no two
// lists share one.
#include "weir/policy/key.hpp"

#include "weir/base/hash.hpp"
#include "weir/base/path_pattern.hpp"
#include "weir/policy/cursor.hpp"
#include "weir/policy/value.hpp"

#include "require.hpp"

#include <cstdint>
#include <stdexcept>

namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> out(1);
    for (const char c : text) {
        if (c == at) {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

std::string decoded(std::string_view encoded) {
    std::string out;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] != '%') {
            out += encoded[i];
            continue;
        }
        FUZZ_REQUIRE(i + 2 < encoded.size());
        out += static_cast<char>(std::stoi(std::string{encoded.substr(i + 1, 2)}, nullptr, 16));
        i += 2;
    }
    return out;
}

void check_key(std::string_view input) {
    std::vector<std::string> parts;
    std::string text = "p";
    for (auto& part : split(input, '\0')) {
        if (part.empty()) continue;
        parts.push_back(std::move(part));
        text += ":{x}";
    }
    std::size_t next = 0;
    const auto key = weir::key_template::parse(text, [&](std::string_view) { return next++; });
    const std::string rendered = key.render("w:v", parts);
    FUZZ_REQUIRE(key.fits(std::string_view{rendered}.substr(4)));
    const auto segments = split(rendered, ':');
    FUZZ_REQUIRE(segments.size() == parts.size() + 3);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string& segment = segments[i + 3];
        if (segment[0] == '=') {
            FUZZ_REQUIRE(segment == "=" + weir::sha256_hex(parts[i]));
        } else {
            FUZZ_REQUIRE(decoded(segment) == parts[i]);
        }
    }
}

// Each value has one spelling, and each spelling one value.
void check_cursor(std::string_view input) {
    FUZZ_REQUIRE(weir::decode_cursor(weir::encode_cursor(input)) == input);
    const auto value = weir::decode_cursor(input);
    if (value) FUZZ_REQUIRE(weir::encode_cursor(*value) == input);
}

void check_normalise(std::string_view input) {
    for (const auto type : {weir::value_type::text, weir::value_type::integer, weir::value_type::decimal,
                            weir::value_type::boolean, weir::value_type::uuid, weir::value_type::date,
                            weir::value_type::timestamp, weir::value_type::json}) {
        weir::value_rule rule;
        rule.type = type;
        rule.folded = true;
        const auto once = weir::normalise(rule, input);
        const auto* text = std::get_if<std::string>(&once);
        if (text == nullptr) continue;
        FUZZ_REQUIRE(!text->empty());
        FUZZ_REQUIRE(std::get<std::string>(weir::normalise(rule, *text)) == *text);
    }
}

void check_templates(std::string_view input) {
    const auto parsed = [](std::string_view text) {
        return weir::key_template::parse(text, [](std::string_view) { return std::size_t{0}; });
    };
    try {
        const auto key = parsed(input);
        const std::string text = key.text();  // of two spellings of a name in braces the usual one
        FUZZ_REQUIRE(parsed(text).text() == text && parsed(text) == key);
        FUZZ_REQUIRE(key.covers(key) && key.overlaps(key) && key == key);
    } catch (const std::invalid_argument&) {
    }
    try {
        const auto path = weir::parse_path_pattern(input);
        FUZZ_REQUIRE(path.text == input && path.overlaps(path));
    } catch (const std::invalid_argument&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    check_key(input);
    check_cursor(input);
    check_normalise(input);
    check_templates(input);
    return 0;
}
