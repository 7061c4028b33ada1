#include "weir/redis/url.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace weir::redis {
namespace {

// The longest path of a unix socket (sockaddr_un.sun_path without its final zero).
constexpr std::size_t socket_path_bytes_max = 107;

// Caught in parse_url(). It spares the parser a test after every step.
struct invalid : std::runtime_error {
    using std::runtime_error::runtime_error;
};

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    throw invalid("% must be followed by two hexadecimal digits (%25 stands for % itself)");
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size())
                throw invalid("% must be followed by two hexadecimal digits (%25 stands for % itself)");
            c = static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        if (c == '\0') throw invalid("a zero byte cannot be part of it");
        out += c;
    }
    return out;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number out{};
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

// Cuts `text` at the first `mark` and returns what was behind it; nullopt if there is no mark.
std::optional<std::string_view> cut(std::string_view& text, char mark) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    const auto rest = text.substr(at + 1);
    text = text.substr(0, at);
    return rest;
}

void read_db(std::string_view text, options& to) {
    const auto db = number<int>(text);
    if (!db || *db < 0) throw invalid("the database must be a number, 0 or more");
    to.db = *db;
}

void read_credentials(std::string_view text, options& to) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        throw invalid("a user needs a password: user:password@, or :password@ for the default user");
    }
    to.user = decoded(text.substr(0, colon));
    to.password = decoded(text.substr(colon + 1));
    if (to.password.empty())
        throw invalid("the password is empty; leave out everything up to the @ if there is none");
}

std::uint16_t port_of(std::string_view text) {
    const auto port = number<std::uint16_t>(text);
    if (!port || *port == 0) {
        throw invalid("the port must be a number from 1 to 65535 (percent-encode / ? # @ : in a password)");
    }
    return *port;
}

bool is_host_name(const std::string& text) {
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%") ==
           std::string::npos;
}

server_address read_host(std::string_view text, std::uint16_t default_port) {
    server_address to{.host = {}, .port = default_port, .socket_path = {}};
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) throw invalid("an IPv6 address must end with ]");
        to.host = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        if (!text.empty() && text.front() != ':') throw invalid("after ] only a port may follow");
    } else {
        to.host = text.substr(0, text.find(':'));
        text.remove_prefix(to.host.size());
    }
    if (to.host.empty()) throw invalid("there is no host");
    if (!is_host_name(to.host))
        throw invalid(
            "the host has a character that no host name has (percent-encode / ? # @ : in a password)");
    if (!text.empty()) to.port = port_of(text.substr(1));
    return to;
}

void read_query(std::string_view text, options& to) {
    if (!text.starts_with("db=")) throw invalid("the only parameter that may follow ? is db");
    read_db(text.substr(3), to);
}

// Takes [user:password@] from the front of `text`, from which the path is removed already.
void take_credentials(std::string_view& text, options& to) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return;
    read_credentials(text.substr(0, at), to);
    text.remove_prefix(at + 1);
}

void read_seeds(std::string_view text, std::uint16_t default_port, options& to) {
    while (true) {
        const auto rest = cut(text, ',');
        to.seeds.push_back(read_host(text, default_port));
        if (!rest) return;
        text = *rest;
    }
}

// Parses everything behind the scheme, like the functions below.
options parse_tcp(std::string_view text) {
    options to;
    if (const auto query = cut(text, '?')) read_query(*query, to);
    if (const auto path = cut(text, '/'); path && !path->empty()) read_db(*path, to);
    take_credentials(text, to);
    return to.at(read_host(text, to.port));
}

options parse_sentinel(std::string_view text) {
    options to;
    to.kind = layout::sentinel;
    if (const auto query = cut(text, '?')) {
        constexpr std::string_view name = "sentinel_password=";
        if (!query->starts_with(name))
            throw invalid("the only parameter that may follow ? is sentinel_password");
        to.sentinel_password = decoded(query->substr(name.size()));
    }
    auto path = cut(text, '/').value_or("");
    if (const auto db = cut(path, '/'); db && !db->empty()) read_db(*db, to);
    to.master_name = decoded(path);
    if (to.master_name.empty())
        throw invalid("the name of the master is missing: redis+sentinel://host:26379,host:26379/mymaster");
    take_credentials(text, to);
    read_seeds(text, 26379, to);
    return to;
}

options parse_cluster(std::string_view text) {
    options to;
    to.kind = layout::cluster;
    const auto path = cut(text, '/').value_or("");
    if (!path.empty() && path != "0") throw invalid("a cluster has no database but 0");
    if (text.find('?') != std::string_view::npos) throw invalid("no parameter may follow");
    take_credentials(text, to);
    read_seeds(text, 6379, to);
    return to;
}

options parse_unix(std::string_view text) {
    options to;
    if (const auto query = cut(text, '?')) read_query(*query, to);
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        throw invalid("the path of the socket must be absolute: unix:///path/to.sock");
    if (slash > 0) {
        const auto credentials = text.substr(0, slash);
        if (credentials.back() != '@')
            throw invalid("the path of the socket must be absolute: unix:///path/to.sock");
        read_credentials(credentials.substr(0, credentials.size() - 1), to);
    }
    to.socket_path = decoded(text.substr(slash));
    if (to.socket_path.size() > socket_path_bytes_max)
        throw invalid("the path of the socket is longer than 107 bytes");
    return to;
}

}  // namespace

std::string server_address::text() const {
    if (!socket_path.empty()) return socket_path;
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string options::describe() const {
    if (!socket_path.empty()) return "unix://" + socket_path + "?db=" + std::to_string(db);
    std::string hosts;
    for (const server_address& seed : seeds) hosts += (hosts.empty() ? "" : ",") + seed.text();
    if (kind == layout::cluster) return "redis+cluster://" + hosts;
    if (kind == layout::sentinel)
        return "redis+sentinel://" + hosts + "/" + master_name + "/" + std::to_string(db);
    return "redis://" + address().text() + "/" + std::to_string(db);
}

options options::at(const server_address& other) const {
    options out = *this;
    out.host = other.host;
    out.port = other.port;
    out.socket_path = other.socket_path;
    return out;
}

std::variant<options, url_error> parse_url(std::string_view url) {
    try {
        for (const std::string_view scheme : {"unix://", "redis+unix://"}) {
            if (url.starts_with(scheme)) return parse_unix(url.substr(scheme.size()));
        }
        if (url.starts_with("redis://")) return parse_tcp(url.substr(8));
        if (url.starts_with("redis+sentinel://")) return parse_sentinel(url.substr(17));
        if (url.starts_with("redis+cluster://")) return parse_cluster(url.substr(16));
        if (url.starts_with("rediss://")) throw invalid("TLS (rediss://) is not supported");
        throw invalid("it must begin with redis://, redis+sentinel://, redis+cluster:// or unix://");
    } catch (const invalid& why) {
        return url_error{why.what()};
    }
}

}  // namespace weir::redis
