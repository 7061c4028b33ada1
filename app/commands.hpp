// The commands. Each returns the process's exit code: 0, or 1 after it has printed on standard error what is
// wrong and what to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::app {

struct check_options {
    std::string config_path;
    std::optional<std::string>
        database;          // its URL; empty: the one that the file names; nullopt: none is asked
    bool as_json = false;  // findings for editors and CI instead of the policy as a table
};

int serve(const std::string& config_path);
int check(const check_options& wanted);

struct migrate_options {
    bool prints_only = false;
    bool prunes = false;
    bool removes = false;
    bool is_forced = false;  // removes under consumers that are alive
};
int migrate(const std::string& config_path, const migrate_options& how);

struct init_options {
    std::string database;             // a URL, or libpq's key=value form
    std::vector<std::string> tables;  // empty: all
    std::string output;               // empty: standard output
};

// Writes a configuration from the tables of a database. Never overwrites a file.
int init(const init_options& asked);

struct prove_words {
    std::size_t seconds = 60;
    std::optional<std::uint64_t> seed;
    bool is_confirmed = false;  // --yes
};

// Looks for answers that change without being named. Returns 0 if all was proven, 1 after a counterexample, 2
// if it could not run, 3 if some writes could not be tried.
int prove(const std::string& config_path, const prove_words& words);

// Prints a JSON Schema of the configuration file, or the tables of docs/configuration.md.
int schema(bool as_markdown);

}  // namespace weir::app
