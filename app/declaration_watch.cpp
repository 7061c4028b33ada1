#include "declaration_watch.hpp"

#include "weir/base/log.hpp"

#include <algorithm>

namespace weir::app {
namespace {

// Of all questions together: some 20 ms for each statement of the file. What takes longer is given up, and
// asked again later.
constexpr seconds check_timeout{300};
constexpr seconds connect_timeout{5};

void log_finding(const finding& f) {
    log::warn(f.level == finding::severity::error ? "declaration_not_sound" : "declaration_doubtful",
              {{"resource", f.resource}, {"table", f.table}, {"what", f.what}, {"todo", f.todo}});
}

// Returns what /readyz says. It names no table: the detail is public.
std::string detail_of(const findings& found) {
    const auto errors = std::count_if(found.begin(), found.end(),
                                      [](const finding& f) { return f.level == finding::severity::error; });
    if (errors == 0) return "every read is covered";
    return std::to_string(errors) + (errors == 1 ? " finding" : " findings") +
           "; the log and weir check --database say what";
}

}  // namespace

awaitable<void> declaration_watch::run() {
    return session_.run([this](postgres::connection& on) { return look(on); });
}

// Asks again only if the database could not be asked now. One that refuses the questions is not asked again.
// The triggers have a watch of their own, so what is said of them here is left out.
awaitable<postgres::background_connection::then> declaration_watch::look(postgres::connection& on) {
    using then = postgres::background_connection::then;
    const policy_ptr declared = policy_.current();
    const auto until = deadline::in(check_timeout);
    const auto connected = co_await on.connect(address_, until.at_most(connect_timeout));
    if (!connected) co_return then::again;
    const auto checked = co_await check_reads(on, *declared, until);
    if (session_.is_stopped()) co_return then::end;
    if (checked.failure && checked.failure->why != errc::rejected) co_return then::again;
    if (checked.failure) {
        log::warn("declarations_not_checked", {{"why", checked.failure->problem}});
        conclude(false, "could not be checked; the log says why");
        co_return then::end;
    }
    for (const finding& f : checked.report.found) log_finding(f);
    conclude(!has_errors(checked.report.found), detail_of(checked.report.found));
    co_return then::end;
}

void declaration_watch::conclude(bool is_sound, std::string detail) {
    const std::lock_guard lock(mutex_);
    is_sound_ = is_sound;
    detail_ = std::move(detail);
}

api::dependency_state declaration_watch::state() const {
    const std::lock_guard lock(mutex_);
    return {.name = "declarations", .is_up = is_sound_, .detail = detail_, .is_required = false};
}

}  // namespace weir::app
