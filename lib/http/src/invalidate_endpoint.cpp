// POST /admin/v1/invalidate: deletes keys without a write; declared in write_endpoint.hpp.
#include "problem.hpp"
#include "write_endpoint.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace weir::http {
namespace {

namespace json = boost::json;

constexpr std::size_t keys_max = 1000;  // one round trip to L2, and a body within its limit
constexpr std::size_t key_bytes_max = 1024;

std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

// Why this is not a list of keys; empty when it is.
std::string judge(const json::value* keys, std::string_view head) {
    if (keys == nullptr) return "is missing";
    const json::array* list = keys->if_array();
    if (list == nullptr) return "must be an array of strings";
    if (list->empty()) return "must name at least one key";
    if (list->size() > keys_max) return "must name at most " + std::to_string(keys_max) + " keys";
    for (const json::value& one : *list) {
        const json::string* key = one.if_string();
        if (key == nullptr) return "must be an array of strings";
        if (!view(*key).starts_with(head)) return "must name only keys that begin with " + std::string{head};
        if (key->size() > key_bytes_max) return "names a key that is longer than any can be";
    }
    return {};
}

std::vector<refused_value> judge_all(const json::object& body, std::string_view head) {
    std::vector<refused_value> refused;
    for (const auto& member : body) {
        if (member.key() != "keys") {
            refused.push_back(
                {.name = std::string{member.key().data(), member.key().size()}, .why = "is unknown"});
        }
    }
    if (std::string why = judge(body.if_contains("keys"), head); !why.empty()) {
        refused.push_back({.name = "keys", .why = std::move(why)});
    }
    return refused;
}

}  // namespace

invalidate_endpoint::invalidate_endpoint(std::string key_head, writer& to, milliseconds request_timeout)
    : key_head_(std::move(key_head) + ":"), to_(to), request_timeout_(request_timeout) {}

awaitable<void> invalidate_endpoint::respond(const call& c, response& out) {
    boost::system::error_code malformed;
    const json::value body = json::parse({c.from.body.data(), c.from.body.size()}, malformed);
    if (malformed || !body.is_object()) {
        problem(out, 400, "the body must be a JSON object");
        co_return;
    }
    const auto refused = judge_all(body.get_object(), key_head_);
    if (!refused.empty()) {
        problem(out, 422, named_by::field, refused);
        co_return;
    }
    std::vector<std::string> keys;
    for (const json::value& key : body.at("keys").get_array()) keys.emplace_back(view(key.get_string()));
    std::vector<std::string> no_tags;
    const auto over =
        co_await to_.invalidate(std::move(keys), std::move(no_tags), deadline::in(request_timeout_));
    if (!over) {
        problem(out, over.error());
        co_return;
    }
    out.body = R"({"invalidated":)" + json::serialize(body.at("keys")) + R"(,"invalidation":"done"})";
    out.field("Content-Type", "application/json");
    out.field("Cache-Control", "no-store");
}

}  // namespace weir::http
