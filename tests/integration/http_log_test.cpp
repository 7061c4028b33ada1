#include "http_story.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <unistd.h>

namespace weir::http_log_test {

using namespace weir::test;

namespace {

// What the process writes to standard error meanwhile.
class captured_log {
 public:
    captured_log() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO)) {
        ::dup2(::fileno(file_), STDERR_FILENO);
    }
    ~captured_log() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
        std::fclose(file_);
    }
    captured_log(const captured_log&) = delete;

    std::vector<boost::json::object> requests() const {
        std::string all(1 << 20, '\0');
        const ssize_t n = ::pread(::fileno(file_), all.data(), all.size(), 0);
        all.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        std::vector<boost::json::object> lines;
        for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1) {
            auto line = boost::json::parse(all.substr(at, all.find('\n', at) - at)).as_object();
            if (line["event"] == "request") lines.push_back(std::move(line));
        }
        return lines;
    }

 private:
    std::FILE* file_;
    int before_;
};

}  // namespace

TEST_CASE("a request leaves one line that never holds a credential") {
    const captured_log log;
    http_node node({.access_log_ratio = 1});
    http_client client(node.port());
    client.get("/v1/items/p1?x=\"1\"",
               "Authorization: Bearer secret-token\r\nX-Request-Id: r-1\r\n"
               "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n");
    client.get("/v1/items/absent" + std::string(1000, 'x'));
    const auto lines = log.requests();
    REQUIRE(lines.size() == 2);
    const auto& line = lines[0];
    CHECK(line.at("listener") == "public");
    CHECK(line.at("method") == "GET");
    CHECK(line.at("target") == "/v1/items/p1?x=\"1\"");
    CHECK(line.at("route") == "item");
    CHECK(line.at("status") == 200);
    CHECK(line.at("bytes") == 11);
    CHECK(line.at("cache") == "hit");
    CHECK(line.at("request_id") == "r-1");
    CHECK(line.at("trace_id") == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(line.at("duration_us").as_int64() >= 0);
    CHECK(boost::json::serialize(line).find("secret-token") == std::string::npos);
    CHECK(lines[1].at("target").as_string().size() == 512);
}

TEST_CASE("a share of the requests is logged evenly") {
    const captured_log log;
    http_node node({.access_log_ratio = 0.25});
    http_client client(node.port());
    for (int i = 0; i < 40; ++i) client.get("/healthz");
    CHECK(log.requests().size() == 10);
}

}  // namespace weir::http_log_test
