// weir_load: a load generator for what wrk cannot do. Prints one line of JSON; see driver.hpp for the three
// ways.

#include "driver.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace {

using namespace weir::bench;

// The smallest latency that a share of all answers did not exceed.
std::uint32_t percentile(const std::vector<std::uint32_t>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return sorted[std::min(at, sorted.size() - 1)];
}

void print(outcome done) {
    auto& times = done.latencies_us;
    std::sort(times.begin(), times.end());
    std::string statuses;
    for (const auto& [status, count] : done.statuses) {
        statuses += fmt::format("{}\"{}\":{}", statuses.empty() ? "" : ",", status, count);
    }
    fmt::print(
        R"({{"answers":{},"seconds":{:.6f},"unsent":{},"statuses":{{{}}},"us":{{"p50":{},"p90":{},"p99":{},"p999":{},"max":{}}}}})"
        "\n",
        times.size(), done.seconds, done.unsent, statuses, percentile(times, 0.5), percentile(times, 0.9),
        percentile(times, 0.99), percentile(times, 0.999), percentile(times, 1));
}

void read_command_line(CLI::App& line, plan& p) {
    line.add_option("--port", p.ports, "of 127.0.0.1; more than one: in turn")->required()->delimiter(',');
    line.add_option("--connections", p.connections)->check(CLI::PositiveNumber)->capture_default_str();
    line.add_option("--seconds", p.seconds)->check(CLI::PositiveNumber)->capture_default_str();
    line.add_option("--rate", p.rate, "requests a second; 0: the next when the answer is there")
        ->capture_default_str();
    line.add_flag("--at-once", p.is_at_once, "one request on every connection");
    line.add_option("--target", p.target, "{n} becomes a number of 1 to --keys, one after the other")
        ->capture_default_str();
    line.add_option("--keys", p.keys)->check(CLI::PositiveNumber)->capture_default_str();
    line.add_option("--first-key", p.first_key, "where the numbers start")->capture_default_str();
    line.add_option("--header", p.header, "one more: 'Name: value'");
}

}  // namespace

int main(int count, char** words) {
    CLI::App line{"Loads HTTP servers on this machine and measures their answers."};
    plan p;
    read_command_line(line, p);
    CLI11_PARSE(line, count, words);
    try {
        print(drive(p));
    } catch (const std::exception& e) {
        fmt::print(stderr, "{}\n", e.what());
        return 1;
    }
}
