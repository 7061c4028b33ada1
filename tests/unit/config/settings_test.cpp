#include "checked.hpp"

namespace weir::settings_test {

using checked::configuration_of;
using checked::good;
using checked::problem_in;
using weir::milliseconds;

TEST_CASE("without tables about the process its documented defaults hold") {
    const auto s = configuration_of(good).settings;
    CHECK(s.listen == weir::config::endpoint{"127.0.0.1", 8080});
    CHECK(s.admin_listen == weir::config::endpoint{"127.0.0.1", 8081});
    CHECK(s.workers == 0);
    CHECK(s.shutdown_delay == milliseconds{5000});
    CHECK(s.drain_timeout == milliseconds{10'000});
    CHECK(s.http.idle_timeout == milliseconds{75'000});
    CHECK_FALSE(s.redis.has_value());
    CHECK(s.reads.request_timeout == milliseconds{2000});
    CHECK(s.log.access_sample == 1.0);
    CHECK(s.l1.bytes_max == 256U << 20);
    CHECK(s.l1.entry_bytes_max == 1U << 20);
    CHECK(s.l1.absence_bytes_max == 16U << 20);
    CHECK(s.l1.ttl_max == milliseconds{60'000});
    CHECK(s.bus.lease == milliseconds{1000});
    CHECK(s.relay.poll_interval == milliseconds{250});
    CHECK(s.relay.batch_max == 1000);
}

namespace {

const std::string every_setting = R"(
[server]
listen = "0.0.0.0:80"
workers = 3
shutdown_delay = "2s"
drain_timeout = "1s"
[admin]
listen = "[::1]:81"
token = "0123456789abcdef"
[redis]
url = "redis://r:1/2"
command_timeout = "7ms"
connect_timeout = "8ms"
pending_max = 9
[postgres]
url = "postgres://u@h/d"
connections = 4
queue_max = 0
query_timeout = "3s"
connect_timeout = "4s"
[reads]
request_timeout = "10s"
lease_ttl = "11s"
lease_wait = "9s"
absences_per_second_max = 2.5
[l1]
bytes_max = "32MiB"
entry_bytes_max = "33KiB"
absence_bytes_max = "3MiB"
ttl_max = "35s"
[bus]
lease = "900ms"
[relay]
poll_interval = "20ms"
batch_max = 21
[http]
header_bytes_max = "16KiB"
target_bytes_max = "1KiB"
body_bytes_max = "1MiB"
connections_max = 30
header_timeout = "31s"
body_timeout = "32s"
write_timeout = "33s"
idle_timeout = "34s"
[log]
level = "warn"
access_sample = 0
[keys]
prefix = "shop"
version = "v2"
)";

}  // namespace

TEST_CASE("every setting of the process and of its servers is read") {
    const auto s = configuration_of(good + every_setting);
    const auto& x = s.settings;
    CHECK(x.listen == weir::config::endpoint{"0.0.0.0", 80});
    CHECK(x.admin_listen == weir::config::endpoint{"::1", 81});
    CHECK(x.workers == 3);
    CHECK(x.shutdown_delay == milliseconds{2000});
    CHECK(x.drain_timeout == milliseconds{1000});
    CHECK(x.admin_token == "0123456789abcdef");
    REQUIRE(x.redis.has_value());
    CHECK(x.redis->url == "redis://r:1/2");
    CHECK(x.redis->command_timeout == milliseconds{7});
    CHECK(x.redis->connect_timeout == milliseconds{8});
    CHECK(x.redis->pending_max == 9);
    CHECK(x.postgres.url == "postgres://u@h/d");
    CHECK(x.postgres.connections == 4);
    CHECK(x.postgres.queue_max == 0);
    CHECK(x.postgres.query_timeout == milliseconds{3000});
    CHECK(x.postgres.connect_timeout == milliseconds{4000});
}

TEST_CASE("every setting of reads and of HTTP and of the log is read") {
    const auto s = configuration_of(good + every_setting);
    const auto& x = s.settings;
    CHECK(x.reads.request_timeout == milliseconds{10'000});
    CHECK(x.reads.lease_ttl == milliseconds{11'000});
    CHECK(x.reads.lease_wait == milliseconds{9000});
    CHECK(x.reads.absences_per_second_max == 2.5);
    CHECK(x.relay.poll_interval == milliseconds{20});
    CHECK(x.relay.batch_max == 21);
    CHECK(x.http.header_bytes_max == 16'384);
    CHECK(x.http.target_bytes_max == 1024);
    CHECK(x.http.body_bytes_max == 1'048'576);
    CHECK(x.http.connections_max == 30);
    CHECK(x.http.header_timeout == milliseconds{31'000});
    CHECK(x.http.body_timeout == milliseconds{32'000});
    CHECK(x.http.write_timeout == milliseconds{33'000});
    CHECK(x.http.idle_timeout == milliseconds{34'000});
    CHECK(x.log.level == weir::log::level::warn);
    CHECK(x.log.access_sample == 0.0);
    CHECK(s.policy.key_head() == "shop:v2");
}

TEST_CASE("every setting of L1 and of the bus is read") {
    const auto x = configuration_of(good + every_setting).settings;
    CHECK(x.l1.bytes_max == 32U << 20);
    CHECK(x.l1.entry_bytes_max == 33U << 10);
    CHECK(x.l1.absence_bytes_max == 3U << 20);
    CHECK(x.l1.ttl_max == milliseconds{35'000});
    CHECK(x.bus.lease == milliseconds{900});
}

TEST_CASE("the parts of L1 follow its size unless they are given") {
    const auto l1 = [](const std::string& size) {
        return configuration_of(good + "[l1]\nbytes_max = \"" + size + "\"\n").settings.l1;
    };
    CHECK(l1("32MiB").absence_bytes_max == 2U << 20);
    CHECK(l1("32MiB").entry_bytes_max == 1U << 20);
    CHECK(l1("64KiB").entry_bytes_max == 64U << 10);
    CHECK(l1("0").bytes_max == 0);
    CHECK(l1("0").absence_bytes_max == 0);
}

TEST_CASE("a part of L1 larger than L1 is refused") {
    CHECK(problem_in(good + "[l1]\nbytes_max = \"1MiB\"\nentry_bytes_max = \"2MiB\"\n") ==
          "24:1 l1.entry_bytes_max is greater than l1.bytes_max -> it is a part of that: make it smaller");
    CHECK(problem_in(good + "[l1]\nabsence_bytes_max = \"1GiB\"\n")
              .starts_with("23:1 l1.absence_bytes_max is greater than l1.bytes_max"));
}

TEST_CASE("times that only make sense in one order are refused in the other") {
    const auto problem = [](const std::string& lines) { return problem_in(good + lines); };
    CHECK(problem("[reads]\nlease_ttl = \"1s\"\n") ==
          "23:1 postgres.query_timeout is 1s and reads.lease_ttl is 1s: a load that takes longer than its "
          "lease stores nothing -> make postgres.query_timeout the shorter one");
    // Told at the field that the file has, not at a default.
    CHECK(problem("[reads]\n[bus]\nlease = \"2s\"\n").starts_with("24:1 bus.lease is 2s and"));
    CHECK(problem("[reads]\nlease_wait = \"2s\"\n")
              .starts_with("23:1 reads.lease_wait is 2s and reads.request_timeout"));
    CHECK(problem("[reads]\nrequest_timeout = \"3s\"\n[bus]\nlease = \"3s\"\n")
              .starts_with("23:1 bus.lease is 3s and reads.request_timeout is 3s: a write that waits"));
    CHECK(problem("[redis]\ncommand_timeout = \"300ms\"\n[bus]\nlease = \"300ms\"\n")
              .starts_with("25:1 redis.command_timeout is 300ms and bus.lease is 300ms: L1 would be off"));
    CHECK(checked::problems_in(good + "[postgres]\nquery_timeout = \"4999ms\"\n").empty());
}

TEST_CASE("a lease that is not given lasts half as much longer as the longest load") {
    CHECK(configuration_of(good).settings.reads.lease_ttl == milliseconds{1500});
    const auto slow = configuration_of(good + "[postgres]\nquery_timeout = \"8s\"\n").settings;
    CHECK(slow.reads.lease_ttl == milliseconds{12'000});
    const auto given = configuration_of(good + "[reads]\nlease_ttl = \"3s\"\n").settings;
    CHECK(given.reads.lease_ttl == milliseconds{3000});
}

TEST_CASE("numbers and switches may come from the environment") {
    const std::string text =
        good + "[server]\nworkers = \"${WEIR_WORKERS:-0}\"\n[http]\nidle_timeout = \"${IDLE}\"\n";
    const auto s = configuration_of(text, {{"WEIR_WORKERS", "5"}, {"IDLE", "3s"}}).settings;
    CHECK(s.workers == 5);
    CHECK(s.http.idle_timeout == milliseconds{3000});
    CHECK(configuration_of(text, {{"IDLE", "3s"}}).settings.workers == 0);
    CHECK(problem_in(text, {{"WEIR_WORKERS", "many"}, {"IDLE", "3s"}}) ==
          "23:11 server.workers is not a whole number from 0 to 1024 -> write a whole number from 0 to 1024");
}

TEST_CASE("endpoints are a host and a port") {
    using weir::config::parse_endpoint;
    CHECK(parse_endpoint("localhost:0")->port == 0);
    CHECK(parse_endpoint("[::1]:8080")->host == "::1");
    for (const char* text : {"", ":", "8080", ":8080", "a:", "a:65536", "a:-1", "a:x", "::1:80", "[]:1",
                             "a b:1", "[::1]", "http://a:80"}) {
        INFO(text);
        CHECK_FALSE(parse_endpoint(text).has_value());
    }
}

TEST_CASE("an endpoint without a port is refused") {
    CHECK(problem_in(good + "[server]\nlisten = \"8080\"\n")
              .starts_with("23:10 server.listen \"8080\" is not host:port"));
}

TEST_CASE("the two listeners may not be the same") {
    CHECK(problem_in(good + "[admin]\nlisten = \"127.0.0.1:8080\"\n")
              .starts_with("23:1 admin.listen is the same"));
    CHECK(problem_in(good + "[admin]\nlisten = \"0.0.0.0:8080\"\n")
              .starts_with("23:1 admin.listen is the same"));
}

TEST_CASE("serving needs an admin token of some length") {
    const auto required = weir::config::admin_token::required;
    const std::string text = good + "[admin]\ntoken = \"${WEIR_ADMIN_TOKEN:-}\"\n";
    CHECK(problem_in(text, {}, required)
              .starts_with("23:1 the admin token is not set -> set WEIR_ADMIN_TOKEN"));
    CHECK(
        problem_in(good, {}, required).starts_with("0:0 the admin token is not set -> set WEIR_ADMIN_TOKEN"));
    CHECK(problem_in(text, {{"WEIR_ADMIN_TOKEN", "short"}}, required)
              .starts_with("23:1 the admin token is shorter than 16 characters"));
    CHECK(checked::problems_in(text, {{"WEIR_ADMIN_TOKEN", "0123456789abcdef"}}, required).empty());
}

TEST_CASE("a variable without a default that is not set is a problem") {
    CHECK(problem_in(good + "[admin]\ntoken = \"${WEIR_ADMIN_TOKEN}\"\n") ==
          "23:9 the environment variable WEIR_ADMIN_TOKEN is not set -> set WEIR_ADMIN_TOKEN, or give it a "
          "default: "
          "${WEIR_ADMIN_TOKEN:-default}");
}

TEST_CASE("settings out of their range are refused") {
    const auto problem = [](const std::string& lines) { return problem_in(good + lines); };
    CHECK(
        problem("[server]\nworkers = -1\n").starts_with("23:11 server.workers is not a whole number from 0"));
    CHECK(problem("[redis]\ncommand_timeout = \"50\"\n")
              .starts_with("23:19 redis.command_timeout is not a duration such"));
    CHECK(problem("[redis]\ncommand_timeout = 50\n")
              .starts_with("23:19 redis.command_timeout is not a duration such"));
    CHECK(problem("[redis]\ncommand_timeout = \"2h\"\n")
              .starts_with("23:19 redis.command_timeout is not a duration from"));
    CHECK(
        problem("[redis]\nurl = \"http://x\"\n").starts_with("23:7 redis.url is not one that Weir can read"));
    CHECK(
        problem("[postgres]\nurl = \"x\"\n").starts_with("23:7 postgres.url is not one that Weir can read"));
    CHECK(problem("[postgres]\nconnections = 0\n").starts_with("23:15 postgres.connections is not"));
    CHECK(problem("[http]\nbody_bytes_max = 65536\n")
              .starts_with("23:18 http.body_bytes_max is not a size such"));
    CHECK(problem("[http]\nbody_bytes_max = \"1GiB\"\n")
              .starts_with("23:18 http.body_bytes_max is not a size from"));
    CHECK(problem("[http]\ntarget_bytes_max = \"9KiB\"\n")
              .starts_with("23:1 http.target_bytes_max is greater"));
    CHECK(problem("[bus]\nlease = \"199ms\"\n").starts_with("23:9 bus.lease is not a duration from"));
    CHECK(problem("[bus]\nlease = \"11s\"\n").starts_with("23:9 bus.lease is not a duration from"));
    CHECK(problem("[l1]\nbytes_max = 0\n").starts_with("23:13 l1.bytes_max is not a size such"));
    CHECK(problem("[l1]\nttl_max = \"0s\"\n").starts_with("23:11 l1.ttl_max is not a duration from"));
    CHECK(problem("[log]\nlevel = \"inf\"\n") ==
          "23:9 log.level cannot be \"inf\" -> write one of \"debug\", \"info\", \"warn\", \"error\" (did "
          "you mean info?)");
    CHECK(problem("[log]\naccess_sample = 1.5\n")
              .starts_with("23:17 log.access_sample is not a number from 0 to 1"));
    CHECK(problem("[keys]\nprefix = \"We:ir\"\n")
              .starts_with("23:10 keys.prefix \"We:ir\" cannot stand in a key"));
}

TEST_CASE("no message shows a secret") {
    const checked::variables set{{"TOKEN", "hunter2"},          {"REDIS", "redish://:hunter2@r"},
                                 {"PG", "mysql://u:hunter2@h"}, {"WORKERS", "hunter2"},
                                 {"LEVEL", "hunter2"},          {"LISTEN", "hunter2"}};
    const auto required = weir::config::admin_token::required;
    const std::string text = good + R"([server]
listen = "${LISTEN}"
workers = "${WORKERS}"
[admin]
listen = "${LISTEN}"
token = "${TOKEN}"
[redis]
url = "${REDIS}"
[postgres]
url = "mysql://u:hunter2@h"
[log]
level = "${LEVEL}"
[keys]
prefix = "${WORKERS}:"
)";
    const auto problems = checked::problems_in(text, set, required);
    CHECK(problems.size() == 8);
    for (const auto& p : problems) {
        INFO(p);
        CHECK(p.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("a syntax error on the line of a secret does not quote it") {
    const std::string digits(40,
                             '7');  // a number too large for TOML: the parser's own message has it in full
    for (const auto& line : std::vector<std::string>{
             "[admin]\ntoken = " + digits + "\n", "[admin]\ntoken = \"" + digits + "\n",
             "[admin]\ntoken = '" + digits + "' x\n", "[redis]\nurl = redis://:" + digits + "@h\n"}) {
        const auto p = problem_in(good + line);
        INFO(p);
        CHECK(p.starts_with("23:"));
        CHECK(p.find(digits) == std::string::npos);
    }
}

}  // namespace weir::settings_test
