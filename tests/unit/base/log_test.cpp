#include "weir/base/log.hpp"

#include "weir/base/log_writer.hpp"
#include "weir/base/time.hpp"

#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <boost/json/parse.hpp>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace weir::log_test {

using weir::testing::eventually;

namespace {

// A log's reader that reads when it is told to. The end for writing stays open: a thread that was left behind
// may still use it.
class stalled_reader {
 public:
    stalled_reader() {
        std::signal(SIGPIPE, SIG_IGN);
        REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
        REQUIRE(::fcntl(ends_[0], F_SETFL, O_NONBLOCK) == 0);
    }
    ~stalled_reader() { ::close(ends_[0]); }
    stalled_reader(const stalled_reader&) = delete;

    int file() const { return ends_[1]; }
    int read_end() const { return ends_[0]; }

    // Adds what has come since to the lines.
    const std::vector<boost::json::object>& read() {
        std::array<char, 4096> part;
        for (ssize_t n = 0; (n = ::read(ends_[0], part.data(), part.size())) > 0;) {
            text_.append(part.data(), static_cast<std::size_t>(n));
        }
        for (std::size_t end = 0; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
            lines_.push_back(boost::json::parse(text_.substr(0, end)).as_object());
        }
        return lines_;
    }

 private:
    std::array<int, 2> ends_{};
    std::string text_;
    std::vector<boost::json::object> lines_;
};

void log_until_dropped() {
    while (log::lines_dropped() < 100) log::info("filler", {{"what", "some words to fill the queue"}});
}

}  // namespace

TEST_CASE("what was logged is written in order before the writer ends") {
    stalled_reader reader;
    {
        const log::writer lines({.file = reader.file()});
        for (int i = 0; i < 300; ++i) log::info("numbered", {{"number", i}});
        CHECK(log::lines_dropped() == 0);
    }
    const auto& lines = reader.read();
    REQUIRE(lines.size() == 300);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        CHECK(lines[i].at("number") == static_cast<std::int64_t>(i));
    }
}

TEST_CASE("a line reaches its reader while the writer goes on") {
    stalled_reader reader;
    const log::writer lines({.file = reader.file()});
    log::info("first");
    CHECK(eventually([&] { return reader.read().size() == 1; }));
    log::warn("second");
    CHECK(eventually([&] { return reader.read().size() == 2; }));
}

TEST_CASE("a log reader that stalls holds up no thread and every line is there or counted") {
    constexpr std::int64_t logged = 5000;
    stalled_reader reader;
    const log::writer lines({.file = reader.file(), .bytes_max = 64 * 1024});
    for (std::int64_t i = 0; i < logged; ++i) log::info("numbered", {{"number", i}});
    CHECK(log::lines_dropped() > 0);

    std::int64_t written = 0;
    std::int64_t dropped = 0;
    CHECK(eventually([&] {
        written = dropped = 0;
        for (const auto& line : reader.read()) {
            if (line.at("event") == "numbered") ++written;
            if (line.at("event") == "log_lines_dropped") dropped += line.at("lines").as_int64();
        }
        return written + dropped == logged;
    }));
    CHECK(dropped == static_cast<std::int64_t>(log::lines_dropped()));
    log::info("later");
    CHECK(eventually([&] { return reader.read().back().at("event") == "later"; }));
}

TEST_CASE("information that floods a stalled log leaves room for a warning") {
    stalled_reader reader;
    const log::writer lines(
        {.file = reader.file(), .bytes_max = 16 * 1024, .stop_timeout = milliseconds{50}});
    log_until_dropped();
    const auto before = log::lines_dropped();
    log::warn("important");
    CHECK(log::lines_dropped() == before);
}

TEST_CASE("a log reader that stalls does not hold up the end") {
    stalled_reader reader;
    const auto begin = steady_clock::now();
    {
        const log::writer lines(
            {.file = reader.file(), .bytes_max = 16 * 1024, .stop_timeout = milliseconds{50}});
        log_until_dropped();
    }
    CHECK(steady_clock::now() - begin < seconds{10});
}

TEST_CASE("a line that the file refuses is counted") {
    stalled_reader reader;
    const log::writer lines({.file = reader.read_end()});
    for (int i = 0; i < 7; ++i) log::info("lost");
    CHECK(eventually([] { return log::lines_dropped() == 7; }));
}

}  // namespace weir::log_test
