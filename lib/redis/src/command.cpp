#include "weir/redis/command.hpp"

#include <hiredis/hiredis.h>

#include <cassert>
#include <cstddef>
#include <memory>
#include <new>

namespace weir::redis {

void append_formatted(const command_line& argv, std::string& to) {
    assert(!argv.empty());
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    words.reserve(argv.size());
    lengths.reserve(argv.size());
    for (const std::string& word : argv) {
        words.push_back(word.data());
        lengths.push_back(word.size());
    }
    char* formatted = nullptr;
    // int in hiredis 0.14, long long since 1.0
    const auto length =
        redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), words.data(), lengths.data());
    if (length < 0) throw std::bad_alloc();
    const std::unique_ptr<char, void (*)(char*)> owner(formatted, redisFreeCommand);
    to.append(formatted, static_cast<std::size_t>(length));
}

}  // namespace weir::redis
