// Configuration files: any text gives a configuration that keeps its invariants, or problems that say what
// and where. No problem shows what the environment holds.
#include "weir/config/load.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstdint>

namespace {

constexpr std::string_view secret = "s3cr3t-0f-16-0r-m0re";

std::optional<std::string> variable(const std::string& name) {
    if (name == "UNSET") return std::nullopt;
    return std::string{secret};
}

void check_problems(const std::vector<weir::config::problem>& problems, std::string_view input) {
    FUZZ_REQUIRE(!problems.empty());
    const auto lines = static_cast<unsigned>(std::count(input.begin(), input.end(), '\n')) + 1;
    for (const auto& p : problems) {
        FUZZ_REQUIRE(!p.what.empty() && !p.todo.empty());
        FUZZ_REQUIRE(p.line <= lines);
        const bool is_written_there = input.find(secret) != std::string_view::npos;
        FUZZ_REQUIRE(is_written_there || weir::config::to_text(p).find(secret) == std::string::npos);
    }
}

// Whatever a request of this path says, some resource answers it.
void check_plain(const weir::policy& p, const weir::resource& r) {
    const bool has_plain = std::any_of(
        p.resources.begin(), p.resources.end(),
        [&](const weir::resource& other) { return other.when.empty() && other.path.same_shape(r.path); });
    FUZZ_REQUIRE(has_plain);
    for (const auto& name : r.when) {
        const bool is_query =
            std::any_of(r.parameters.begin(), r.parameters.end(), [&](const weir::parameter& q) {
                return q.name == name && q.source == weir::parameter_source::query;
            });
        FUZZ_REQUIRE(is_query);
    }
}

void check_change(const weir::change& change) {
    FUZZ_REQUIRE(!change.keys.empty() || !change.tags.empty());
    FUZZ_REQUIRE(change.bulk_rows >= 1);
    for (const auto* names : {&change.keys, &change.tags}) {
        for (const auto& name : *names) {
            for (const auto& segment : name.segments()) {
                const auto* placeholder = std::get_if<weir::key_template::placeholder>(&segment);
                FUZZ_REQUIRE(placeholder == nullptr || placeholder->index < change.columns.size());
            }
        }
    }
}

void check_policy(const weir::config::configuration& c) {
    FUZZ_REQUIRE(!weir::config::print_policy(c).empty());
    for (const auto& r : c.policy.resources) {
        for (const auto index : std::get<weir::sql_load>(r.from).select.values) {
            FUZZ_REQUIRE(index < r.parameters.size());
        }
        if (r.cached) {
            const weir::cacheable& how = *r.cached;
            FUZZ_REQUIRE(!how.key.segments().empty() && how.ttl.ttl.count() > 0 && how.tags.size() <= 6);
            FUZZ_REQUIRE(!how.l1_ttl || *how.l1_ttl <= how.ttl.ttl);
        }
        check_plain(c.policy, r);
        // An empty value is a cursor's beginning, and nothing else.
        for (const auto& p : r.parameters) {
            FUZZ_REQUIRE(!p.default_value || !p.default_value->empty() || p.is_cursor);
        }
    }
    for (const auto& w : c.policy.writes) {
        for (const auto& statement : w.statements) {
            FUZZ_REQUIRE(
                std::any_of(c.policy.changes.begin(), c.policy.changes.end(),
                            [&](const weir::change& change) { return change.table == statement.table; }));
        }
    }
    for (const auto& change : c.policy.changes) check_change(change);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto loaded = weir::config::parse(input, "weir.toml", variable);
    if (const auto* problems = std::get_if<std::vector<weir::config::problem>>(&loaded)) {
        check_problems(*problems, input);
    } else {
        check_policy(std::get<weir::config::configuration>(loaded));
    }
    return 0;
}
