// Where a Redis is and how to connect to it: the options of a client, read from a URL.
//
// clang-format off
//     redis://[[user]:password@]host[:port][/db]              port 6379 and db 0 unless given; [::1] for an IPv6 address
//     unix://[[user]:password@]/path/to.sock[?db=n]           also redis+unix://
//     redis+sentinel://[[user]:password@]host[:port],…/master_name[/db][?sentinel_password=…]
//                                                             the sentinels, port 26379 unless given
//     redis+cluster://[[user]:password@]host[:port],…         some of the nodes, port 6379 unless given
// clang-format on
//
// User, password, path, master_name and sentinel_password may be percent-encoded, and must be if they contain
// @ : / ? & or %. User and password are those of the servers that hold the data. Pure.
#pragma once

#include "weir/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::redis {

struct server_address {
    std::string host;
    std::uint16_t port = 0;
    std::string socket_path;  // if not empty: used instead of host and port

    bool operator==(const server_address&) const = default;
    std::string text() const;  // "host:port", "[::1]:port" or the path
};

enum class layout { single, sentinel, cluster };

// Contains secrets: never log it, log describe().
struct options {
    std::string host = "127.0.0.1";  // a name or an address
    std::uint16_t port = 6379;
    std::string socket_path;  // if not empty: used instead of host and port
    std::string user;         // empty: the default user
    std::string password;     // empty: no AUTH
    int db = 0;

    layout kind = layout::single;
    std::vector<server_address> seeds;  // unless single: the sentinels, or nodes of the cluster
    std::string master_name;            // as the sentinels know it
    std::string sentinel_password;      // empty: no AUTH there

    std::string client_name = "weir";  // what CLIENT LIST shows

    milliseconds connect_timeout{1000};  // from looking up the name to the answer of the last greeting
    milliseconds ping_interval{1000};    // of a connection on which nothing is received
    milliseconds backoff_max{1000};      // between attempts to connect

    milliseconds subscriber_ping_interval{250};  // of a subscriber that receives nothing
    milliseconds subscriber_pong_timeout{500};   // then it counts as lost

    // A command that misses its deadline proves the connection dead only after this long. A request whose
    // time was nearly used up before must not cost all others their connection.
    milliseconds patience_min{20};

    std::size_t pending_max = 4096;                   // commands whose replies are awaited
    std::size_t unsent_bytes_max = 16 * 1024 * 1024;  // commands that the socket has not taken yet
    std::size_t reply_bytes_max = 16 * 1024 * 1024;   // one reply; approximate, up to one read more

    std::string describe() const;  // the URL without user and password
    server_address address() const { return {host, port, socket_path}; }
    options at(const server_address& other) const;  // the same for another server
};

// Why a URL is invalid, in words for the configuration's author. Never contains a part of the URL: a password
// with an unescaped / or @ could be in any of them.
struct url_error {
    std::string why;
};

std::variant<options, url_error> parse_url(std::string_view url);

}  // namespace weir::redis
