#include "weir/init/database_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace weir::init {
namespace {

// What says how to connect and is no secret.
constexpr auto kept = std::to_array<std::string_view>({"sslmode", "sslrootcert", "target_session_attrs"});

std::string encoded(std::string_view text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

bool is_socket(std::string_view host) {
    return host.starts_with('/') || host.starts_with('@');
}

// Returns the hosts as the URL's authority has them; the directory of a socket is a parameter instead.
std::string hosts_text(const postgres::conninfo& to) {
    std::string out;
    for (const auto& [host, port] : to.targets()) {
        if (!out.empty()) out += ',';
        const bool is_v6 = host.find(':') != std::string::npos;
        out += is_v6 ? "[" + host + "]" : encoded(host);
        if (!port.empty()) out += ":" + encoded(port);
    }
    return out;
}

}  // namespace

std::string public_url(const postgres::conninfo& to) {
    std::string url = "postgresql://";
    if (const auto user = to.get("user"); !user.empty()) url += encoded(user) + "@";
    const auto targets = to.targets();
    const bool has_socket =
        std::any_of(targets.begin(), targets.end(), [](const auto& t) { return is_socket(t.host); });
    if (!has_socket) url += hosts_text(to);
    url += "/" + encoded(to.get("dbname"));
    std::string_view mark = "?";
    const auto add = [&](std::string_view name) {
        const auto value = to.get(name);
        if (value.empty()) return;
        url.append(mark).append(name).append("=").append(encoded(value));
        mark = "&";
    };
    if (has_socket) {
        add("host");
        add("port");
    }
    for (const auto name : kept) add(name);
    return url;
}

}  // namespace weir::init
