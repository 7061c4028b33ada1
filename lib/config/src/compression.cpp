#include "compression.hpp"

#include "weir/config/units.hpp"

#include "nearest.hpp"
#include "settings_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {

compression read_compression(section& root) {
    compression out;
    read_table(root, "compression", compression_fields, out);
    return out;
}

void apply_compression(policy& to, const l1_settings& l1) {
    const bool is_on = to.compress.is_on() && l1.bytes_max > 0;
    for (resource& r : to.resources) {
        if (!r.cached) continue;
        const bool is_in_l1 = r.cached->l1_ttl != milliseconds{0};
        r.cached->is_compressed = r.cached->is_compressed && is_on && is_in_l1;
    }
}

namespace {

bool is_compressed(const resource& r) {
    return r.cached && r.cached->is_compressed;
}

}  // namespace

std::string compression_text(const policy& p) {
    const bool is_for_any = std::any_of(p.resources.begin(), p.resources.end(), is_compressed);
    if (!is_for_any) return "Nothing is compressed.\n";
    std::vector<std::string> offered;
    for (const coding c : compressed_codings) {
        if (p.compress.level(c) > 0) offered.push_back(fmt::format("{} {}", name(c), p.compress.level(c)));
    }
    std::vector<std::string> left_alone;
    for (const resource& r : p.resources) {
        if (!is_compressed(r)) left_alone.push_back(r.name);
    }
    std::string out = fmt::format("Answers of {} and more are sent in {}, as clients ask",
                                  size_text(p.compress.bytes_min), joined(offered));
    if (!left_alone.empty()) out += fmt::format("; never {}", joined(left_alone));
    return out + ".\n";
}

}  // namespace weir::config
