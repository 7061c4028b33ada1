// L1 and coherence under several threads: what ThreadSanitizer looks at, and the promise itself, that no find
// begun after a forget returns what was read before it.
#include "weir/l1/l1.hpp"

#include "support/catch.hpp"

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace weir::l1_threads_test {
namespace {

using names = std::vector<std::string>;

constexpr unix_ms now{milliseconds{1'700'000'000'000}};
constexpr unix_ms later = now + seconds{60};
constexpr coherence::time_point at{seconds{1000}};
constexpr int keys = 8;

entry_parts version_of(int version) {
    entry_parts e;
    e.soft_expiry = later;
    e.hard_expiry = later;
    e.text = std::to_string(version);
    return e;
}

// A database with one row for each key, and what was acknowledged of it.
struct shop {
    std::array<std::atomic<int>, keys> row{};
    std::array<std::atomic<int>, keys> acknowledged{};
    weir::coherence coherence;
    l1 tier{{.bytes_max = 64U << 10U, .entry_bytes_max = 1U << 10U}, coherence};
    std::atomic<int> stale{0};
    std::atomic<int> found{0};
    std::atomic<bool> is_over{false};

    static std::string key_of(int k) { return "key" + std::to_string(k); }
    static names tags_of(int k) { return {"all", "tag" + std::to_string(k)}; }

    // Finds, or reads and inserts, as a flight does.
    void read(int k) {
        const int expected = acknowledged[k].load();
        const std::string key = key_of(k);
        int seen = 0;
        if (const auto content = tier.find(key, now)) {
            found.fetch_add(1);
            seen = std::stoi(std::string{content->body()});
        } else {
            const auto noted = coherence.take(key, tags_of(k));
            seen = row[k].load();
            tier.insert(key, version_of(seen), {}, noted, later, at);
        }
        if (seen < expected) stale.fetch_add(1);
    }

    // Writes, and forgets by key or by tag before acknowledging. One writer for each key.
    void write(int k, int version) {
        row[k].store(version);
        if (version % 2 == 0) {
            coherence.forget(names{key_of(k)}, {});
            tier.forget(names{key_of(k)});
        } else {
            coherence.forget({}, names{tags_of(k).back()});
        }
        acknowledged[k].store(version);
    }
};

void read_until_over(shop& s) {
    for (int i = 0; !s.is_over.load(); ++i) s.read(i % keys);
}

TEST_CASE("no thread finds in L1 what was forgotten before it looked") {
    shop s;
    s.coherence.trust_always();
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) readers.emplace_back([&] { read_until_over(s); });
    std::thread clearer([&] {
        while (!s.is_over.load()) {
            s.tier.clear();
            s.tier.stats();
        }
    });
    for (int version = 1; version <= 4000; ++version) {
        for (int k = 0; k < keys; ++k) s.write(k, version);
    }
    while (s.found.load() == 0) std::this_thread::yield();
    s.is_over = true;
    for (auto& reader : readers) reader.join();
    clearer.join();
    CHECK(s.stale.load() == 0);
    CHECK(s.tier.stats().hits > 0);
}

// Off the bus nothing is forgotten: what protects the readers then is the generation.
TEST_CASE("no thread finds in L1 what was written while the node was off the bus") {
    shop s;
    s.coherence.trust_always();
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            for (int n = 0; !s.is_over.load(); ++n) {
                if (s.coherence.is_trusted(at)) s.read(n % keys);
            }
        });
    }
    for (int version = 1; version <= 2000; ++version) {
        s.coherence.distrust();
        // Whoever is in read() now was begun before what follows is acknowledged.
        for (int k = 0; k < keys; ++k) s.row[k].store(version);
        for (int k = 0; k < keys; ++k) s.acknowledged[k].store(version);
        s.coherence.trust_always();
        std::this_thread::yield();
    }
    while (s.found.load() == 0) std::this_thread::yield();
    s.is_over = true;
    for (auto& reader : readers) reader.join();
    CHECK(s.stale.load() == 0);
}

TEST_CASE("many threads insert and find and forget within the bound") {
    weir::coherence coherence;
    coherence.trust_always();
    l1 tier({.bytes_max = 128U << 10U, .entry_bytes_max = 4U << 10U}, coherence);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&tier, &coherence, t] {
            for (int i = 0; i < 5000; ++i) {
                const std::string key = "key" + std::to_string((i * 7 + t) % 1500);
                if (tier.find(key, now) == nullptr) {
                    tier.insert(key, version_of(i), {}, coherence.take(key, names{"all"}), later, at);
                }
                if (i % 16 == 0) tier.forget(names{key});
                if (i % 1000 == 0) tier.peek(key, now);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    const auto stats = tier.stats();
    CHECK(stats.bytes <= 128U << 10U);
    CHECK(stats.evictions > 0);
    tier.clear();
    CHECK(tier.stats().entries == 0);
}

}  // namespace

}  // namespace weir::l1_threads_test
