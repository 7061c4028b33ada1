// Where and how to connect: a postgresql:// URL or a "key=value" string. libpq itself parses it, so every
// parameter that libpq knows (sslmode, several hosts, …) passes through. Holds secrets: print only
// describe(). Pure.
#pragma once

#include "weir/base/time.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::postgres {

class conninfo {
 public:
    struct target {
        std::string host;  // a name, an address, or the directory of a unix socket; empty: libpq's default
        std::string port;  // empty: libpq's default
    };

    // Parses `text`. Throws std::invalid_argument; its message never repeats the text, which may hold a
    // password.
    static conninfo parse(const std::string& text);

    // Returns a parameter; empty if it was not given.
    std::string get(std::string_view key) const;
    void set(const std::string& key, std::string value);
    void set_default(const std::string& key, std::string value);

    // Adds a server setting, such as statement_timeout, for the sessions that are made with this.
    void set_session_option(std::string_view name, milliseconds value);

    // Returns the servers to try, in their order. There is at least one.
    std::vector<target> targets() const;

    const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }

    // Returns user, hosts and database for people and logs, without any secret.
    std::string describe() const;

 private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace weir::postgres
