#include "commands.hpp"

#include "weir/base/log.hpp"
#include "weir/base/log_writer.hpp"
#include "weir/config/load.hpp"
#include "weir/config/reference.hpp"
#include "weir/config/units.hpp"
#include "weir/schema/migration.hpp"

#include "findings.hpp"
#include "loading.hpp"
#include "service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace weir::app {

std::optional<config::configuration> load_or_explain(const std::string& path, config::admin_token token) {
    auto loaded = config::load(path, config::process_environment, token);
    if (auto* good = std::get_if<config::configuration>(&loaded)) return std::move(*good);
    const auto& problems = std::get<std::vector<config::problem>>(loaded);
    for (const config::problem& p : problems) std::cerr << config::to_text(p) << '\n';
    std::cerr << config::count_text(problems.size(), "problem") << " in " << path
              << "; nothing was started.\n";
    return std::nullopt;
}

namespace {

// The time that a migration may take. It locks the declared tables, so it may have to wait for transactions
// that write to them.
constexpr seconds migration_timeout{60};

migration_outcome run(awaitable<migration_outcome> what) {
    boost::asio::io_context context;
    migration_outcome outcome{.failure = errc::cancelled, .problem = "it did not run", .left = {}};
    boost::asio::co_spawn(context, std::move(what),
                          [&](const std::exception_ptr& failure, migration_outcome done) {
                              if (failure) std::rethrow_exception(failure);
                              outcome = std::move(done);
                          });
    context.run();
    return outcome;
}

void explain_leftovers(const std::vector<std::string>& left, const std::string& config_path) {
    if (left.empty()) return;
    std::cout << "Left in place: triggers that " << config_path << " does not declare.\n";
    for (const std::string& line : left) std::cout << "    " << line << '\n';
    std::cout << "They go on recording rows. If no other file needs them, remove them with\n"
              << "    weir migrate --prune --config " << config_path << '\n';
}

int remove(const config::configuration& loaded, const migrate_options& how) {
    if (how.prints_only) {
        std::cout << removal_script(how.is_forced);
        return 0;
    }
    const auto to = postgres::conninfo::parse(loaded.settings.postgres.url);
    const auto outcome = run(uninstall(to, how.is_forced, deadline::in(migration_timeout)));
    if (outcome.failure) {
        std::cerr << "weir: removing the weir schema from " << to.describe() << " failed: " << outcome.problem
                  << '\n';
        return 1;
    }
    std::cout << "The weir schema and its triggers are removed from " << to.describe() << ".\n";
    return 0;
}

// Returns false after printing each column that gives a key no single text. Triggers on it would promise what
// they cannot keep. What the database cannot answer is left to the migration, which says why.
bool are_keys_sound(const config::configuration& c, const postgres::conninfo& to) {
    const auto checked =
        run_check([&] { return check_key_columns(to, c.policy, deadline::in(seconds{10})); });
    const auto found = reported_of(c, checked.report.found);
    for (const auto& r : found) std::cerr << to_text(r) << '\n';
    if (!has_errors(checked.report.found)) return true;
    std::cerr << config::count_text(found.size(), "problem") << "; nothing was migrated.\n";
    return false;
}

}  // namespace

int serve(const std::string& config_path) {
    auto loaded = load_or_explain(config_path, config::admin_token::required);
    if (!loaded) return 1;
    log::set_level(loaded->settings.log.level);
    std::signal(SIGPIPE, SIG_IGN);  // a peer or a log reader that went away is an error of its write alone
    const log::writer lines;        // before any thread that logs, and until the last one has ended
    for (const config::problem& w : loaded->warnings) {
        log::warn("config_warning",
                  {{"file", w.file}, {"line", w.line}, {"warning", w.what}, {"remedy", w.todo}});
    }
    service{std::move(*loaded)}.run();
    return 0;
}

int migrate(const std::string& config_path, const migrate_options& how) {
    const auto loaded = load_or_explain(config_path, config::admin_token::optional);
    if (!loaded) return 1;
    if (how.removes) return remove(*loaded, how);
    const auto others = how.prunes ? leftovers::removed : leftovers::kept;
    if (how.prints_only) {
        std::cout << migration_script(loaded->policy, others);
        return 0;
    }
    const auto to = postgres::conninfo::parse(loaded->settings.postgres.url);
    if (!are_keys_sound(*loaded, to)) return 1;
    const auto outcome = run(weir::migrate(to, loaded->policy, others, deadline::in(migration_timeout)));
    if (outcome.failure) {
        std::cerr << "weir: migrating " << to.describe() << " failed: " << outcome.problem << '\n';
        return 1;
    }
    std::cout << "The weir schema is installed in " << to.describe() << ", with triggers on "
              << config::count_text(loaded->policy.changes.size(), "table") << ".\n";
    explain_leftovers(outcome.left, config_path);
    return 0;
}

int schema(bool as_markdown) {
    std::cout << (as_markdown ? config::reference_markdown() : config::json_schema());
    return 0;
}

}  // namespace weir::app
