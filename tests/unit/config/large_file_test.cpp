// A file with thousands of resources: the time to read it grows with its size, not with the square of it.
#include "checked.hpp"

#include <chrono>

namespace weir::large_file_test {
namespace {

// Each resource has its change, and its SQL has lines enough that their positions matter.
std::string file_of(std::size_t resources) {
    std::string text;
    for (std::size_t i = 0; i < resources; ++i) {
        const std::string n = std::to_string(i);
        text += "[resource.item_" + n + "]\npath = \"/items_" + n + "/{id}\"\nkey = \"items_" + n +
                ":item:{id}\"\nttl = \"10m\"\nparameter.id = { type = \"integer\" }\nsql = \"\"\"\nselect\n  "
                "  id,\n" +
                "    name\nfrom items_" + n + "\nwhere id = {id}\"\"\"\n[change.items_" + n +
                "]\nkeys = [\"items_" + n + ":item:{id}\"]\n";
    }
    return text;
}

double seconds_to_read(std::size_t resources) {
    const std::string text = file_of(resources);
    const auto begin = std::chrono::steady_clock::now();
    const auto read = checked::configuration_of(text);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    CHECK(read.policy.resources.size() == resources);
    CHECK(read.policy.changes.size() == resources);
    const auto at = read.declared.of_sql_line("resource.item_" + std::to_string(resources - 1), 2);
    CHECK(at.line == (resources - 1) * 13 + 9);
    return passed.count();
}

}  // namespace

TEST_CASE("ten times as many resources take about ten times as long to read") {
    seconds_to_read(100);
    const double few = seconds_to_read(1000);
    const double many = seconds_to_read(10'000);
    INFO(few << " s, " << many << " s");
    CHECK(many < 30 * few + 1);
}

}  // namespace weir::large_file_test
