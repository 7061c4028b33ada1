// The reader, docs/configuration.md and config/weir.schema.json say the same about every field.
#include "weir/config/reference.hpp"

#include "checked.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace weir::reference_test {
namespace {

constexpr std::string_view table_begin = "<!-- fields of [";
constexpr std::string_view table_end = "<!-- end of fields -->\n";

std::string file(const std::string& path) {
    std::ifstream in{std::string{WEIR_SOURCE_DIR} + "/" + path, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    REQUIRE(in);
    return out.str();
}

// The marked tables of a text, markers included.
std::vector<std::string> tables_in(std::string_view text) {
    std::vector<std::string> out;
    for (auto at = text.find(table_begin); at != std::string_view::npos; at = text.find(table_begin)) {
        const auto end = text.find(table_end, at);
        REQUIRE(end != std::string_view::npos);
        out.emplace_back(text.substr(at, end + table_end.size() - at));
        text.remove_prefix(end);
    }
    return out;
}

std::vector<std::string> names_in(const boost::json::value& properties) {
    std::vector<std::string> out;
    for (const auto& member : properties.as_object()) {
        out.emplace_back(member.key().data(), member.key().size());
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string json_at(const boost::json::value& all, const std::string& pointer) {
    return boost::json::serialize(all.at_pointer(pointer));
}

// The names that the reader knows in a table, from its refusal of one that it does not.
std::vector<std::string> names_known_to_reader(const std::string& text) {
    for (const auto& problem : checked::problems_in(text)) {
        if (problem.find("unknown field") == std::string::npos) continue;
        std::istringstream list{problem.substr(problem.find("known here: ") + 12)};
        std::vector<std::string> out;
        for (std::string name; list >> name;) {
            if (name.back() == ',') name.pop_back();
            out.push_back(std::move(name));
        }
        std::sort(out.begin(), out.end());
        return out;
    }
    return {};
}

}  // namespace

// Where this fails: ./dev reference
TEST_CASE("docs/configuration.md has the tables that the reader's fields give") {
    CHECK(tables_in(file("docs/configuration.md")) == tables_in(weir::config::reference_markdown()));
}

TEST_CASE("config/weir.schema.json is the schema that the reader's fields give") {
    CHECK(file("config/weir.schema.json") == weir::config::json_schema());
}

TEST_CASE("the shipped file offers the schema to editors and is read all the same") {
    const std::string text = file("config/weir.toml");
    CHECK(text.starts_with("#:schema ./weir.schema.json\n"));
    const auto configuration = checked::configuration_of(text);
    CHECK_FALSE(configuration.policy.resources.empty());
}

TEST_CASE("the reader asks for exactly the fields that the schema has") {
    const auto schema = boost::json::parse(weir::config::json_schema());
    for (const auto& table : schema.at_pointer("/properties").as_object()) {
        const std::string name{table.key().data(), table.key().size()};
        INFO(name);
        std::string text = checked::good;
        std::string properties = "/properties/" + name + "/properties";
        if (name == "resource" || name == "change" || name == "write") {
            properties = "/$defs/" + name + "/properties";
            text.insert(text.find('\n', text.find("[" + name + ".")) + 1, "no_such_field = 1\n");
        } else {
            text += "[" + name + "]\nno_such_field = 1\n";
        }
        CHECK(names_known_to_reader(text) == names_in(schema.at_pointer(properties)));
    }
}

TEST_CASE("the schema asks of a private resource for a reason and of another for a key and a ttl") {
    const auto schema = boost::json::parse(weir::config::json_schema());
    CHECK(json_at(schema, "/$defs/resource/then/required") == R"(["reason"])");
    CHECK(json_at(schema, "/$defs/resource/else/required") == R"(["key","ttl"])");
    CHECK(json_at(schema, "/$defs/resource/then/properties/degraded_ttl") == "false");
}

TEST_CASE("the schema has the bounds and the defaults of the reader") {
    const auto schema = boost::json::parse(weir::config::json_schema());
    CHECK(json_at(schema, "/properties/redis/properties/command_timeout/default") == R"("50ms")");
    CHECK(json_at(schema, "/properties/redis/properties/pending_max/default") == "4096");
    CHECK(json_at(schema, "/properties/redis/properties/pending_max/anyOf/0/maximum") == "1000000");
    CHECK(json_at(schema, "/properties/log/properties/level/default") == R"("info")");
    CHECK(json_at(schema, "/properties/l1/properties/bytes_max/default") == R"("256MiB")");
}

}  // namespace weir::reference_test
