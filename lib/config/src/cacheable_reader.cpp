#include "cacheable_reader.hpp"

#include "policy_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace weir::config {
namespace {

std::size_t index_of(const std::vector<parameter>& list, std::string_view name) {
    const auto at =
        std::find_if(list.begin(), list.end(), [&](const parameter& p) { return p.name == name; });
    if (at != list.end()) return static_cast<std::size_t>(at - list.begin());
    throw std::invalid_argument("{" + std::string{name} + "} is not a declared parameter");
}

void check_domain(const key_template& made) {
    const auto* domain = std::get_if<std::string>(&made.segments().front());
    if (domain == nullptr) {
        throw std::invalid_argument("it must begin with a literal, the domain, as in products:item:{id}");
    }
    if (*domain == "tag" || *domain == "all" || *domain == "bus") {
        throw std::invalid_argument("what begins with " + *domain + ": is Weir's own in Redis");
    }
}

// Returns nullopt after the problem was added.
std::optional<key_template> read_template(resource_draft& draft, const text_value& text,
                                          std::string_view field, bool has_path) {
    try {
        auto made = key_template::parse(text.text, [&](std::string_view name) {
            return has_path ? index_of(draft.value.parameters, name) : std::size_t{0};
        });
        check_domain(made);
        return made;
    } catch (const std::invalid_argument& error) {
        draft.from.complain(text.at,
                            fmt::format("{}.{} {}: {}", draft.title(), field, text.quoted(), error.what()),
                            "write colon-separated segments, each a literal or a {parameter}");
        return std::nullopt;
    }
}

void read_key(resource_draft& draft, bool has_path) {
    section& s = draft.from;
    const auto text = s.verbatim("key");
    if (!s.has("key")) {
        s.complain(s.at(), s.title() + " has no key",
                   "add key = \"…\" with every parameter in it, such as \"products:item:{id}\"; or "
                   "private = true");
    }
    if (!text) return;
    auto key = read_template(draft, *text, "key", has_path);
    if (key && has_path) draft.value.cached->key = std::move(*key);
}

void read_tag(resource_draft& draft, const text_value& text, bool has_path) {
    auto& tags = draft.value.cached->tags;
    auto tag = read_template(draft, text, "tags", has_path);
    if (!tag || !has_path) {
        draft.has_refused_tag = true;
        return;
    }
    if (std::find(tags.begin(), tags.end(), *tag) != tags.end()) {
        draft.from.complain(text.at, fmt::format("{}.tags has {} twice", draft.title(), text.quoted()),
                            "remove one of the two");
    }
    tags.push_back(std::move(*tag));
}

void read_tags(resource_draft& draft, bool has_path) {
    constexpr std::size_t most = 6;
    const auto list = draft.from.texts("tags");
    for (const auto& text : list) read_tag(draft, text, has_path);
    if (list.size() <= most) return;
    draft.from.complain(draft.at("tags"), fmt::format("{} has {} tags", draft.title(), list.size()),
                        fmt::format("use at most {}: the version of each is read with every entry", most));
}

// Returns the reason of `unwatched.NAME` or `volatile`. Returns an empty text after the problem was added.
std::string read_reason(section s) {
    const auto reason = s.text("reason");
    s.finish();
    if (reason && !reason->text.empty()) return reason->text;
    if (!reason && s.has("reason")) return {};  // of another type, which was reported
    s.complain(s.at("reason"), s.title() + " says no reason",
               "write { reason = \"…\" }: why an answer may be old for its whole TTL");
    return {};
}

void read_acceptances(resource_draft& draft) {
    auto& c = *draft.value.cached;
    for (const auto& s : draft.from.tables("unwatched")) c.unwatched.push_back({s.name(), read_reason(s)});
    if (const auto s = draft.from.table("volatile")) c.volatile_reason = read_reason(*s);
}

}  // namespace

void read_cacheable(resource_draft& draft, bool has_path) {
    section& s = draft.from;
    read_fields(s, cacheable_fields, *draft.value.cached);
    if (!s.has("ttl")) {
        s.complain(s.at(), s.title() + " has no ttl",
                   "add ttl = \"300s\": how long an answer may live when no invalidation reaches it");
    }
    check_times(draft);
    read_key(draft, has_path);
    read_tags(draft, has_path);
    read_acceptances(draft);
}

void refuse_cacheable(resource_draft& draft) {
    section& s = draft.from;
    for (const auto& f : cacheable_fields) {
        const auto name = f.name.substr(0, f.name.find('.'));  // of "unwatched.TABLE"
        if (!s.has(name)) continue;
        s.complain(s.at(name), fmt::format("{} is private and has a {}", s.title(), name),
                   "a private resource is never cached: remove the field, or private = true");
    }
}

}  // namespace weir::config
