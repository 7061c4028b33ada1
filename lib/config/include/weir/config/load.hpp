// Reads the TOML file. Returns settings and policy, or everything that is wrong with the file, in one run.
//
//     auto loaded = config::load("config/weir.toml", config::process_environment);
//     if (auto* problems = std::get_if<std::vector<config::problem>>(&loaded)) …
//
// Called once at start, before any thread runs. It reads the file and the given environment, nothing else.
#pragma once

#include "weir/config/environment.hpp"
#include "weir/config/settings.hpp"
#include "weir/policy/policy.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weir::config {

struct position {
    unsigned line = 0;    // 1-based; 0: the file as a whole
    unsigned column = 0;  // 1-based, in characters
};

// One mistake, for the author of the file. Never contains the value of a secret or of an environment
// variable.
struct problem {
    std::string file;
    unsigned line = 0;    // 1-based; 0: the file as a whole
    unsigned column = 0;  // 1-based, in characters
    std::string what;     // what is wrong
    std::string todo;     // what to do about it
};

// Where the file declares what: for what is found out later, such as that the database refuses the SQL.
class places {
 public:
    // Returns the position of a field of "resource.products", "write.pay" or "change of orders" (the table).
    // Returns that of the declaration if it has no
    // such field, and of the file as a whole if there is no such declaration.
    position of(const std::string& title, const std::string& field = {}) const;

    // Returns the position of a line of the declaration's `sql`, counted from 0.
    position of_sql_line(const std::string& title, std::size_t line) const;

    void add(const std::string& title, const std::string& field, position at);
    void add_sql_lines(const std::string& title, std::vector<position> lines);

 private:
    std::map<std::pair<std::string, std::string>, position> fields_;
    std::map<std::string, std::vector<position>> sql_lines_;
};

struct configuration {
    std::string file = {};  // as problems name it
    config::settings settings;
    weir::policy policy;
    std::vector<problem> warnings;  // of what is accepted and may surprise
    // The environment variables that are not set and have no default. What they give is at its default here.
    std::vector<problem> unset = {};
    places declared = {};
};

// Returns "config/weir.toml:12:8: resource.products has no ttl\n    -> add ttl = \"300s\"".
std::string to_text(const problem& p);

// Returns the same of a warning: "config/weir.toml:12:8: warning: …".
std::string to_warning(const problem& p);

// `check` and `migrate` need no admin token; `serve` does.
enum class admin_token { required, optional };

// `check` also runs where secrets are absent: it notes what is not set, and judges the rest of the file.
enum class unset_variables { refused, noted };

using loaded = std::variant<configuration, std::vector<problem>>;

loaded load(const std::string& path, const environment& env, admin_token token = admin_token::required,
            unset_variables unset = unset_variables::refused);

// Does the same for a text that is already in memory. `path` only names it in problems.
loaded parse(std::string_view text, const std::string& path, const environment& env,
             admin_token token = admin_token::required, unset_variables unset = unset_variables::refused);

// Returns the cache policy as a table for people, which `weir check` prints.
std::string print_policy(const configuration& c);

}  // namespace weir::config
