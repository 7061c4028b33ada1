#include "explain_endpoint.hpp"

#include "weir/http/problem.hpp"
#include "weir/http/target.hpp"
#include "weir/policy/invalidation.hpp"

#include "json_text.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <optional>
#include <utility>

namespace weir::api {
namespace {

namespace json = boost::json;

std::vector<http::route> routes_of(const policy& declared) {
    std::vector<http::route> out;
    for (const resource& r : declared.resources) {
        out.push_back(
            {.path = r.path, .what = http::method::get, .label = r.name, .when = r.when, .target = nullptr});
    }
    return out;
}

// Returns the text behind the first "path=", or nullopt if there is none.
std::optional<std::string> target_in(std::string_view query) {
    constexpr std::string_view name = "path=";
    while (!query.empty() && !query.starts_with(name)) {
        const auto end = query.find('&');
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    }
    if (query.empty()) return std::nullopt;
    // In the path a plus is a plus; the target's own query decodes its own.
    return http::percent_decode(query.substr(name.size()), http::decoding::path);
}

json::value seconds_since(std::optional<unix_ms> then, unix_ms now) {
    if (!then) return nullptr;
    return std::chrono::duration<double>(now - *then).count();
}

json::object named(const explanation::name& n, unix_ms now) {
    return {{"name", n.text}, {"invalidated_s_ago", seconds_since(n.invalidated, now)}};
}

json::array tags_text(const explanation& e) {
    json::array out;
    for (const auto& tag : e.tags) {
        json::object one = named(tag, e.at);
        one["version"] = tag.version ? json::value(*tag.version) : json::value(nullptr);
        out.push_back(std::move(one));
    }
    return out;
}

json::object tier_text(const tier_view& t, unix_ms now) {
    constexpr std::array<std::string_view, 6> states{"off",     "unreachable", "absent",
                                                     "foreign", "superseded",  "present"};
    json::object out{{"state", states[static_cast<std::size_t>(t.what)]}};
    if (!t.content) return out;
    const entry& e = *t.content;
    out["served"] = t.is_served;
    out["kind"] = e.kind() == entry_kind::value ? "value" : "absence";
    out["age_s"] = seconds_since(e.load_start(), now);
    out["ttl_left_s"] = std::chrono::duration<double>(e.soft_expiry() - now).count();
    out["load_ms"] = std::chrono::duration<double, std::milli>(e.load_cost()).count();
    out["body_bytes"] = e.body().size();
    out["etag"] = json::string_view{e.etag().data(), e.etag().size()};
    out["tags_valid"] = t.are_tags_valid;
    if (t.tag_versions) {
        out["tag_versions"] = json::array(t.tag_versions->begin(), t.tag_versions->end());
    }
    return out;
}

// Returns the tables whose changes forget the resource's entries, and the tables that they are reached
// through.
json::array invalidated_by(const policy& declared, const resource& what) {
    json::array out;
    for (const way& one : ways_to(declared, what)) {
        json::object line{{"table", one.from->table}, {"by", one.is_by_key ? "key" : "tag"}};
        if (one.through != nullptr) {
            line["through"] = json::array(one.through->tables.begin(), one.through->tables.end());
        }
        out.push_back(std::move(line));
    }
    return out;
}

void answer_with(http::response& out, std::string body) {
    out.body = std::move(body);
    out.field("Content-Type", "application/json");
    out.field("Cache-Control", "no-store");
}

}  // namespace

std::string explanation_text(const policy& declared, const resource& what, const explanation& e) {
    const json::object out{
        {"resource", what.name},         {"key", named(e.key, e.at)},
        {"tags", tags_text(e)},          {"invalidated_by", invalidated_by(declared, what)},
        {"l1_trusted", e.is_l1_trusted}, {"l1", tier_text(e.l1, e.at)},
        {"l2", tier_text(e.l2, e.at)}};
    return json_text(out);
}

explain_endpoint::explain_endpoint(policy_ptr declared, explainer& from)
    : declared_(std::move(declared)), from_(from), routes_(routes_of(*declared_)) {
    for (const resource& r : declared_->resources) {
        known_.emplace(r.name, known{r, parameter_reader{r.path, r.parameters}});
    }
}

std::optional<awaitable<void>> explain_endpoint::respond(const http::call& c, http::response& out) {
    const auto target = target_in(c.from.query);
    const auto asked = target ? http::split(*target) : std::nullopt;
    if (!asked) {
        const http::refused_value wrong{.name = "path",
                                        .why = "must be what a GET would ask for: /v1/products/p1"};
        problem(out, 400, http::named_by::parameter, {&wrong, 1});
        return std::nullopt;
    }
    const http::request as_asked{.what = http::method::get, .path = asked->path, .query = asked->query};
    http::router::match match;
    routes_.find(as_asked, match);
    if (match.found == nullptr) {
        http::router::refuse(match, out);
        return std::nullopt;
    }
    const known& one = known_.at(match.found->label);
    gathered values = one.parameters.read({match.segments.data(), match.segment_count}, asked->query);
    if (!values.refused.empty()) {
        problem(out, 400, http::named_by::parameter, values.refused);
        return std::nullopt;
    }
    if (!one.what.cached) {
        answer_with(
            out, json_text(json::object{
                     {"resource", one.what.name}, {"private", true}, {"reason", one.what.private_reason}}));
        return std::nullopt;
    }
    return explain(one, std::move(values.values), out);
}

awaitable<void> explain_endpoint::explain(const known& one, std::vector<std::string> values,
                                          http::response& out) {
    const auto found = co_await from_.explain(one.what, std::move(values));
    answer_with(out, explanation_text(*declared_, one.what, found));
}

}  // namespace weir::api
