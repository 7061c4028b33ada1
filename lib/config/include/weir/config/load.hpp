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

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::config {

// One mistake, for the author of the file. Never contains the value of a secret or of an environment
// variable.
struct problem {
    std::string file;
    unsigned line = 0;    // 1-based; 0: the file as a whole
    unsigned column = 0;  // 1-based, in characters
    std::string what;     // what is wrong
    std::string todo;     // what to do about it
};

struct configuration {
    config::settings settings;
    weir::policy policy;
    std::vector<problem> warnings;  // of what is accepted and may surprise
};

// Returns "config/weir.toml:12:8: resource.products has no ttl\n    -> add ttl = \"300s\"".
std::string to_text(const problem& p);

// Returns the same of a warning: "config/weir.toml:12:8: warning: …".
std::string to_warning(const problem& p);

// `check` and `migrate` need no admin token; `serve` does.
enum class admin_token { required, optional };

using loaded = std::variant<configuration, std::vector<problem>>;

loaded load(const std::string& path, const environment& env, admin_token token = admin_token::required);

// Does the same for a text that is already in memory. `path` only names it in problems.
loaded parse(std::string_view text, const std::string& path, const environment& env,
             admin_token token = admin_token::required);

// Returns the cache policy as a table for people, which `weir check` prints.
std::string print_policy(const configuration& c);

}  // namespace weir::config
