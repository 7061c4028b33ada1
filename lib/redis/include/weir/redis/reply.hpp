// A Redis reply as a value (RESP2). https://redis.io/docs/latest/develop/reference/protocol-spec/
#pragma once

#include "weir/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::redis {

struct nil {
    bool operator==(const nil&) const = default;
};

struct status {  // a simple string: OK, PONG
    std::string text;
    bool operator==(const status&) const = default;
};

struct error_reply {  // an error reply: "WRONGTYPE Operation against…"
    std::string text;
    bool operator==(const error_reply&) const = default;

    std::string_view kind() const { return std::string_view(text).substr(0, text.find(' ')); }
};

struct reply {
    std::variant<nil, std::int64_t, status, std::string, error_reply, std::vector<reply>> value;

    template <class T>
    T* as() {
        return std::get_if<T>(&value);
    }
    template <class T>
    const T* as() const {
        return std::get_if<T>(&value);
    }
};

// Returns what an error reply means for the caller: errc::unavailable while the server can serve no client
// (it loads its data, refuses writes, moves a slot), otherwise errc::rejected.
errc to_errc(const error_reply& r);

// Returns whether the server takes no writes from any client: it is a replica, has too few replicas, or
// cannot save.
bool refuses_writes(const error_reply& r);

}  // namespace weir::redis
