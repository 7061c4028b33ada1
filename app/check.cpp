// weir check: the file alone, or with the database that it speaks of.
#include "weir/base/log.hpp"
#include "weir/config/units.hpp"

#include "commands.hpp"
#include "findings.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <variant>

namespace weir::app {
namespace {

// The time that the questions to the database may take, all together.
constexpr seconds database_timeout{300};

void append(std::vector<reported>& to, std::vector<reported> more) {
    std::move(more.begin(), more.end(), std::back_inserter(to));
}

// Returns whether the file names its database by variables that are not set.
bool has_unset_address(const config::configuration& c) {
    return std::any_of(c.unset.begin(), c.unset.end(),
                       [](const config::problem& p) { return p.what.starts_with("postgres.url "); });
}

// Returns nullopt for a text that is no address. It is never shown, because it may hold a password.
std::optional<postgres::conninfo> address_in(const std::string& url) {
    try {
        return postgres::conninfo::parse(url);
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

reported failure_of(const config::configuration& c, std::string what, std::string todo) {
    return {{c.file, 0, 0, std::move(what), std::move(todo)}};
}

void print_reads(const declared_reads& of) {
    std::size_t widest = 0;
    for (const auto& line : of.lines) widest = std::max(widest, line.what.size());
    widest = std::min<std::size_t>(widest, 60);
    std::cout << of.declared << (of.declared.starts_with("write.") ? " changes" : " reads")
              << (of.lines.empty() ? " nothing\n" : "\n");
    for (const auto& line : of.lines) {
        const std::size_t gap = widest > line.what.size() ? widest - line.what.size() : 0;
        std::cout << "    " << line.what << std::string(gap + 2, ' ') << line.cover << '\n';
    }
}

// Asks the database, and adds what it found. Prints what each resource reads, for people. Returns false if
// the database could not be asked.
bool ask_database(const config::configuration& c, const check_options& wanted, std::vector<reported>& to) {
    if (wanted.database->empty() && has_unset_address(c)) {
        to.push_back(failure_of(c, "the database's address is not known",
                                "set the variables of postgres.url, or give a URL: --database URL"));
        return false;
    }
    const auto& url = wanted.database->empty() ? c.settings.postgres.url : *wanted.database;
    const auto address = address_in(url);
    if (!address) {
        to.push_back(failure_of(c, "the database's address cannot be read",
                                "write postgresql://user:password@host/database"));
        return false;
    }
    const auto checked =
        run_check([&] { return check_declarations(*address, c.policy, deadline::in(database_timeout)); });
    if (!wanted.as_json) {
        for (const auto& reads : checked.report.reads) print_reads(reads);
    }
    append(to, reported_of(c, checked.report.found));
    if (!checked.failure) return true;
    to.push_back(failure_of(c, "the check of " + address->describe() + " failed: " + checked.failure->problem,
                            "mend the connection or the role's rights, and check again"));
    return false;
}

std::string counted(const std::vector<reported>& all, const std::string& severity) {
    const auto count =
        std::count_if(all.begin(), all.end(), [&](const reported& r) { return r.severity == severity; });
    return config::count_text(static_cast<std::size_t>(count), severity);
}

void sort_by_place(std::vector<reported>& all) {
    std::stable_sort(all.begin(), all.end(), [](const reported& a, const reported& b) {
        return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
    });
}

int conclude(const std::vector<reported>& all, const check_options& wanted) {
    if (wanted.as_json) {
        std::cout << to_json(all);
    } else {
        std::fflush(stdout);  // what was printed stands before the findings
        for (const auto& r : all) std::cerr << to_text(r) << '\n';
    }
    return has_errors(all) ? 1 : 0;
}

int refuse(const std::vector<config::problem>& problems, const check_options& wanted) {
    const int code = conclude(reported_of(problems, "error"), wanted);
    if (!wanted.as_json) {
        std::cerr << config::count_text(problems.size(), "problem") << " in " << wanted.config_path
                  << "; nothing was started.\n";
    }
    return code;
}

}  // namespace

int check(const check_options& wanted) {
    log::set_level(log::level::error);  // what Postgres refuses is reported, not logged
    const auto loaded = config::load(wanted.config_path, config::process_environment,
                                     config::admin_token::optional, config::unset_variables::noted);
    if (const auto* problems = std::get_if<std::vector<config::problem>>(&loaded)) {
        return refuse(*problems, wanted);
    }
    const auto& c = std::get<config::configuration>(loaded);
    auto all = reported_of(c.warnings, "warning");
    append(all, reported_of(c.unset, "note"));
    bool is_asked = false;
    if (wanted.database) {
        is_asked = ask_database(c, wanted, all);
    } else if (!wanted.as_json) {
        std::cout << config::print_policy(c);
    }
    sort_by_place(all);
    const int code = conclude(all, wanted);
    if (is_asked && !wanted.as_json) {
        (code == 0 ? std::cout : std::cerr)
            << (code == 0 ? "The database agrees with " : "The database does not agree with ")
            << wanted.config_path << ": " << counted(all, "error") << ", " << counted(all, "warning")
            << ".\n";
    }
    return code;
}

}  // namespace weir::app
