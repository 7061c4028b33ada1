#include "access_log.hpp"

#include "weir/base/log.hpp"

namespace weir::http {
namespace {

constexpr std::size_t target_bytes_logged = 512;

}  // namespace

bool access_log::is_due() {
    owed_ += ratio_;
    if (owed_ < 1) return false;
    owed_ -= 1;
    return true;
}

void access_log::write(const access_line& line) {
    log::info("request", {{"listener", line.listener},
                          {"method", line.method},
                          {"target", line.target.substr(0, target_bytes_logged)},
                          {"route", line.route},
                          {"status", line.status},
                          {"bytes", line.bytes},
                          {"duration_us", std::chrono::duration_cast<microseconds>(line.took).count()},
                          {"cache", line.cache},
                          {"request_id", line.request_id},
                          {"trace_id", line.trace_id}});
}

}  // namespace weir::http
