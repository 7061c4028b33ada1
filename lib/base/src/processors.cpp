#include "weir/base/processors.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <sched.h>
#include <thread>

namespace weir {
namespace {

constexpr std::string_view white = " \t\r\n";

std::string_view first_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(white), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(white));
    text.remove_prefix(word.size());
    return word;
}

std::optional<std::int64_t> to_number(std::string_view word) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return value;
}

std::optional<double> ratio(std::string_view quota, std::string_view period) {
    const auto granted = to_number(quota);
    const auto of = to_number(period);
    if (!granted || !of || *granted <= 0 || *of <= 0) return std::nullopt;
    return static_cast<double>(*granted) / static_cast<double>(*of);
}

std::optional<double> smaller(std::optional<double> a, std::optional<double> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

// One line of /proc/self/cgroup: "0::/path" in v2, "4:cpu,cpuacct:/path" in v1.
struct membership {
    std::string_view controllers;  // empty in v2
    std::string_view path;
};

std::optional<membership> parse_membership(std::string_view line) {
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    return membership{line.substr(first + 1, second - first - 1), line.substr(second + 1)};
}

bool names_cpu(std::string_view controllers) {
    while (!controllers.empty()) {
        const auto comma = std::min(controllers.find(','), controllers.size());
        if (controllers.substr(0, comma) == "cpu") return true;
        controllers.remove_prefix(std::min(comma + 1, controllers.size()));
    }
    return false;
}

std::optional<double> quota_of(const file_reader& read, const std::string& folder, bool is_v2) {
    if (is_v2) return parse_cpu_max(read(folder + "/cpu.max").value_or(""));
    return parse_cfs_quota(read(folder + "/cpu.cfs_quota_us").value_or(""),
                           read(folder + "/cpu.cfs_period_us").value_or(""));
}

// Looks at the group and at each one around it, since each may have a quota of its own. A container sees its
// group as the root of the mount while /proc may name the host's path, so folders that do not exist are no
// error.
std::optional<double> smallest_quota(const file_reader& read, const std::string& root, std::string_view path,
                                     bool is_v2) {
    std::optional<double> smallest = quota_of(read, root, is_v2);
    while (path.size() > 1) {
        smallest = smaller(smallest, quota_of(read, root + std::string{path}, is_v2));
        const auto slash = path.rfind('/');
        path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
    return smallest;
}

std::optional<double> quota_by(const file_reader& read, const membership& in) {
    if (in.controllers.empty()) return smallest_quota(read, "/sys/fs/cgroup", in.path, true);
    if (!names_cpu(in.controllers)) return std::nullopt;
    const std::string together = "/sys/fs/cgroup/" + std::string{in.controllers};  // "cpu,cpuacct"
    return smaller(smallest_quota(read, "/sys/fs/cgroup/cpu", in.path, false),
                   smallest_quota(read, together, in.path, false));
}

std::size_t in_affinity_mask() {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    // Fails on a machine of more than 1024 processors; there every processor counts.
    if (::sched_getaffinity(0, sizeof mask, &mask) == 0) return static_cast<std::size_t>(CPU_COUNT(&mask));
    return std::thread::hardware_concurrency();
}

}  // namespace

std::optional<double> parse_cpu_max(std::string_view text) {
    const std::string_view quota = first_word(text);
    const std::string_view period = first_word(text);
    return ratio(quota, period);
}

std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period) {
    return ratio(first_word(quota), first_word(period));
}

std::optional<std::string> read_small_file(const std::string& path) {
    std::ifstream file(path);
    std::string text;
    std::getline(file, text, '\0');  // all of it; unlike an iterator it does not throw
    if (!file.is_open() || file.bad()) return std::nullopt;
    return text;
}

std::optional<double> cpu_quota(const file_reader& read) {
    const std::string memberships = read("/proc/self/cgroup").value_or("");
    std::optional<double> smallest;
    for (std::string_view rest = memberships; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto in = parse_membership(rest.substr(0, end));
        if (in) smallest = smaller(smallest, quota_by(read, *in));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return smallest;
}

std::size_t processors_within(std::size_t in_affinity_mask, std::optional<double> quota) {
    const std::size_t present = std::max<std::size_t>(1, in_affinity_mask);
    if (!quota || *quota >= static_cast<double>(present)) return present;
    return std::max<std::size_t>(1, static_cast<std::size_t>(*quota));
}

std::size_t usable_processors() {
    return processors_within(in_affinity_mask(), cpu_quota(read_small_file));
}

}  // namespace weir
