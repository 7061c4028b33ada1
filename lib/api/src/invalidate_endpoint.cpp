// POST /admin/v1/invalidate: deletes keys and tags without a write; declared in write_endpoint.hpp.
#include "weir/http/problem.hpp"
#include "weir/policy/invalidation.hpp"

#include "write_endpoint.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace weir::api {
namespace {

namespace json = boost::json;

constexpr std::size_t names_max = 1000;  // of each kind: one round trip to L2, and a body within its limit
constexpr std::size_t key_bytes_max = 1024;

std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

// The names that a body lists, as L2 knows them. Not usable if any was refused.
class asked_names {
 public:
    asked_names(const json::object& body, const policy& declared) {
        for (const auto& member : body) {
            const std::string_view name{member.key().data(), member.key().size()};
            if (name == "keys") {
                read_keys(member.value(), declared.key_head() + ":");
            } else if (name == "tags") {
                read_tags(member.value(), declared);
            } else {
                refuse(name, "is unknown");
            }
        }
        if (keys.empty() && tags.empty() && refused.empty())
            refuse("keys", "must name at least one key, or tags at least one tag");
    }

    std::vector<std::string> keys;
    std::vector<std::string> tags;
    std::vector<http::refused_value> refused;

 private:
    void refuse(std::string_view field, std::string why) {
        refused.push_back({.name = std::string{field}, .why = std::move(why)});
    }

    std::vector<std::string_view> texts(std::string_view field, const json::value& from) {
        std::vector<std::string_view> out;
        const json::array* list = from.if_array();
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            if (const json::string* text = (*list)[i].if_string()) out.push_back(view(*text));
        }
        if (list == nullptr || out.size() != list->size()) {
            refuse(field, "must be an array of strings");
            return {};
        }
        if (out.size() <= names_max) return out;
        refuse(field, "must name at most " + std::to_string(names_max));
        return {};
    }

    void read_keys(const json::value& from, const std::string& head) {
        for (const std::string_view key : texts("keys", from)) {
            if (!key.starts_with(head)) return refuse("keys", "must name only keys that begin with " + head);
            if (key.size() > key_bytes_max)
                return refuse("keys", "names a key that is longer than any can be");
            keys.emplace_back(key);
        }
    }

    void read_tags(const json::value& from, const policy& declared) {
        for (const std::string_view written : texts("tags", from)) {
            auto tag = find_tag(declared, written);
            if (!tag) return refuse("tags", "names a tag that no resource has: " + std::string{written});
            tags.push_back(std::move(*tag));
        }
    }
};

std::string receipt(const std::vector<std::string>& keys, const std::vector<std::string>& tags) {
    json::array all(keys.begin(), keys.end());
    all.insert(all.end(), tags.begin(), tags.end());
    return R"({"invalidated":)" + json::serialize(all) + R"(,"invalidation":"done"})";
}

}  // namespace

invalidate_endpoint::invalidate_endpoint(policy_ptr declared, writer& to, milliseconds request_timeout)
    : declared_(std::move(declared)), to_(to), request_timeout_(request_timeout) {}

std::optional<awaitable<void>> invalidate_endpoint::respond(const http::call& c, http::response& out) {
    boost::system::error_code malformed;
    const json::value body = json::parse({c.from.body.data(), c.from.body.size()}, malformed);
    if (malformed || !body.is_object()) {
        problem(out, 400, "the body must be a JSON object");
        return std::nullopt;
    }
    asked_names names(body.get_object(), *declared_);
    if (!names.refused.empty()) {
        problem(out, 422, http::named_by::field, names.refused);
        return std::nullopt;
    }
    return invalidate(std::move(names.keys), std::move(names.tags), out);
}

awaitable<void> invalidate_endpoint::invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                                http::response& out) {
    const auto over = co_await to_.invalidate(keys, tags, deadline::in(request_timeout_));
    if (!over) {
        problem(out, over.error());
        co_return;
    }
    out.body = receipt(keys, tags);
    out.field("Content-Type", "application/json");
    out.field("Cache-Control", "no-store");
}

}  // namespace weir::api
