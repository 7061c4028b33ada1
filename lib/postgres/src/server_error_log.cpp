#include "server_error_log.hpp"

#include "weir/base/log.hpp"
#include "weir/postgres/refusal.hpp"
#include "weir/postgres/sqlstate.hpp"

#include <atomic>

namespace weir::postgres {
namespace {

constexpr int lines_per_second_max = 10;

// Returns whether a line may be written. Approximate on purpose: when a second begins, two threads may write
// a line more or less.
bool may_log(std::uint64_t& suppressed) {
    static std::atomic<std::int64_t> second{0};
    static std::atomic<int> written{0};
    static std::atomic<std::uint64_t> skipped{0};
    const auto now = std::chrono::duration_cast<seconds>(steady_clock::now().time_since_epoch()).count();
    if (second.exchange(now, std::memory_order_relaxed) != now) written.store(0, std::memory_order_relaxed);
    if (written.fetch_add(1, std::memory_order_relaxed) >= lines_per_second_max) {
        skipped.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    suppressed = skipped.exchange(0, std::memory_order_relaxed);
    return true;
}

}  // namespace

void log_server_error(const server_error& what, std::string_view statement) {
    std::uint64_t suppressed = 0;
    if (!may_log(suppressed)) return;
    const std::string_view message =
        repeats_values(what.sqlstate) ? "a value does not fit" : std::string_view{what.message};
    // A value that does not fit is the client's fault. Any other error is ours.
    const bool is_ours = !refusal_of(what) && to_errc(what.sqlstate) != errc::malformed;
    log::write(is_ours ? log::level::warn : log::level::info, "postgres_refused",
               {{"statement", statement},
                {"sqlstate", what.sqlstate},
                {"message", message},
                {"suppressed", suppressed}});
}

}  // namespace weir::postgres
