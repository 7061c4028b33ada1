// How many processors this process may use: its affinity mask, bounded by the CPU quota of its cgroup.
//
// A container that may use two of a host's 64 processors sees all 64 in its mask, and threads for 64 would
// spend the quota at once and then wait for the next period. So the quota is read as well.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// Reads the text of cgroup v2's cpu.max, "200000 100000", as processors: 2.0. Returns nullopt for "max …",
// which is no bound, and for anything else.
std::optional<double> parse_cpu_max(std::string_view text);

// Reads the texts of cgroup v1's cpu.cfs_quota_us and cpu.cfs_period_us as processors. Returns nullopt for a
// quota of -1, which is no bound, and for anything else.
std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period);

// The content of a file, or nullopt if it cannot be read.
using file_reader = std::function<std::optional<std::string>(const std::string& path)>;
std::optional<std::string> read_small_file(const std::string& path);

// Returns the smallest quota among this process's cgroup and the groups around it, in processors. Returns
// nullopt if none has a quota.
std::optional<double> cpu_quota(const file_reader& read);

// Rounds the quota down: one thread too many is throttled, and then it holds up all others. At least 1.
std::size_t processors_within(std::size_t in_affinity_mask, std::optional<double> quota);

// Asks the system. At least 1.
std::size_t usable_processors();

}  // namespace weir
