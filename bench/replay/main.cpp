// weir_replay: what Weir's L1 does by itself, measured with the class that serves.
//
//     weir_replay web07.trace orm-busy.trace     hit ratios beside LRU, SIEVE, S3-FIFO, ARC and the optimum
//     weir_replay --memory 1000000               overhead of an entry in bytes
//     weir_replay --lookup 1000000               cost of a look-up against that among 1,000 entries
//
// A trace is a file of big-endian unsigned 32-bit keys, decompressed (xz -d). The output is tab-separated,
// with the columns' names first. The numbers of an L1 with N entries are those of the budget in bytes in
// which just N entries of 1 KiB fit.
#include "measures.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    using namespace weir::replay;
    CLI::App app{
        "What Weir's L1 does by itself. Prints tab-separated rows, the first names the columns.\n"
        "  hit ratios: one row for each trace at 1, 10 and 30 % of its keys; weir_to_best is Weir's hit "
        "ratio\n"
        "              divided by the best of LRU, SIEVE, S3-FIFO and ARC\n"
        "  --memory:   overhead_bytes is the growth of resident memory without keys, bodies and ready heads\n"
        "  --lookup:   ns of CPU for each hit, among 1,000 entries and among ENTRIES, and their ratio"};
    std::vector<std::string> paths;
    std::size_t memory_entries = 0;
    std::size_t lookup_entries = 0;
    app.add_option("traces", paths, "Files of big-endian unsigned 32-bit keys");
    app.add_option("--memory", memory_entries, "Measure what each of so many entries costs");
    app.add_option("--lookup", lookup_entries, "Measure look-ups among so many entries");
    CLI11_PARSE(app, argc, argv);
    try {
        std::vector<trace> traces;
        for (const std::string& path : paths) traces.push_back(read_trace(path));
        if (!traces.empty()) compare(traces);
        if (memory_entries > 0) measure_memory(memory_entries);
        if (lookup_entries > 0) measure_lookups(lookup_entries);
    } catch (const std::exception& e) {
        fmt::print(stderr, "weir_replay: {}\n", e.what());
        return 1;
    }
    return 0;
}
