#include "weir/base/processors.hpp"

#include "support/catch.hpp"

#include <map>

namespace weir::processors_test {
namespace {

file_reader reader_of(std::map<std::string, std::string> files) {
    return [files = std::move(files)](const std::string& path) -> std::optional<std::string> {
        const auto at = files.find(path);
        return at == files.end() ? std::nullopt : std::optional{at->second};
    };
}

}  // namespace

TEST_CASE("cpu.max is read as processors") {
    CHECK(parse_cpu_max("200000 100000\n") == 2.0);
    CHECK(parse_cpu_max("150000 100000") == 1.5);
    CHECK(parse_cpu_max("5000 100000\n") == 0.05);
    CHECK(parse_cpu_max("max 100000\n") == std::nullopt);
    for (const char* text : {"", "\n", "200000", "200000 0", "-1 100000", "2e5 100000", "200000x 100000"}) {
        CHECK(parse_cpu_max(text) == std::nullopt);
    }
}

TEST_CASE("the quota of cgroup v1 is read as processors") {
    CHECK(parse_cfs_quota("400000\n", "100000\n") == 4.0);
    CHECK(parse_cfs_quota("-1\n", "100000\n") == std::nullopt);
    CHECK(parse_cfs_quota("", "") == std::nullopt);
}

TEST_CASE("a quota of cgroup v2 is found at the root of a container") {
    CHECK(cpu_quota(reader_of(
              {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "300000 100000\n"}})) == 3.0);
    // Without a namespace of its own /proc names the host's path, which the container cannot see.
    CHECK(cpu_quota(reader_of({{"/proc/self/cgroup", "0::/system.slice/docker-1.scope\n"},
                               {"/sys/fs/cgroup/cpu.max", "300000 100000\n"}})) == 3.0);
}

TEST_CASE("the smallest quota of all groups around the process holds") {
    CHECK(cpu_quota(reader_of({{"/proc/self/cgroup", "0::/a/b/c\n"},
                               {"/sys/fs/cgroup/a/cpu.max", "200000 100000\n"},
                               {"/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"},
                               {"/sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n"}})) == 2.0);
}

TEST_CASE("a quota of cgroup v1 is found by the name of its controller") {
    CHECK(cpu_quota(reader_of({{"/proc/self/cgroup",
                                "5:cpuset:/x\n4:cpu,cpuacct:/docker/1\n3:memory:/docker/1\n0::/docker/1\n"},
                               {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
                               {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
                               {"/sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "250000\n"},
                               {"/sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "100000\n"},
                               {"/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "100000\n"},
                               {"/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n"}})) == 2.5);
}

TEST_CASE("without a cgroup there is no quota") {
    CHECK(cpu_quota(reader_of({})) == std::nullopt);
    CHECK(cpu_quota(reader_of({{"/proc/self/cgroup", "nonsense\n\n:\n0::/\n"}})) == std::nullopt);
    CHECK(cpu_quota(reader_of({{"/proc/self/cgroup", "0::without/a/slash\n"}})) == std::nullopt);
    CHECK(read_small_file("/proc/self") == std::nullopt);  // a folder opens and cannot be read
}

TEST_CASE("processors are those of the mask that the quota pays for") {
    CHECK(processors_within(64, std::nullopt) == 64);
    CHECK(processors_within(64, 2.0) == 2);
    CHECK(processors_within(64, 2.9) == 2);
    CHECK(processors_within(64, 0.3) == 1);
    CHECK(processors_within(2, 8.0) == 2);
    CHECK(processors_within(0, std::nullopt) == 1);
    CHECK(usable_processors() >= 1);
}

}  // namespace weir::processors_test
