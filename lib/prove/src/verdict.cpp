#include "verdict.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace weir::prove {
namespace {

namespace json = boost::json;

std::string ordered(const json::value& value) {
    std::string text;
    if (const auto* array = value.if_array()) {
        std::vector<std::string> parts;
        for (const auto& one : *array) parts.push_back(ordered(one));
        std::sort(parts.begin(), parts.end());
        for (const auto& part : parts) text += part + ',';
        return '[' + text + ']';
    }
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            text.append(member.key().data(), member.key().size())
                .append(":")
                .append(ordered(member.value()))
                .append(",");
        }
        return '{' + text + '}';
    }
    return json::serialize(value);
}

// Cuts in front of the byte at `at`, not inside a character.
std::size_t character_at(std::string_view text, std::size_t at) {
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
    return std::min(at, text.size());
}

}  // namespace

bool has_content(const answer& a) {
    return a.is_known && a.body && *a.body != "[]";
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

bool is_same_but_for_order(const answer& a, const answer& b) {
    if (!a.body || !b.body) return a.body == b.body;
    error_code failed;
    const auto one = json::parse(*a.body, failed);
    if (failed) return false;
    const auto other = json::parse(*b.body, failed);
    return !failed && ordered(one) == ordered(other);
}

bool is_missed(const resource& what, const question& q, const answer& before, const touched& named) {
    if (!before.body && what.cached->ttl.negative_ttl.count() == 0) return false;  // absences are not stored
    const auto has = [](const std::vector<std::string>& names, const std::string& name) {
        return std::binary_search(names.begin(), names.end(), name);
    };
    if (has(named.keys, q.key)) return false;
    return std::none_of(q.tags.begin(), q.tags.end(),
                        [&](const std::string& tag) { return has(named.tags, tag); });
}

std::string shortened(const std::optional<std::string>& body, const std::optional<std::string>& other) {
    constexpr std::size_t most = 160;
    constexpr std::size_t lead = 60;
    if (!body) return "not found";
    std::size_t same = 0;
    while (other && same < body->size() && same < other->size() && (*body)[same] == (*other)[same]) ++same;
    const std::size_t begin = body->size() <= most || same < lead * 2 ? 0 : character_at(*body, same - lead);
    const std::size_t end = character_at(*body, std::min(body->size(), begin + most));
    std::string text =
        (begin > 0 ? "… " : "") + body->substr(begin, end - begin) + (end < body->size() ? " …" : "");
    std::erase(text, '\n');  // Postgres breaks the lines of an array of rows
    return text;
}

}  // namespace weir::prove
