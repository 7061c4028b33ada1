// Short files in, "line:column what -> todo" out.
#pragma once

#include "weir/config/load.hpp"

#include "support/catch.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace checked {

using variables = std::map<std::string, std::string>;

inline const weir::sql_load& sql_of(const weir::resource& r) {
    return std::get<weir::sql_load>(r.from);
}

inline const weir::statement& select_of(const weir::resource& r) {
    return sql_of(r).select;
}

inline weir::config::environment environment_of(variables set) {
    return [set = std::move(set)](const std::string& name) -> std::optional<std::string> {
        const auto at = set.find(name);
        return at == set.end() ? std::nullopt : std::optional{at->second};
    };
}

inline weir::config::loaded load_text(std::string_view text, variables set = {},
                                      weir::config::admin_token token = weir::config::admin_token::optional) {
    return weir::config::parse(text, "weir.toml", environment_of(std::move(set)), token);
}

inline std::vector<std::string> problems_in(
    std::string_view text, variables set = {},
    weir::config::admin_token token = weir::config::admin_token::optional) {
    std::vector<std::string> out;
    const auto loaded = load_text(text, std::move(set), token);
    const auto* list = std::get_if<std::vector<weir::config::problem>>(&loaded);
    if (list == nullptr) return out;
    for (const auto& p : *list) {
        CHECK(p.file == "weir.toml");
        CHECK_FALSE(p.todo.empty());
        out.push_back(std::to_string(p.line) + ":" + std::to_string(p.column) + " " + p.what + " -> " +
                      p.todo);
    }
    return out;
}

// The only problem; fails when there are none or more.
inline std::string problem_in(std::string_view text, variables set = {},
                              weir::config::admin_token token = weir::config::admin_token::optional) {
    const auto all = problems_in(text, std::move(set), token);
    std::string every;
    for (const auto& p : all) every += p + "\n";
    INFO(every);
    CHECK(all.size() == 1);
    return all.empty() ? "" : all.front();
}

inline weir::config::configuration configuration_of(std::string_view text, variables set = {}) {
    auto loaded = load_text(text, std::move(set));
    const auto* list = std::get_if<std::vector<weir::config::problem>>(&loaded);
    if (list != nullptr) {
        for (const auto& p : *list) UNSCOPED_INFO(weir::config::to_text(p));
    }
    REQUIRE(list == nullptr);
    return std::get<weir::config::configuration>(std::move(loaded));
}

// A file that is in order: one resource, its change, and one write. 21 lines; what a test adds begins on
// line 22.
inline const std::string good = R"([resource.item]
path = "/v1/items/{id}"
key = "items:item:{id}"
ttl = "300s"
parameter.id = { max_length = 64 }
sql = "select id, name from items where id = {id}"

[change.items]
table = "items"
keys = ["items:item:{id}"]

[write.update_item]
method = "POST"
path = "/admin/v1/items/{id}"
table = "items"
parameter.id = { max_length = 64 }
body.name = { max_length = 100 }
sql = """
update items set name = coalesce({name}, name)
where id = {id}
returning id, name"""
)";

// `good` with one line replaced (1-based); an empty text leaves the line empty, so that the others keep their
// places.
inline std::string with_line(std::size_t line, std::string_view text) {
    std::string out;
    std::size_t begin = 0;
    for (std::size_t i = 1; begin < good.size(); ++i) {
        const std::size_t end = good.find('\n', begin);
        out += i == line ? std::string{text} : good.substr(begin, end - begin);
        out += '\n';
        begin = end + 1;
    }
    return out;
}

}  // namespace checked
