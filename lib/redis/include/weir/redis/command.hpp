// A command in the words of its caller, and as it goes over the wire.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::redis {

using command_line = std::vector<std::string>;  // {"SET", "k", "v", "PX", "1000"}; any bytes; never empty

void append_formatted(const command_line& argv, std::string& to);

// The same in steps, for words that are in no list: how many, and then each.
void append_head(std::size_t words, std::string& to);
void append_word(std::string_view word, std::string& to);

// What a word takes at most besides itself; so does a head.
constexpr std::size_t frame_bytes_max = 25;

// The same of words that need not become strings first.
template <class... Word>
std::string formatted(const Word&... words) {
    std::string out;
    out.reserve(((std::string_view(words).size() + frame_bytes_max) + ... + frame_bytes_max));
    append_head(sizeof...(words), out);
    (append_word(words, out), ...);
    return out;
}

// The word at `index` of a formatted command that has one there; the first is 0.
std::string_view word_of(std::string_view formatted, std::size_t index);

}  // namespace weir::redis
