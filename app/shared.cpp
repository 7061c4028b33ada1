#include "shared.hpp"

#include "weir/api/compress.hpp"
#include "weir/base/processors.hpp"

#include <algorithm>
#include <utility>

namespace weir::app {
namespace {

// Returns L1 as the file declares it, or null if it is switched off.
std::unique_ptr<l1> make_l1(const config::settings& s, const weir::coherence& coherence) {
    if (s.l1.bytes_max == 0) return nullptr;
    const l1_options options{.bytes_max = s.l1.bytes_max,
                             .entry_bytes_max = s.l1.entry_bytes_max,
                             .absence_bytes_max = s.l1.absence_bytes_max};
    return std::make_unique<l1>(options, coherence);
}

// Returns null if no resource is compressed, or there is no L1.
std::unique_ptr<variant_queue> make_variant_queue(const policy& p, weir::l1* l1,
                                                  prometheus::Registry& registry) {
    const auto& all = p.resources;
    const bool is_wanted = std::any_of(all.begin(), all.end(),
                                       [](const resource& r) { return r.cached && r.cached->is_compressed; });
    if (l1 == nullptr || !is_wanted) return nullptr;
    return std::make_unique<variant_queue>(*l1, p.compress, variant_tools{compress, api::constant_head},
                                           registry);
}

}  // namespace

std::size_t load_connections(const config::settings& s) {
    return s.postgres.connections - std::min(s.postgres.connections, control_connections);
}

shared::shared(config::configuration c)
    : configuration(std::make_shared<const config::configuration>(std::move(c))),
      planned(config::plan_workers(configuration->settings.workers, usable_processors(),
                                   load_connections(configuration->settings))),
      workers(planned.allowed),
      l1(make_l1(configuration->settings, coherence)),
      absences(configuration->settings.reads.absences_per_second_max),
      read_counts(registry, configuration->policy),
      variants(make_variant_queue(configuration->policy, l1.get(), registry)),
      samples(configuration->settings.audit.rate > 0 ? std::make_unique<read_samples>(configuration->policy)
                                                     : nullptr) {
    // Without Redis no other node writes through this node's tiers.
    if (!configuration->settings.redis) coherence.trust_always();
}

}  // namespace weir::app
