// Reads [resource.…]. The heart is check_use(): the key has exactly the parameters that the SQL uses.
#include "weir/config/sql_casts.hpp"
#include "weir/config/units.hpp"

#include "drafts.hpp"
#include "rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace weir::config {
namespace {

bool is_integer_type(const std::string& type) {
    static const std::set<std::string> names{"smallint", "int2", "integer", "int", "int4", "bigint", "int8"};
    return names.contains(type);
}

class resource_reader {
 public:
    explicit resource_reader(section s) : s_(std::move(s)) {
        draft_.title = s_.title();
        draft_.at = s_.at();
        draft_.path_at = s_.at("path");
        draft_.key_at = s_.at("key");
        draft_.when_at = s_.at("when");
        draft_.l1_ttl_at = s_.at("l1_ttl");
        draft_.degraded_ttl_at = s_.at("degraded_ttl");
        draft_.value.name = s_.name();
    }

    resource_draft read() {
        check_name();
        resource& r = draft_.value;
        r.is_private = s_.boolean("private").value_or(false);
        const auto path = read_path(s_);
        if (path) r.path = *path;
        // Without the path nobody knows which parameters belong to it: their problems would be noise.
        if (path) parameters_ = read_parameters(s_, *path, "query");
        for (const auto& p : parameters_) r.parameters.push_back(p.value);
        read_when();
        read_shape();
        if (const auto note = s_.text("note")) r.note = note->text;
        if (path) read_load();
        if (r.is_private) {
            read_private();
        } else {
            read_cached(path.has_value());
        }
        skip_parameters_without_path(path.has_value());
        s_.finish();
        return std::move(draft_);
    }

 private:
    void check_name() {
        const bool ok =
            s_.name().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
        if (!ok) s_.complain(s_.at(), s_.title() + " is not a name", "use lower case letters, digits and _");
    }

    void skip_parameters_without_path(bool has_path) {
        if (has_path) return;
        s_.find("parameter");
        s_.find("query");
        check_sql_given(s_);
    }

    // Which query parameters make a request this resource's rather than that of another with the same path.
    void read_when() {
        auto& names = draft_.value.when;
        const auto list = s_.texts("when");
        if (draft_.value.path.segments.empty()) return;
        for (const auto& text : list) {
            const bool is_query =
                std::any_of(parameters_.begin(), parameters_.end(), [&](const declared_parameter& p) {
                    return p.value.name == text.text && p.value.source == parameter_source::query;
                });
            if (!is_query) {
                s_.complain(
                    text.at,
                    fmt::format("{}.when: {} is not one of its query parameters", s_.title(), text.quoted()),
                    fmt::format("declare query.{}, or remove it here", text.text));
            } else if (std::find(names.begin(), names.end(), text.text) != names.end()) {
                s_.complain(text.at, fmt::format("{}.when names {} twice", s_.title(), text.quoted()),
                            "remove one of the two");
            }
            names.push_back(text.text);
        }
    }

    void read_shape() {
        const auto rows = s_.word("rows", {"one", "many"});
        draft_.value.shape = rows == "many" ? loader_shape::many : loader_shape::one;
    }

    void read_load() {
        auto sql = read_sql(s_, parameters_);
        resource& r = draft_.value;
        if (!sql.is_usable) return;
        is_sql_usable_ = true;
        check_reads_only();
        r.load.name = "read_" + r.name;
        r.load.values = std::move(sql.values);
        r.load.sql = r.shape == loader_shape::one ? json_object(sql.sql) : json_array(sql.sql);
    }

    void check_reads_only() {
        const std::string text = s_.verbatim("sql")->text;
        const std::string verb = first_keyword(text);
        const auto targets = write_targets(text);
        const bool is_read = verb == "select" || verb == "with" || verb == "values" || verb == "table";
        if (is_read && targets.empty()) return;
        const std::size_t offset = targets.empty() ? 0 : targets.front().offset;
        s_.complain(s_.place_in("sql", offset), s_.title() + ".sql must only read",
                    "write a select here, and declare the rest as a [write.…]");
    }

    void read_private() {
        resource& r = draft_.value;
        for (const char* field : {"key", "ttl", "jitter", "jitter_over_tenth", "negative_ttl", "l1_ttl",
                                  "tags", "max_age", "s_maxage", "compress", "stale_while_revalidate",
                                  "stale_if_error", "early_refresh", "degraded_ttl"}) {
            if (!s_.has(field)) continue;
            s_.complain(s_.at(field), fmt::format("{} is private and has a {}", s_.title(), field),
                        "a private resource is never cached: remove the field, or private = true");
        }
        const auto reason = s_.text("reason");
        if (reason && !reason->text.empty()) {
            r.private_reason = reason->text;
        } else {
            s_.complain(s_.at("reason"), s_.title() + " is private and says no reason",
                        "add reason = \"…\"; weir check prints it");
        }
        check_use({});
    }

    void read_cached(bool has_path) {
        if (s_.has("reason")) {
            s_.complain(s_.at("reason"), s_.title() + " has a reason and is not private",
                        "add private = true, or remove the reason");
        }
        read_ttl();
        read_copies();
        draft_.value.is_compressed = s_.boolean("compress").value_or(true);
        const auto text = s_.verbatim("key");
        if (!s_.has("key")) {
            s_.complain(s_.at(), s_.title() + " has no key",
                        "add key = \"…\" with every parameter in it, such as \"products:item:{id}\"; or "
                        "private = true");
        }
        if (text) read_key(*text, has_path);
        read_tags(has_path);
        if (is_sql_usable_) warn_of_casts();
    }

    // Every parameter of the SQL is in the key. What is in a cursor no client spells.
    void warn_of_casts() {
        const std::string sql = s_.verbatim("sql")->text;
        std::set<std::pair<std::string, std::string>> told;
        for (const sql_cast& cast : parameter_casts(sql)) {
            const auto of = std::find_if(parameters_.begin(), parameters_.end(),
                                         [&](const auto& p) { return p.value.name == cast.parameter; });
            const parameter& p = of->value;
            const bool is_text = p.rule.type == value_type::text && !p.is_cursor;
            // An enum with its values listed: no other spelling is accepted.
            const bool is_listed = !p.rule.one_of.empty() && !is_built_in_type(cast.type);
            if (!is_text || is_listed || compares_as_text(cast.type)) continue;
            const bool is_first = told.emplace(cast.parameter, cast.type).second;
            if (is_first && !compares_text_too(sql, p.name)) warn_of_cast(cast);
        }
    }

    void warn_of_cast(const sql_cast& cast) {
        s_.warn(
            s_.place_in("sql", cast.offset),
            fmt::format("{}.sql compares the text {{{}}} as {}: two spellings that Postgres calls equal get "
                        "two keys, and only one of them is invalidated",
                        s_.title(), cast.parameter, cast.type),
            remedy_of_cast(cast));
    }

    static std::string remedy_of_cast(const sql_cast& cast) {
        if (is_integer_type(cast.type)) {
            return fmt::format("declare {} with type = \"integer\", which has one spelling a number",
                               cast.parameter);
        }
        if (cast.type == "boolean" || cast.type == "bool") {
            return fmt::format("declare {} with type = \"boolean\"", cast.parameter);
        }
        return fmt::format(
            "compare the column's text as well (column = {{{0}}}::{1} and column::text = {{{0}}}): then "
            "another "
            "spelling finds nothing",
            cast.parameter, cast.type);
    }

    void read_key(const text_value& text, bool has_path) {
        auto key = read_template(text, "key", has_path);
        if (!key || !has_path) return;
        const auto names = key->names();
        draft_.value.key = std::move(*key);
        check_use({names.begin(), names.end()});
    }

    void read_tags(bool has_path) {
        constexpr std::size_t most = 6;  // each is read with every entry
        auto& tags = draft_.value.tags;
        const auto list = s_.texts("tags");
        for (const auto& text : list) {
            auto tag = read_template(text, "tags", has_path);
            if (!tag || !has_path) {
                draft_.has_refused_tag = true;
                continue;
            }
            if (std::find(tags.begin(), tags.end(), *tag) != tags.end()) {
                s_.complain(text.at, fmt::format("{}.tags has {} twice", s_.title(), text.quoted()),
                            "remove one of the two");
            }
            tags.push_back(std::move(*tag));
        }
        if (list.size() > most) {
            s_.complain(s_.at("tags"), fmt::format("{} has {} tags", s_.title(), list.size()),
                        fmt::format("use at most {}: the version of each is read with every entry", most));
        }
    }

    // Nothing after the problem was added.
    std::optional<key_template> read_template(const text_value& text, std::string_view field, bool has_path) {
        try {
            // Without a path the parameters are unknown: only the form can be judged.
            auto made = key_template::parse(
                text.text, [&](std::string_view name) { return has_path ? index_of(name) : std::size_t{0}; });
            const auto* domain = std::get_if<std::string>(&made.segments().front());
            if (domain == nullptr) {
                throw std::invalid_argument(
                    "it must begin with a literal, the domain, as in products:item:{id}");
            }
            if (*domain == "tag" || *domain == "all" || *domain == "bus") {
                throw std::invalid_argument("what begins with " + *domain + ": is Weir's own in Redis");
            }
            return made;
        } catch (const std::invalid_argument& error) {
            s_.complain(text.at, fmt::format("{}.{} {}: {}", s_.title(), field, text.quoted(), error.what()),
                        "write colon-separated segments, each a literal or a {parameter}");
            return std::nullopt;
        }
    }

    std::size_t index_of(std::string_view name) const {
        const auto& list = draft_.value.parameters;
        const auto at =
            std::find_if(list.begin(), list.end(), [&](const parameter& p) { return p.name == name; });
        if (at == list.end())
            throw std::invalid_argument("{" + std::string{name} + "} is not a declared parameter");
        return static_cast<std::size_t>(at - list.begin());
    }

    // The heart of it: the key has exactly the parameters that the SQL uses. Fewer, and two answers share an
    // entry; more, and one answer has as many entries as a client cares to ask for.
    void check_use(const std::set<std::string>& in_key) {
        if (!is_sql_usable_) return;
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            const auto& p = parameters_[i];
            const auto& used = draft_.value.load.values;
            const bool is_in_sql = std::find(used.begin(), used.end(), i) != used.end();
            const bool is_in_key = in_key.contains(p.value.name);
            if (is_in_sql && !is_in_key && !draft_.value.is_private) {
                s_.complain(
                    draft_.key_at,
                    fmt::format("{}.key lacks {{{}}}, which the SQL uses: two answers would share an entry",
                                s_.title(), p.value.name),
                    fmt::format("add a segment {{{}}} to the key", p.value.name));
            } else if (!is_in_sql) {
                const char* what =
                    is_in_key ? "is in the key but not in the SQL: anyone could flood the cache with copies"
                              : "is not used";
                s_.complain(p.at, fmt::format("{}: the parameter {} {}", s_.title(), p.value.name, what),
                            fmt::format("use {{{}}} in the SQL, or remove the parameter", p.value.name));
            }
        }
    }

    void read_ttl() {
        ttl_policy& ttl = draft_.value.ttl;
        const auto value = s_.duration("ttl", {milliseconds{100}, std::chrono::hours{24 * 366}});
        if (!s_.has("ttl")) {
            s_.complain(s_.at(), s_.title() + " has no ttl",
                        "add ttl = \"300s\": how long an answer may live when no invalidation reaches it");
        }
        const auto jitter = s_.duration("jitter", {milliseconds{0}, std::chrono::hours{24 * 366}});
        const bool is_wide = s_.boolean("jitter_over_tenth").value_or(false);
        const auto negative = s_.duration("negative_ttl", {milliseconds{0}, std::chrono::hours{24 * 366}});
        const auto in_l1 = s_.duration("l1_ttl", {milliseconds{0}, std::chrono::hours{24 * 366}});
        read_windows();
        if (!value) return;
        check_l1_ttl(in_l1, *value);
        check_degraded_ttl(*value);
        ttl.ttl = *value;
        ttl.jitter = jitter.value_or(*value / 10);
        ttl.negative_ttl = negative.value_or(milliseconds{0});
        if (ttl.jitter * 10 > ttl.ttl && !is_wide) {
            s_.complain(s_.at("jitter"),
                        fmt::format("{}.jitter {} is over a tenth of the ttl {}", s_.title(),
                                    duration_text(ttl.jitter), duration_text(ttl.ttl)),
                        fmt::format("write at most \"{}\", or add jitter_over_tenth = true",
                                    duration_text(ttl.ttl / 10)));
        }
        check_negative_ttl();
    }

    // What happens around the end of the TTL.
    void read_windows() {
        ttl_policy& ttl = draft_.value.ttl;
        constexpr duration_bounds any{milliseconds{0}, std::chrono::hours{24 * 366}};
        ttl.stale_while_revalidate = s_.duration("stale_while_revalidate", any).value_or(milliseconds{0});
        ttl.stale_if_error = s_.duration("stale_if_error", any).value_or(milliseconds{0});
        ttl.early_refresh = s_.number("early_refresh", 0, 10).value_or(ttl.early_refresh);
        draft_.value.degraded_ttl = s_.duration("degraded_ttl", any).value_or(milliseconds{0});
    }

    void check_degraded_ttl(milliseconds ttl) {
        const milliseconds degraded = draft_.value.degraded_ttl;
        if (degraded <= ttl) return;
        s_.complain(draft_.degraded_ttl_at,
                    fmt::format("{}.degraded_ttl {} is longer than the ttl {}", s_.title(),
                                duration_text(degraded), duration_text(ttl)),
                    "an outage of Redis must not make an entry live longer: make it a second or two");
    }

    void check_l1_ttl(std::optional<milliseconds> in_l1, milliseconds ttl) {
        draft_.value.l1_ttl = in_l1;
        if (!in_l1 || *in_l1 <= ttl) return;
        s_.complain(draft_.l1_ttl_at,
                    fmt::format("{}.l1_ttl {} is longer than the ttl {}", s_.title(), duration_text(*in_l1),
                                duration_text(ttl)),
                    "an entry lives nowhere longer than its ttl: make it shorter; \"0s\" keeps it out of L1");
    }

    void check_negative_ttl() {
        const ttl_policy& ttl = draft_.value.ttl;
        if (ttl.negative_ttl > ttl.ttl) {
            s_.complain(s_.at("negative_ttl"),
                        fmt::format("{}.negative_ttl {} is longer than the ttl {}", s_.title(),
                                    duration_text(ttl.negative_ttl), duration_text(ttl.ttl)),
                        "an absence is the less certain knowledge: give it the shorter life");
        }
        if (s_.has("negative_ttl") && draft_.value.shape == loader_shape::many) {
            s_.complain(s_.at("negative_ttl"), s_.title() + " has rows = \"many\" and a negative_ttl",
                        "remove it: an array without rows is an answer, never an absence");
        }
    }

    // Copies in browsers and CDNs.
    void read_copies() {
        const auto whole_seconds = [this](std::string_view field) -> std::optional<seconds> {
            const auto value = s_.duration(field, {milliseconds{1000}, std::chrono::hours{24 * 366}});
            if (!value) return std::nullopt;
            return std::chrono::duration_cast<seconds>(*value);
        };
        draft_.value.max_age = whole_seconds("max_age");
        draft_.value.s_maxage = whole_seconds("s_maxage");
    }

    section s_;
    resource_draft draft_;
    std::vector<declared_parameter> parameters_;
    bool is_sql_usable_ = false;
};

}  // namespace

void read_resources(section& root, drafts& all) {
    for (auto& s : root.tables("resource")) all.resources.push_back(resource_reader{s}.read());
}

}  // namespace weir::config
