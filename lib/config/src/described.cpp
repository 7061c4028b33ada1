#include "described.hpp"

#include "policy_fields.hpp"
#include "settings_fields.hpp"

#include <utility>

namespace weir::config {
namespace {

template <class Of>
described_field describe(const field<Of>& f) {
    const bool has_initial = f.absent.words.empty() && f.initial != nullptr;
    return {f.name, f.written, f.absent.words, has_initial ? f.initial(f, Of{}) : std::string{},
            f.doc,  f.only_for};
}

template <class... Fields>
described_table describe(std::string_view name, const Fields&... tables) {
    described_table out{name, {}};
    const auto add = [&](const auto& table) {
        for (const auto& f : table) out.fields.push_back(describe(f));
    };
    (add(tables), ...);
    return out;
}

}  // namespace

std::vector<described_table> described_tables() {
    return {
        describe("server", server_fields),
        describe("admin", admin_fields),
        describe("redis", redis_fields),
        describe("postgres", postgres_fields),
        describe("reads", reads_fields),
        describe("l1", l1_fields),
        describe("bus", bus_fields),
        describe("relay", relay_fields),
        describe("audit", audit_fields),
        describe("http", http_fields),
        describe("compression", compression_fields),
        describe("log", log_fields),
        describe("keys", key_fields),
        describe("resource.NAME", route_fields, load_fields, cacheable_fields, other_resource_fields),
        describe("rule", rule_fields),
        describe("change.NAME", change_fields),
        describe("through", through_fields),
        describe("write.NAME", write_fields),
    };
}

}  // namespace weir::config
