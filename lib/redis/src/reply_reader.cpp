#include "weir/redis/reply_reader.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <initializer_list>
#include <new>
#include <utility>

namespace weir::redis {
namespace {

std::string text_of(const redisReply& from) {
    return {from.str, static_cast<std::size_t>(from.len)};
}

// hiredis bounds the nesting (7 in 0.14, 9 since), and so this recursion.
result<reply> converted(const redisReply& from) {
    switch (from.type) {
        case REDIS_REPLY_NIL:
            return reply{nil{}};
        case REDIS_REPLY_INTEGER:
            return reply{static_cast<std::int64_t>(from.integer)};
        case REDIS_REPLY_STATUS:
            return reply{status{text_of(from)}};
        case REDIS_REPLY_STRING:
            return reply{text_of(from)};
        case REDIS_REPLY_ERROR:
            return reply{refusal{text_of(from)}};
        case REDIS_REPLY_ARRAY: {
            std::vector<reply> items;
            items.reserve(from.elements);
            for (std::size_t i = 0; i < from.elements; ++i) {
                auto item = converted(*from.element[i]);
                if (!item) return item.error();
                items.push_back(std::move(*item));
            }
            return reply{std::move(items)};
        }
        default:
            return errc::protocol;  // a type of RESP3, which was never asked for
    }
}

// Before Redis 7 a script repeated a refusal behind words of its own: "ERR Error running script (call to …):
// @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica."
std::string_view word_of(const refusal& r) {
    const std::string_view text = r.text;
    const auto at = text.starts_with("ERR Error running script") ? text.rfind(": -") : std::string_view::npos;
    if (at == std::string_view::npos) return r.kind();
    const auto repeated = text.substr(at + 3);
    return repeated.substr(0, repeated.find(' '));
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

redisReader* made() {
    redisReader* reader = redisReaderCreate();
    if (reader == nullptr) throw std::bad_alloc();
    return reader;
}

}  // namespace

void reply_reader::closer::operator()(void* reader) const {
    redisReaderFree(static_cast<redisReader*>(reader));
}

reply_reader::reply_reader(std::size_t reply_bytes_max)
    : reader_(made()), reply_bytes_max_(reply_bytes_max) {}

void reply_reader::feed(std::string_view bytes) {
    bytes_since_reply_ += bytes.size();
    // A failure to allocate is remembered by the reader, and next() reports it.
    redisReaderFeed(static_cast<redisReader*>(reader_.get()), bytes.data(), bytes.size());
}

result<std::optional<reply>> reply_reader::next() {
    void* raw = nullptr;
    if (redisReaderGetReply(static_cast<redisReader*>(reader_.get()), &raw) != REDIS_OK)
        return errc::protocol;
    if (raw == nullptr) {
        if (bytes_since_reply_ > reply_bytes_max_) return errc::protocol;
        return std::optional<reply>{};
    }
    const std::unique_ptr<void, void (*)(void*)> owner(raw, freeReplyObject);
    bytes_since_reply_ = 0;
    auto out = converted(*static_cast<const redisReply*>(raw));
    if (!out) return out.error();
    return std::optional<reply>{std::move(*out)};
}

errc judge(const refusal& r) {
    if (refuses_writes(r)) return errc::unavailable;
    return is_one_of(word_of(r), {"LOADING", "CLUSTERDOWN", "TRYAGAIN"}) ? errc::unavailable : errc::rejected;
}

bool refuses_writes(const refusal& r) {
    return is_one_of(word_of(r), {"READONLY", "MASTERDOWN", "NOREPLICAS", "MISCONF"});
}

}  // namespace weir::redis
