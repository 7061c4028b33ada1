// A node of Weir's http layer over a fake cache, on real sockets, with its workers' threads; and a plain
// blocking client.
#pragma once

#include "weir/api/routes.hpp"
#include "weir/base/metrics_registry.hpp"
#include "weir/http/server.hpp"

#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace weir::test {

// What the fakes were asked and how they behave; shared by the workers of a node.
struct http_story {
    policy declared;
    std::atomic<int> gets{0};
    std::atomic<int> applies{0};
    std::atomic<int> started_slow{0};
    std::atomic<bool> is_open{false};        // what "slow" waits for
    std::atomic<bool> is_postgres_up{true};  // a required dependency
    std::string big_body;                    // of the item "big"
    bool makes_variants = true;              // those of "coded" that somebody wants, at once

    std::vector<std::string> last_values();
    void note(std::vector<std::string> values);

    // What "L1" holds of the resource "coded": a body of so many rows under each id.
    entry_ptr coded(const resource& what, const std::string& id);

 private:
    std::mutex mutex_;
    std::vector<std::string> last_;
    std::map<std::string, entry_ptr> coded_;
};

// Resources: item (/v1/items/{id}), list (/v1/lists?locale=…&page=1), copied (/v1/copied/{id}, max_age 60 s),
// coded (/v1/coded/{rows}, compressed, always a hit in L1 but for "absent"), me (private). Writes:
// create_item, update_item, delete_item. An item's id says how the cache behaves: see fake_reader::fetch.
policy http_policy();

class fake_reader final : public reader {
 public:
    explicit fake_reader(http_story& story) : story_(story) {}
    std::optional<answer> find(const resource_ptr& what, const std::vector<std::string>& values,
                               const moment& now) override;
    awaitable<result<answer>> fetch(resource_ptr what, std::vector<std::string> values,
                                    deadline until) override;
    void want(const resource_ptr& what, const std::vector<std::string>& values, const entry_ptr& of,
              coding how) override;

 private:
    http_story& story_;
};

class fake_writer final : public writer {
 public:
    explicit fake_writer(http_story& story) : story_(story) {}
    awaitable<write_result<write_receipt>> perform(const write& what, std::vector<sql_value> values,
                                                   context within) override;
    awaitable<result<void>> invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                       context within) override;

 private:
    http_story& story_;
};

// Notes what it is asked for; L2 has a value of it under one version of its tag.
class fake_explainer final : public explainer {
 public:
    explicit fake_explainer(http_story& story) : story_(story) {}
    awaitable<explanation> explain(const resource& what, std::vector<std::string> values) override;

 private:
    http_story& story_;
};

class http_node {
 public:
    struct options {
        http::listener_limits limit = {};
        std::size_t workers = 1;
        bool is_admin = false;
        milliseconds request_timeout{2000};
        double access_log_ratio = 0;
    };

    explicit http_node(options o);
    ~http_node();  // drains with a deadline that has passed

    unsigned short port() const { return port_; }
    http_story& story() { return story_; }
    metrics_registry& metrics() { return metrics_; }
    std::string metrics_text() const;

    // Blocks until every worker has drained.
    void drain(steady_clock::duration within);
    void begin_drain(steady_clock::duration within);
    void await_drained();
    void announce_drain();
    std::size_t connections();

 private:
    struct worker;

    http_story story_;
    metrics_registry metrics_;
    std::vector<std::unique_ptr<worker>> workers_;
    unsigned short port_ = 0;
    bool is_drained_ = false;
};

struct http_answer {
    unsigned status = 0;                             // 0: the connection ended first
    std::multimap<std::string, std::string> fields;  // names in lower case
    std::string body;

    std::string field(const std::string& name) const;  // empty when absent
    std::size_t count(const std::string& name) const { return fields.count(name); }
};

// One connection. Every call ends after a few seconds at the latest.
class http_client {
 public:
    explicit http_client(unsigned short port);
    ~http_client();
    http_client(const http_client&) = delete;

    void send(std::string_view bytes);  // ignores that the server closed
    http_answer receive(bool has_body = true);
    http_answer ask(const std::string& request) {
        send(request);
        return receive(!request.starts_with("HEAD "));
    }

    // "GET target" with Host and the given field lines ("Name: value\r\n").
    http_answer get(const std::string& target, const std::string& fields = {});

    bool is_closed_by_server();  // waits for it
    std::string rest();          // everything until the server closes
    void shutdown_send();

 private:
    bool fill();

    int socket_ = -1;
    std::string buffer_;
};

using testing::eventually;

inline std::string get_request(const std::string& target, const std::string& fields = {}) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

inline std::string post_request(const std::string& target, const std::string& body,
                                const std::string& fields = {}) {
    return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + fields + "\r\n" + body;
}

inline const std::string bearer = "Authorization: Bearer sesame\r\n";  // the token of every fake node

}  // namespace weir::test
