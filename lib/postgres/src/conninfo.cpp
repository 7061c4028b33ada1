#include "weir/postgres/conninfo.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace weir::postgres {
namespace {

struct free_options {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using option_list = std::unique_ptr<PQconninfoOption, free_options>;

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (;;) {
        const auto comma = list.find(',', from);
        parts.push_back(list.substr(from, comma - from));
        if (comma == std::string::npos) return parts;
        from = comma + 1;
    }
}

// Returns the host that libpq takes from the environment (PGHOST): Weir must resolve a name in there as well.
std::string host_of_environment() {
    const option_list defaults(PQconndefaults());
    for (const auto* o = defaults.get(); o != nullptr && o->keyword != nullptr; ++o) {
        if (std::string_view{o->keyword} == "host" && o->val != nullptr) return o->val;
    }
    return {};
}

}  // namespace

conninfo conninfo::parse(const std::string& text) {
    char* message = nullptr;
    const option_list parsed(PQconninfoParse(text.c_str(), &message));
    PQfreemem(message);  // not shown: it quotes parts of the text
    if (!parsed) {
        throw std::invalid_argument(
            "not a Postgres connection string: use postgresql://user:password@host:port/database or libpq's "
            "key=value form, and percent-encode what is special in a URL");
    }
    conninfo made;
    for (const auto* o = parsed.get(); o->keyword != nullptr; ++o) {
        if (o->val != nullptr) made.parameters_.emplace_back(o->keyword, o->val);
    }
    return made;
}

std::string conninfo::get(std::string_view key) const {
    for (const auto& [name, value] : parameters_) {
        if (name == key) return value;
    }
    return {};
}

void conninfo::set(const std::string& key, std::string value) {
    for (auto& [name, old] : parameters_) {
        if (name == key) {
            old = std::move(value);
            return;
        }
    }
    parameters_.emplace_back(key, std::move(value));
}

void conninfo::set_default(const std::string& key, std::string value) {
    if (get(key).empty()) set(key, std::move(value));
}

void conninfo::set_session_option(std::string_view name, milliseconds value) {
    std::string options = get("options");
    if (!options.empty()) options += ' ';
    options += "-c ";
    options += name;
    options += '=' + std::to_string(value.count());
    set("options", std::move(options));
}

std::vector<conninfo::target> conninfo::targets() const {
    const auto given = get("host");
    const auto hosts = split(given.empty() ? host_of_environment() : given);
    const auto ports = split(get("port"));
    std::vector<target> made;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        made.push_back({hosts[i], ports.size() == 1  ? ports[0]
                                  : i < ports.size() ? ports[i]
                                                     : std::string{}});
    }
    return made;
}

std::string conninfo::describe() const {
    std::string text = "postgresql://";
    if (const auto user = get("user"); !user.empty()) text += user + '@';
    bool is_first = true;
    for (const auto& [host, port] : targets()) {
        if (!is_first) text += ',';
        is_first = false;
        text += host.find(':') == std::string::npos ? host : '[' + host + ']';
        if (!port.empty()) text += ':' + port;
    }
    return text + '/' + get("dbname");
}

}  // namespace weir::postgres
