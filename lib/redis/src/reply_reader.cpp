#include "weir/redis/reply_reader.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <initializer_list>
#include <new>
#include <utility>

namespace weir::redis {
namespace {

// Bytes that are fed at once. After each reply hiredis moves what it has not read yet to the front of its
// buffer. Fed by 64 KiB, that alone cost more than the rest of a hit.
constexpr std::size_t fed_at_once = 4096;

// The depth of arrays within arrays. hiredis 0.14 stops at it by itself, later versions have no bound. A
// reply is destroyed by recursion, so without a bound a reply of some hundred KiB would overflow the stack.
constexpr int nested_max = 8;

constexpr std::size_t items_expected =
    64;  // room for more is made as they come: a number must not claim memory

// Returns the destination of the value that was read: the whole reply, or a new item behind its siblings.
// That moves none of the arrays above it: each is the last of its own siblings as long as it is being read.
reply& destination_of(const redisReadTask& task) {
    if (task.parent == nullptr) return *static_cast<reply*>(task.privdata);
    return static_cast<reply*>(task.parent->obj)->as<std::vector<reply>>()->emplace_back();
}

// Returns the number of arrays that a value is in.
int depth_of(const redisReadTask& task) {
    int depth = 0;
    for (const redisReadTask* above = task.parent; above != nullptr; above = above->parent) ++depth;
    return depth;
}

// Stores a value. Returns null if memory runs out: hiredis is C, and no exception may reach it.
template <class Make>
void* put(const redisReadTask* task, Make&& make) noexcept {
    try {
        reply& to = destination_of(*task);
        to.value = make();
        return &to;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* put_string(const redisReadTask* task, char* text, std::size_t size) {
    switch (task->type) {
        case REDIS_REPLY_STRING:
            return put(task, [&] { return std::string(text, size); });
        case REDIS_REPLY_STATUS:
            return put(task, [&] { return status{std::string(text, size)}; });
        case REDIS_REPLY_ERROR:
            return put(task, [&] { return error_reply{std::string(text, size)}; });
        default:
            return nullptr;  // a type of RESP3, which Weir never requests
    }
}

template <class Count>  // an int in hiredis 0.14, a size_t since
void* put_array(const redisReadTask* task, Count count) {
    if (task->type != REDIS_REPLY_ARRAY || depth_of(*task) >= nested_max) return nullptr;
    return put(task, [&] {
        std::vector<reply> items;
        items.reserve(std::min(static_cast<std::size_t>(count), items_expected));
        return items;
    });
}

void* put_integer(const redisReadTask* task, long long number) {
    return put(task, [&] { return static_cast<std::int64_t>(number); });
}

void* put_nil(const redisReadTask* task) {
    return put(task, [] { return nil{}; });
}

// Refuses the types of RESP3. Since 1.0 hiredis has functions for them; without these, they would be taken
// for values.
template <class Functions>
void refuse_resp3(Functions& to) {
    if constexpr (requires { to.createDouble; }) {
        to.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* { return nullptr; };
        to.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
    }
}

redisReplyObjectFunctions into_replies() {
    redisReplyObjectFunctions out{};
    out.createString = put_string;
    out.createArray = put_array;
    out.createInteger = put_integer;
    out.createNil = put_nil;
    out.freeObject = [](void*) {};  // they belong to reply_reader
    refuse_resp3(out);
    return out;
}

redisReader* made(reply& growing) {
    static redisReplyObjectFunctions functions = into_replies();
    redisReader* reader = redisReaderCreateWithFunctions(&functions);
    if (reader == nullptr) throw std::bad_alloc();
    reader->privdata = &growing;
    return reader;
}

// Returns the first word of an error reply. Before Redis 7 a script repeated an error behind words of its
// own: "ERR Error running script (call to …): @user_script:1: @user_script: 1: -READONLY You can't write
// against a read only replica."
std::string_view first_word(const error_reply& r) {
    const std::string_view text = r.text;
    const auto at = text.starts_with("ERR Error running script") ? text.rfind(": -") : std::string_view::npos;
    if (at == std::string_view::npos) return r.kind();
    const auto repeated = text.substr(at + 3);
    return repeated.substr(0, repeated.find(' '));
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

void reply_reader::closer::operator()(void* reader) const {
    redisReaderFree(static_cast<redisReader*>(reader));
}

reply_reader::reply_reader(std::size_t reply_bytes_max)
    : growing_(std::make_unique<reply>()), reader_(made(*growing_)), reply_bytes_max_(reply_bytes_max) {}

void reply_reader::feed(std::string_view bytes) {
    while (!bytes.empty() && !is_broken_) {
        const std::string_view some = bytes.substr(0, fed_at_once);
        bytes.remove_prefix(some.size());
        bytes_since_reply_ += some.size();
        // The reader remembers a failure to allocate and reports it when replies are taken.
        redisReaderFeed(static_cast<redisReader*>(reader_.get()), some.data(), some.size());
        is_broken_ = !take_replies() || bytes_since_reply_ > reply_bytes_max_;
    }
}

bool reply_reader::take_replies() {
    while (true) {
        void* found = nullptr;
        if (redisReaderGetReply(static_cast<redisReader*>(reader_.get()), &found) != REDIS_OK) return false;
        if (found == nullptr) return true;
        ready_.push_back(std::exchange(*growing_, {}));
        bytes_since_reply_ = 0;
    }
}

result<std::optional<reply>> reply_reader::next() {
    if (!ready_.empty()) {
        std::optional<reply> first(std::move(ready_.front()));
        ready_.pop_front();
        return first;
    }
    if (is_broken_) return errc::protocol;
    return std::optional<reply>{};
}

errc to_errc(const error_reply& r) {
    if (refuses_writes(r)) return errc::unavailable;
    return is_one_of(first_word(r), {"LOADING", "CLUSTERDOWN", "TRYAGAIN"}) ? errc::unavailable
                                                                            : errc::rejected;
}

bool refuses_writes(const error_reply& r) {
    return is_one_of(first_word(r), {"READONLY", "MASTERDOWN", "NOREPLICAS", "MISCONF"});
}

}  // namespace weir::redis
