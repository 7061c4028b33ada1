#include "weir/redis/reply_reader.hpp"

#include <hiredis/hiredis.h>

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
    for (const std::string_view away : {"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN"}) {
        if (r.kind() == away) return errc::unavailable;
    }
    return errc::rejected;
}

}  // namespace weir::redis
