// A command as its words, and as it is sent over the wire.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::redis {

using command_line = std::vector<std::string>;  // {"SET", "k", "v", "PX", "1000"}; any bytes; never empty

// Appends a command to `to` in the form of the wire.
void append_formatted(const command_line& argv, std::string& to);

// Appends the same in steps, for words that are in no list: first their number, then each word.
void append_head(std::size_t words, std::string& to);
void append_word(std::string_view word, std::string& to);

// The bytes that a word takes at most besides its own; a head takes as many.
constexpr std::size_t frame_bytes_max = 25;

// Returns a formatted command, made of words that need not be strings.
template <class... Word>
std::string formatted(const Word&... words) {
    std::string out;
    out.reserve(((std::string_view(words).size() + frame_bytes_max) + ... + frame_bytes_max));
    append_head(sizeof...(words), out);
    (append_word(words, out), ...);
    return out;
}

// Returns the word at `index` of a formatted command that has one there. The first is 0.
std::string_view word_of(std::string_view formatted, std::size_t index);

}  // namespace weir::redis
