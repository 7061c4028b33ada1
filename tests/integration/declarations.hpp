// What the stories about declarations share: a file, a database, and what the second says against the first.
#pragma once

#include "weir/config/load.hpp"
#include "weir/schema/declarations.hpp"
#include "weir/schema/migration.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

#include <string>
#include <variant>

namespace weir::test {

inline policy policy_of(const std::string& file) {
    auto loaded = config::parse(
        file, "weir.toml", [](const std::string&) { return std::nullopt; }, config::admin_token::optional);
    if (const auto* problems = std::get_if<std::vector<config::problem>>(&loaded)) {
        for (const auto& p : *problems) UNSCOPED_INFO(config::to_text(p));
        REQUIRE(problems->empty());
    }
    return std::get<config::configuration>(std::move(loaded)).policy;
}

inline awaitable<void> ask_of(const private_postgres& server, policy p, checked_declarations& out) {
    const auto to = postgres::conninfo::parse(server.url());
    out = co_await check_declarations(to, p, deadline::in(seconds{20}));
}

inline checked_declarations check_on(const private_postgres& server, const std::string& file) {
    checked_declarations out;
    boost::asio::io_context context;
    run(context, ask_of(server, policy_of(file), out));
    INFO((out.failure ? out.failure->problem : ""));
    CHECK_FALSE(out.failure);
    return out;
}

// The errors, a line each: "resource table: what -> todo".
inline std::string errors_on(const private_postgres& server, const std::string& file) {
    std::string lines;
    for (const auto& f : check_on(server, file).report.found) {
        if (f.level != finding::severity::error) continue;
        lines += f.resource + " " + f.table + ": " + f.what + " -> " + f.todo + "\n";
    }
    return lines;
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// A resource by an integer `id`, with this SQL and these further lines.
inline std::string resource_reading(const std::string& sql, const std::string& more = {},
                                    const std::string& name = "item") {
    return "[resource." + name + "]\npath = \"/v1/" + name + "/{id}\"\nkey = \"" + name +
           ":one:{id}\"\nttl = \"60s\"\nparameter.id = { type = \"integer\" }\nsql = '''" + sql + "'''\n" +
           more + "\n";
}

// Changes of these tables that name the resource's key by their column `id`.
inline std::string changes_of(const std::vector<std::string>& tables, const std::string& name = "item") {
    std::string out;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        out += "[change.c" + std::to_string(i) + "]\ntable = '" + tables[i] + "'\nkeys = [\"" + name +
               ":one:{id}\"]\n";
    }
    return out;
}

}  // namespace weir::test
