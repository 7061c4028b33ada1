// weir_checker: loads running nodes with writes and reads, and finds every answer that is older than it may
// be.
//
// Prints {"progress": …} lines while it runs, and {"report": …} last. Ends by --seconds, --writes, or a line
// (or the end) on standard input. The rows must be there: `rows` products c0…, all with price_cents 0.
#include "load.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace weir::checker {
namespace asio = boost::asio;
namespace {

node_ports parsed(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) throw std::runtime_error("a node is CLIENT_PORT/ADMIN_PORT");
    return {.clients = static_cast<unsigned short>(std::stoul(text.substr(0, slash))),
            .admin = static_cast<unsigned short>(std::stoul(text.substr(slash + 1)))};
}

void print(const char* name, boost::json::object what) {
    std::cout << boost::json::serialize(boost::json::object{{name, std::move(what)}}) << std::endl;
}

awaitable<void> stop_when_told(asio::posix::stream_descriptor& input, load& running) {
    std::array<char, 64> line{};
    const auto [failed, size] =
        co_await input.async_read_some(asio::buffer(line), asio::as_tuple(asio::use_awaitable));
    if (!failed || failed == asio::error::eof) running.stop();
}

awaitable<void> report_until_the_end(asio::posix::stream_descriptor& input, const load& running) {
    while (!running.is_ended()) {
        print("progress", running.progress());
        co_await sleep_for(milliseconds{200});
    }
    input.close();
    print("report", running.report());
}

void run(plan p) {
    asio::io_context context{1};
    asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
    load running(context, std::move(p));
    running.start();
    start(context.get_executor(), "input", stop_when_told(input, running));
    start(context.get_executor(), "progress", report_until_the_end(input, running));
    context.run();
}

struct spans {
    int seconds_max = 0;
    int write_pause_ms = 0;
    int read_pause_ms = 0;
};

void add_options(CLI::App& cli, plan& p, std::vector<std::string>& nodes, spans& times) {
    cli.add_option("--node", nodes, "CLIENT_PORT/ADMIN_PORT of a node; several")->required();
    cli.add_option("--token", p.token, "Of the admin listeners")->envname("WEIR_ADMIN_TOKEN")->required();
    cli.add_option("--postgres", p.postgres_url, "For the bypassing writer")
        ->envname("WEIR_POSTGRES_URL")
        ->required();
    cli.add_option("--rows", p.rows.rows, "Products c0...")->capture_default_str();
    cli.add_option("--lists", p.rows.lists, "Row n is in the locale x<n % lists>")->capture_default_str();
    cli.add_option("--joined", p.rows.joined, "Orders, baskets and shelves, each 0 to n - 1; 0: none");
    cli.add_option("--moving", p.moves_per_second, "Of them, moves to other rows a second, past Weir")
        ->capture_default_str();
    cli.add_option("--writers", p.writers, "At once, over all nodes")->capture_default_str();
    cli.add_option("--readers", p.readers, "At once, over all nodes")->capture_default_str();
    cli.add_option("--bypassing", p.bypassing_per_second, "Writes a second past Weir")->capture_default_str();
    cli.add_option("--writes", p.acknowledged_max, "Ends after so many acknowledged writes; 0: does not");
    cli.add_option("--seconds", times.seconds_max, "Ends after so long; 0: does not");
    cli.add_option("--write-pause", times.write_pause_ms, "Rest of a writer after each write, ms");
    cli.add_option("--read-pause", times.read_pause_ms, "Rest of a reader after each read, ms");
}

}  // namespace
}  // namespace weir::checker

int main(int argc, char** argv) {
    CLI::App cli{"Loads nodes with writes and reads, and finds every answer that is older than it may be."};
    weir::checker::plan p;
    p.rows = {.rows = 64, .lists = 8};
    std::vector<std::string> nodes;
    weir::checker::spans times;
    weir::checker::add_options(cli, p, nodes, times);
    CLI11_PARSE(cli, argc, argv);
    p.time_max = std::chrono::seconds{times.seconds_max};
    p.write_pause = std::chrono::milliseconds{times.write_pause_ms};
    p.read_pause = std::chrono::milliseconds{times.read_pause_ms};
    try {
        for (const std::string& node : nodes) p.nodes.push_back(weir::checker::parsed(node));
        weir::checker::run(std::move(p));
        return 0;
    } catch (const std::exception& e) {
        std::cerr << "weir_checker: " << e.what() << '\n';
        return 2;
    }
}
