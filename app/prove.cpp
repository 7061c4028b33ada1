// `weir prove`: asks before it begins, shows how far it is, and prints what it found.
#include "weir/prove/prove.hpp"

#include "weir/base/log.hpp"
#include "weir/config/units.hpp"

#include "commands.hpp"
#include "loading.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <iostream>
#include <random>
#include <unistd.h>

namespace weir::app {
namespace {

constexpr int found_something = 1;
constexpr int could_not_run = 2;
constexpr int not_clean = 3;

constexpr const char* warning =
    "weir prove changes rows of this database in transactions that are rolled back, each shorter than 100 "
    "ms.\n"
    "It locks the rows that it changes, fires their triggers, and advances sequences. Nothing else "
    "remains.\n";

bool is_confirmed(const std::string& where) {
    std::cerr << warning << "Go on, in " << where << "? [y/N] ";
    std::string reply;
    std::getline(std::cin, reply);
    return reply == "y" || reply == "Y" || reply == "yes";
}

// Shows the progress: on a terminal in one line, otherwise as a line every few seconds.
class progress_lines {
 public:
    void show(const prove::progress& p) {
        const auto now = steady_clock::now();
        if (now - last_ < (is_terminal_ ? milliseconds{200} : milliseconds{5000})) return;
        last_ = now;
        const auto percent = p.steps_planned == 0 ? 100 : p.steps * 100 / p.steps_planned;
        std::cerr << (is_terminal_ ? "\r" : "") << percent << " %, " << config::count_text(p.writes, "write")
                  << ", " << config::count_text(p.counterexamples, "counterexample")
                  << (is_terminal_ ? "  " : "\n");
        is_open_ = is_terminal_;
    }

    void end() const {
        if (is_open_) std::cerr << '\n';
    }

 private:
    const bool is_terminal_ = isatty(STDERR_FILENO) == 1;
    bool is_open_ = false;
    steady_clock::time_point last_ = steady_clock::now();
};

// Runs the proof. `beginning` is printed once a signal stops the proof instead of the process.
prove::report run_proof(postgres::conninfo to, const policy& p, prove::options how,
                        const std::string& beginning) {
    boost::asio::io_context context;
    std::atomic<bool> is_stopped{false};
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    std::cerr << beginning;
    signals.async_wait([&](error_code failed, int) {
        if (!failed) is_stopped = true;
    });
    how.is_stopped = &is_stopped;
    prove::report made;
    std::exception_ptr failure;
    boost::asio::co_spawn(context, prove::examine(std::move(to), p, std::move(how)),
                          [&](const std::exception_ptr& thrown, prove::report done) {
                              failure = thrown;
                              made = std::move(done);
                              signals.cancel();
                          });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return made;
}

void print(const prove::report& r) {
    std::size_t number = 0;
    for (const auto& c : r.found)
        std::cout << "Counterexample " << ++number << ": " << prove::to_text(c) << '\n';
    for (const auto& gap : r.unproven) std::cout << "Not proven: " << gap.what << ": " << gap.why << '\n';
    if (r.is_cut_short)
        std::cout << "Not proven: it was stopped before every table had its turn: give it more --seconds.\n";
    std::cout << config::count_text(r.resources, "resource") << ", " << config::count_text(r.tables, "table")
              << ", " << config::count_text(r.writes, "write") << ", "
              << config::count_text(r.answers, "answer") << " compared: "
              << (r.found.empty() ? std::string("no counterexample")
                                  : config::count_text(r.found.size(), "counterexample"))
              << ".\n";
}

}  // namespace

int prove(const std::string& config_path, const prove_words& words) {
    const auto loaded = load_or_explain(config_path, config::admin_token::optional);
    if (!loaded) return could_not_run;
    const auto to = postgres::conninfo::parse(loaded->settings.postgres.url);
    if (!words.is_confirmed && isatty(STDIN_FILENO) != 1) {
        std::cerr << warning << "weir: no terminal to ask on: add --yes to go on.\n";
        return could_not_run;
    }
    if (!words.is_confirmed && !is_confirmed(to.describe())) return could_not_run;
    log::set_level(log::level::error);  // what the database refuses is part of the report
    const std::uint64_t seed = words.seed ? *words.seed : std::random_device{}() % 1'000'000;
    const auto beginning = fmt::format("Proving {} on {}, seed {}.\n", config_path, to.describe(), seed);
    progress_lines shown;
    const auto made = run_proof(to, loaded->policy,
                                {.time = seconds{words.seconds},
                                 .seed = seed,
                                 .is_stopped = nullptr,
                                 .on_progress = [&](const prove::progress& p) { shown.show(p); }},
                                beginning);
    shown.end();
    if (!made.problem.empty()) {
        if (!made.found.empty()) print(made);
        std::cerr << "weir: " << made.problem << '\n';
        return could_not_run;
    }
    print(made);
    if (!made.found.empty()) return found_something;
    return made.is_clean() ? 0 : not_clean;
}

}  // namespace weir::app
