// Writes the pieces of a head one after another into memory that was allocated for all of them. No piece
// checks for room. A literal is stored in a few instructions. Pure.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::http {

inline constexpr std::size_t number_bytes_max = 20;

class text_writer {
 public:
    explicit text_writer(char* at) : at_(at) {}

    template <std::size_t N>
    text_writer& put(const char (&literal)[N]) {
        std::memcpy(at_, literal, N - 1);
        at_ += N - 1;
        return *this;
    }

    text_writer& put(std::string_view piece) {
        std::memcpy(at_, piece.data(), piece.size());
        at_ += piece.size();
        return *this;
    }

    text_writer& put(std::int64_t number) {
        if (number >= 0 && number < 10) {
            *at_++ = static_cast<char>('0' + number);
        } else {
            at_ = std::to_chars(at_, at_ + number_bytes_max, number).ptr;
        }
        return *this;
    }

    char* at() const { return at_; }

 private:
    char* at_;
};

}  // namespace weir::http
