// Keys: `prefix:version:domain:resource:part…`, for example weir:v1:products:list:en.
//
// Literals come from the configuration (lower case, [a-z0-9._-]). Parts come from normalised values and are
// encoded as JavaScript's encodeURIComponent does. So a part cannot contain the delimiter, and no two lists
// of parts give one key. A part whose encoding is longer than part_bytes_max is replaced by '=' and the 64
// hex digits of its SHA-256. The encoding never leaves a bare '=', so a hashed part cannot be forged. Pure.
#pragma once

#include "weir/base/error.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir {

inline constexpr std::size_t part_bytes_max = 128;

// Returns the RFC 3986 percent-encoding with the unreserved set of ECMAScript's encodeURIComponent: A-Z a-z
// 0-9 - _ . ! ~
// * ' ( ).
std::string encode_uri_component(std::string_view text);

// Undoes it. Returns nullopt for a malformed escape, and lets through what encode_uri_component() would not
// write.
std::optional<std::string> decode_uri_component(std::string_view encoded);

// Returns the part as it stands in a key: encoded, or hashed if it is too long. The empty value, which only
// the beginning of a cursor has, is the marker alone: '='.
std::string key_part(std::string_view normalised);

// Behind the name of a placeholder: each element of the array gives a key.
inline constexpr std::string_view each_element = "[]";

// A parsed template: literals and placeholders. A placeholder is an index into whatever list of values the
// owner of the template keeps (a resource's parameters, a change's columns).
class key_template {
 public:
    struct placeholder {
        std::size_t index = 0;
        std::string name;

        bool operator==(const placeholder&) const = default;
    };
    using segment = std::variant<std::string, placeholder>;

    // What a literal may be: a plain word, or any part of a key, already encoded.
    enum class literals { plain, encoded };

    // Parses "products:item:{id}". Throws std::invalid_argument with a message for the author of the
    // configuration (an empty segment, upper case in a literal, a brace in the middle of a segment).
    // `index_of` returns the index of a named placeholder's value. It may throw std::invalid_argument for an
    // unknown name. The name of {tags[]} is "tags[]".
    static key_template parse(std::string_view text,
                              const std::function<std::size_t(std::string_view)>& index_of,
                              literals written = literals::plain);

    const std::vector<segment>& segments() const { return segments_; }
    std::vector<std::string> names() const;  // of the placeholders, in order
    std::string text() const;                // as written

    bool operator==(const key_template&) const = default;  // the same text over the same values

    // Returns whether `other` may stand for keys of this one: it has the same literals in the same positions.
    // Where this one has a placeholder, it has a placeholder of any name, or a literal.
    bool covers(const key_template& other) const;

    // Returns whether some values give both the same key: "products:{id}" and "products:list" do, with the id
    // "list".
    bool overlaps(const key_template& other) const;

    // Returns whether some values render to `rendered`, which is a key without its head.
    bool fits(std::string_view rendered) const;

    // Returns the key of these values. `head` is "prefix:version". There must be a normalised value for each
    // placeholder.
    std::string render(std::string_view head, std::span<const std::string> values) const;

    // Renders into a string, which keeps its memory.
    void render(std::string_view head, std::span<const std::string> values, std::string& out) const;

 private:
    std::vector<segment> segments_;
};

// Returns a name of Weir's own in Redis that belongs to `of`, a key or the head of keys: weir:bus:{weir:v1}.
// It begins with the same prefix, so that one pattern of an ACL covers all names. A key has no brace, so none
// is called like that.
std::string own_name(std::string_view what, std::string_view of);

// Returns the name of the lease that guards fills of a key: weir:lease:{weir:v1:…}. The
// braces make both hash to one slot of a Redis Cluster:
// the key itself contains no brace (encodeURIComponent escapes them, literals may not have them).
std::string lease_key(std::string_view key);

}  // namespace weir
