#include "findings.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

namespace weir::app {
namespace {

// Returns the NAME of a text that begins with "resource.NAME".
std::string resource_in(std::string_view what) {
    constexpr std::string_view head = "resource.";
    if (!what.starts_with(head)) return {};
    what.remove_prefix(head.size());
    return std::string{what.substr(0, what.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"))};
}

config::position position_of(const config::places& declared, const finding& f) {
    if (f.declared.empty()) return {};
    return f.field == "sql" ? declared.of_sql_line(f.declared, f.sql_line) : declared.of(f.declared, f.field);
}

boost::json::object object_of(const reported& r) {
    return {{"file", r.at.file},      {"line", r.at.line}, {"column", r.at.column}, {"severity", r.severity},
            {"resource", r.resource}, {"table", r.table},  {"what", r.at.what},     {"todo", r.at.todo}};
}

}  // namespace

std::vector<reported> reported_of(const std::vector<config::problem>& problems, const std::string& severity) {
    std::vector<reported> out;
    for (const auto& p : problems) out.push_back({p, severity, resource_in(p.what), {}});
    return out;
}

std::vector<reported> reported_of(const config::configuration& c, const findings& found) {
    std::vector<reported> out;
    for (const finding& f : found) {
        const auto at = position_of(c.declared, f);
        out.push_back({{c.file, at.line, at.column, f.what, f.todo},
                       f.level == finding::severity::error ? "error" : "warning",
                       f.resource,
                       f.table});
    }
    return out;
}

std::string to_text(const reported& r) {
    if (r.severity == "error") return config::to_text(r.at);
    config::problem marked = r.at;
    marked.what = r.severity + ": " + marked.what;
    return config::to_text(marked);
}

std::string to_json(const std::vector<reported>& all) {
    boost::json::array list;
    for (const auto& r : all) list.push_back(object_of(r));
    return boost::json::serialize(list) + "\n";
}

bool has_errors(const std::vector<reported>& all) {
    return std::any_of(all.begin(), all.end(), [](const reported& r) { return r.severity == "error"; });
}

checked_declarations run_check(const std::function<awaitable<checked_declarations>()>& check) {
    boost::asio::io_context context;
    checked_declarations outcome;
    boost::asio::co_spawn(context, check(),
                          [&](const std::exception_ptr& failure, checked_declarations done) {
                              if (failure) std::rethrow_exception(failure);
                              outcome = std::move(done);
                          });
    context.run();
    return outcome;
}

}  // namespace weir::app
