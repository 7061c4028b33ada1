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

struct refusal {  // an error reply: "WRONGTYPE Operation against…"
    std::string text;
    bool operator==(const refusal&) const = default;

    std::string_view kind() const { return std::string_view(text).substr(0, text.find(' ')); }
};

struct reply {
    std::variant<nil, std::int64_t, status, std::string, refusal, std::vector<reply>> value;

    template <class T>
    T* as() {
        return std::get_if<T>(&value);
    }
    template <class T>
    const T* as() const {
        return std::get_if<T>(&value);
    }
};

// What a refusal means for the caller: errc::unavailable while the server cannot serve anybody (it loads its
// data, refuses writes, moves a slot), else errc::rejected.
errc judge(const refusal& r);

// Whether the server says that it takes no writes from anybody: it is a replica, has too few replicas, or
// cannot save.
bool refuses_writes(const refusal& r);

}  // namespace weir::redis
