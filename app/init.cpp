// weir init: reads the catalogue of a database and writes the file to begin with. It never overwrites one.
#include "weir/config/units.hpp"
#include "weir/init/database_url.hpp"
#include "weir/init/read_catalogue.hpp"
#include "weir/init/starter_file.hpp"

#include "commands.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

namespace weir::app {
namespace {

constexpr seconds catalogue_connect_timeout{10};
constexpr seconds reading_timeout{30};  // of a catalogue with some ten thousand columns

struct reading {
    std::optional<init::catalogue> found;
    std::string problem;  // why there is none
};

std::string problem_of(const postgres::connection& on, error_code failure) {
    const auto& message = on.last_error().message;
    return message.empty() ? failure.message() : message;
}

awaitable<reading> read(postgres::conninfo from) {
    postgres::connection on(co_await boost::asio::this_coro::executor);
    const auto connected = co_await on.connect(std::move(from), deadline::in(catalogue_connect_timeout));
    if (!connected) co_return reading{.found = {}, .problem = problem_of(on, connected.error())};
    auto found = co_await init::read_catalogue(on, deadline::in(reading_timeout));
    if (!found) co_return reading{.found = {}, .problem = problem_of(on, found.error())};
    co_return reading{.found = std::move(*found), .problem = {}};
}

reading run_reading(const postgres::conninfo& from) {
    boost::asio::io_context context;
    reading outcome;
    boost::asio::co_spawn(context, read(from), [&](const std::exception_ptr& failure, reading done) {
        if (failure) std::rethrow_exception(failure);
        outcome = std::move(done);
    });
    context.run();
    return outcome;
}

int refuse(const std::string& why) {
    std::cerr << "weir: " << why << '\n';
    return 1;
}

int refuse_file(const std::string& output) {
    return refuse(output + " exists and is not overwritten; name another file, or remove it");
}

struct close_file {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

// Writes a new file. The mode "x" refuses one that has come into being meanwhile.
int write_file(const std::string& output, const std::string& text) {
    const std::unique_ptr<std::FILE, close_file> file{std::fopen(output.c_str(), "wx")};
    if (!file) {
        return std::filesystem::exists(output) ? refuse_file(output)
                                               : refuse(output + " could not be created there");
    }
    const bool is_written =
        std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0;
    if (is_written) return 0;
    std::filesystem::remove(output);
    return refuse(output + " could not be written");
}

void explain_next(const init::starter& made, const std::string& output) {
    std::cerr << "Wrote " << config::count_text(made.tables, "table") << " to " << output
              << ". Read it, then run\n    weir migrate --config " << output << "\n    weir serve --config "
              << output << '\n';
}

}  // namespace

int init(const init_options& asked) {
    const bool has_file = !asked.output.empty();
    if (has_file && std::filesystem::exists(asked.output)) return refuse_file(asked.output);
    const auto from = postgres::conninfo::parse(asked.database);
    auto read = run_reading(from);
    if (!read.found) return refuse("reading " + from.describe() + " failed: " + read.problem);
    if (!asked.tables.empty()) {
        const auto unknown = init::keep_tables(*read.found, asked.tables);
        for (const auto& name : unknown) std::cerr << "weir: there is no table " << name << '\n';
        if (!unknown.empty()) return 1;
    }
    const auto made = init::starter_file(*read.found, {.postgres_url = init::public_url(from)});
    if (made.tables == 0) return refuse("there is no table in " + from.describe() + " that could be served");
    if (!has_file) {
        const bool is_written = std::fputs(made.text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
        return is_written ? 0 : refuse("standard output could not be written");
    }
    const int code = write_file(asked.output, made.text);
    if (code == 0) explain_next(made, asked.output);
    return code;
}

}  // namespace weir::app
