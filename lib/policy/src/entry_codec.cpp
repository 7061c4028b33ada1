#include "weir/policy/entry_codec.hpp"

#include "weir/base/hash.hpp"
#include "weir/policy/key.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace weir {
namespace {

constexpr std::string_view magic = "weir3";
constexpr std::size_t checksum_bytes = 16;
constexpr std::size_t etag_bytes = 32;
constexpr std::size_t tags_max = 16;
constexpr std::size_t empty_page_bytes_max = 256;
constexpr std::size_t version_bytes_max = 64;
// The longest header; foreign values are not searched to their end.
constexpr std::size_t header_bytes_max =
    256 + tags_max * (version_bytes_max + 1) + 3 * content_type_bytes_max;
constexpr std::uint64_t number_max =
    253'402'300'799'999;  // the end of the year 9999, so that sums cannot overflow

using hex16 = std::array<char, checksum_bytes>;

hex16 hex_of(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex16 out;
    for (std::size_t i = out.size(); i-- > 0; number >>= 4) out[i] = digits[number & 15];
    return out;
}

std::string_view text(const hex16& of) {
    return {of.data(), of.size()};
}

// Returns the sum over the header and the body's own hash, so that a large body need not be copied next to
// the header. `scratch` begins with the header and is left as it was.
hex16 checksum(std::string& scratch, std::string_view body) {
    const std::size_t header_bytes = scratch.size();
    scratch += text(hex_of(hash64(body)));
    const hex16 sum = hex_of(hash64(scratch));
    scratch.resize(header_bytes);
    return sum;
}

void append_number(std::int64_t number, std::string& to) {
    std::array<char, 20> digits;
    to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
    to += ' ';
}

void append_header(const entry_parts& e, std::string& to) {
    const bool is_value = e.kind == entry_kind::value;
    to += magic;
    to += is_value ? " value " : " absence ";
    append_number(e.load_start.time_since_epoch().count(), to);
    append_number(e.soft_expiry.time_since_epoch().count(), to);
    append_number(e.hard_expiry.time_since_epoch().count(), to);
    append_number(e.load_cost.count(), to);
    to += is_value ? std::string_view{e.etag} : std::string_view{"-"};
    to += ' ';
    if (e.tag_versions.empty()) to += '-';
    for (std::size_t i = 0; i < e.tag_versions.size(); ++i) {
        if (i > 0) to += ',';
        to += e.tag_versions[i];
    }
    to += ' ';
    to += text(hex_of(e.definition));
    if (!e.content_type.empty()) to += ' ' + encode_uri_component(e.content_type);
}

// Returns nullopt for all but canonical decimals, which is what encode() writes.
std::optional<std::int64_t> number(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > number_max) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Reads the versions: "a,b" is {a, b}, "-" is none. Returns nullopt for an empty, odd or overlong one.
std::optional<std::vector<std::string>> versions(std::string_view text) {
    std::vector<std::string> out;
    if (text == "-") return out;
    while (true) {
        const std::size_t end = std::min(text.find(','), text.size());
        const std::string_view one = text.substr(0, end);
        if (one.empty() || one.size() > version_bytes_max || !is_hex(one) || out.size() == tags_max) {
            return std::nullopt;
        }
        out.emplace_back(one);
        if (end == text.size()) return out;
        text.remove_prefix(end + 1);
    }
}

// Nine, and the content type of what is not JSON, encoded; it is empty otherwise.
using fields = std::array<std::string_view, 10>;
constexpr std::size_t fields_min = 9;

// Returns nullopt unless there are nine or ten fields with one space between them.
std::optional<fields> split(std::string_view header) {
    fields out;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t end = header.find(' ');
        out[i] = header.substr(0, end);
        if (end == std::string_view::npos) return i + 1 >= fields_min ? std::optional{out} : std::nullopt;
        header.remove_prefix(end + 1);
    }
    return std::nullopt;
}

// Returns whether the text would split the head of an answer that it goes into.
bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

// Reads sixteen hex digits.
std::optional<std::uint64_t> hex_number(std::string_view text) {
    if (text.size() != hex16{}.size() || !is_hex(text)) return std::nullopt;
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

// Reads the tenth field, if there is one: a media type in the one encoding that encode() writes. Only a value
// has one.
bool read_content_type(std::string_view field, entry_parts& e) {
    if (field.data() == nullptr) return true;
    auto type = decode_uri_component(field);
    const bool is_allowed = type && !type->empty() && type->size() <= content_type_bytes_max &&
                            !has_control_character(*type) && e.kind == entry_kind::value;
    if (!is_allowed) return false;
    e.content_type = *std::move(type);
    return encode_uri_component(e.content_type) == field;
}

bool read_kind(std::string_view word, std::string_view etag, entry_parts& e) {
    if (word == "value" && etag.size() == etag_bytes && is_hex(etag)) {
        e.etag = etag;
        return true;
    }
    e.kind = entry_kind::absence;
    return word == "absence" && etag == "-";
}

bool read_times(const fields& f, entry_parts& e) {
    const auto start = number(f[2]);
    const auto soft = number(f[3]);
    const auto hard = number(f[4]);
    const auto cost = number(f[5]);
    if (!start || !soft || !hard || !cost || *start > *soft || *soft > *hard) return false;
    e.load_start = unix_ms{milliseconds{*start}};
    e.soft_expiry = unix_ms{milliseconds{*soft}};
    e.hard_expiry = unix_ms{milliseconds{*hard}};
    e.load_cost = microseconds{*cost};
    return true;
}

std::optional<entry_parts> parse_header(std::string_view header) {
    const auto f = split(header);
    if (!f || (*f)[0] != magic) return std::nullopt;
    auto tags = versions((*f)[7]);
    entry_parts e;
    if (!tags || !read_kind((*f)[1], (*f)[6], e) || !read_times(*f, e)) return std::nullopt;
    const auto definition = hex_number((*f)[8]);
    if (!definition || !read_content_type((*f)[9], e)) return std::nullopt;
    e.definition = *definition;
    e.tag_versions = *std::move(tags);
    return e;
}

// Returns whether the body is that of a page without rows: an object whose first member is an empty array,
// whatever that member is called, and whose others are null, numbers or false. Any text, and anything nested,
// is content.
bool is_empty_page(std::string_view body) {
    if (!body.starts_with("{\"") || body.size() > empty_page_bytes_max) return false;
    const std::size_t name_end = body.find('"', 2);
    if (name_end == std::string_view::npos || !body.substr(name_end + 1).starts_with(":[]")) return false;
    std::string_view rest = body.substr(name_end + 4);
    for (std::size_t at = rest.find(':'); at != std::string_view::npos; at = rest.find(':')) {
        rest.remove_prefix(std::min(rest.find_first_not_of(' ', at + 1), rest.size()));
        if (rest.find_first_of("\"[{t") == 0) return false;
    }
    return true;
}

}  // namespace

freshness judge(const entry_facts& e, unix_ms now) {
    if (now < e.soft_expiry) return freshness::fresh;
    return now < e.hard_expiry ? freshness::stale : freshness::expired;
}

bool shows_nothing(entry_kind kind, std::string_view body) {
    return kind == entry_kind::absence || body == "[]" || is_empty_page(body);
}

std::string encode(const entry_parts& e) {
    constexpr std::size_t usual_header_bytes = 160;
    std::string out;
    out.reserve(usual_header_bytes + e.tag_versions.size() * version_bytes_max + e.body().size());
    append_header(e, out);
    const hex16 sum = checksum(out, e.body());
    out += ' ';
    out += text(sum);
    out += '\n';
    out += e.body();
    return out;
}

result<entry_parts> decode(std::string&& stored) {
    const std::string_view all{stored};
    const std::size_t line = all.substr(0, header_bytes_max).find('\n');
    if (line == std::string_view::npos || line < checksum_bytes + 1) return errc::corrupt;
    const std::size_t header_bytes = line - checksum_bytes - 1;
    const std::string_view header = all.substr(0, header_bytes);
    const std::string_view body = all.substr(line + 1);
    std::string scratch;
    scratch.reserve(header_bytes + checksum_bytes);
    scratch += header;
    if (all[header_bytes] != ' ' ||
        all.substr(header_bytes + 1, checksum_bytes) != text(checksum(scratch, body))) {
        return errc::corrupt;
    }
    auto e = parse_header(header);
    if (!e || (e->kind == entry_kind::absence && !body.empty())) return errc::corrupt;
    e->text = std::move(stored);
    e->body_at = line + 1;
    return *std::move(e);
}

bool is_of_other_version(std::string_view stored) {
    constexpr std::string_view name = "weir";
    const std::string_view word = stored.substr(0, magic.size());
    const bool is_named = word.size() == magic.size() && word.starts_with(name) && word != magic &&
                          word.back() >= '0' && word.back() <= '9';
    return is_named && stored.substr(magic.size()).starts_with(' ');
}

// Returns the header line, which is enough: its checksum covers the body too.
std::string_view mark_of(std::string_view stored) {
    const std::size_t line = stored.substr(0, header_bytes_max).find('\n');
    return line == std::string_view::npos ? stored : stored.substr(0, line + 1);
}

}  // namespace weir
