#include "weir/policy/body.hpp"

#include "support/catch.hpp"

namespace {

using weir::parameter;
using weir::parameter_source;
using weir::value_type;

parameter field(std::string name, value_type type = value_type::text, bool required = false) {
    parameter p;
    p.name = std::move(name);
    p.source = parameter_source::body;
    p.rule.type = type;
    p.required = required;
    return p;
}

parameter path_parameter(std::string name) {
    parameter p;
    p.name = std::move(name);
    return p;
}

// POST /products/{id} with any subset of its fields.
weir::write update() {
    weir::write w;
    w.parameters = {path_parameter("id"), field("name"), field("price", value_type::integer),
                    field("published", value_type::boolean), field("sold_at", value_type::timestamp)};
    w.parameters[1].rule.length_max = 5;
    w.parameters[2].rule.min = 0;
    return w;
}

weir::write create() {
    weir::write w;
    w.parameters = {field("id", value_type::text, true), field("price", value_type::integer, true),
                    field("status")};
    w.parameters[2].rule.one_of = {"draft", "published"};
    w.parameters[2].default_value = "draft";
    return w;
}

weir::write remove_one() {
    weir::write w;
    w.method = weir::route_method::del;
    w.parameters = {path_parameter("id")};
    return w;
}

const std::vector<std::string> p1{"p1"};

// "field why; field why"
std::string problems_of(const weir::write& w, std::string_view json) {
    std::string out;
    for (const auto& p :
         weir::read_body(
             w, w.parameters[0].source == parameter_source::path ? p1 : std::vector<std::string>{}, json)
             .problems) {
        out += (out.empty() ? "" : "; ") + p.field + (p.field.empty() ? "" : " ") + p.why;
    }
    return out;
}

}  // namespace

TEST_CASE("a body gives its values in the order of the write behind those of the path") {
    const auto out = weir::read_body(update(), p1, R"({"published":false,"price":1299,"name":" Tea "})");
    REQUIRE(out.problems.empty());
    CHECK(out.values == std::vector<weir::sql_value>{"p1", "Tea", "1299", "false", std::nullopt});
}

TEST_CASE("an absent field takes its default") {
    const auto out = weir::read_body(create(), {}, R"({"id":"a","price":1})");
    REQUIRE(out.problems.empty());
    CHECK(out.values == std::vector<weir::sql_value>{"a", "1", "draft"});
}

TEST_CASE("every wrong field is named at once") {
    CHECK(problems_of(update(),
                      R"({"name":"too long","price":-1,"published":1,"colour":"red","sold_at":"soon"})") ==
          "name must be at most 5 bytes long; price must be at least 0; published must be true or false; "
          "colour is not a field of this request; sold_at must be a time such as 2026-01-02T03:04:05Z");
    CHECK(problems_of(create(), R"({"status":"gone"})") ==
          "status must be one of draft, published; id is required; price is required");
}

TEST_CASE("an integer field takes a JSON integer and nothing else") {
    for (const char* value : {"1.5", "1.0", "1e3", "\"12\"", "true", "[1]", "{}"}) {
        INFO(value);
        CHECK(problems_of(update(), std::string{"{\"price\":"} + value + "}") == "price must be an integer");
    }
    CHECK(problems_of(update(), R"({"price":9223372036854775808})") ==
          "price is out of the range of 64 bits");
    CHECK(weir::read_body(update(), p1, R"({"price":-0})").values[2] == "0");
}

TEST_CASE("a text field takes a JSON string and nothing else") {
    for (const char* value : {"1", "true", "[\"a\"]", "{}"}) {
        CHECK(problems_of(update(), std::string{"{\"name\":"} + value + "}") == "name must be a string");
    }
    CHECK(problems_of(update(), R"({"name":"a\u0000b"})") == "name must not contain control characters");
    CHECK(weir::read_body(update(), p1, R"({"name":"\u00fc\""})").values[1] == "ü\"");
}

TEST_CASE("null is refused unless the field may be null") {
    CHECK(problems_of(update(), R"({"name":null})") == "name must not be null");
    auto w = update();
    w.parameters[1].rule.may_be_null = true;
    const auto out = weir::read_body(w, p1, R"({"name":null})");
    CHECK(out.problems.empty());
    CHECK_FALSE(out.values[1].has_value());
}

TEST_CASE("a null does not become the default of its field") {
    auto w = create();
    w.parameters[2].rule.may_be_null = true;
    CHECK_FALSE(weir::read_body(w, {}, R"({"id":"a","price":1,"status":null})").values[2].has_value());
}

TEST_CASE("a field that stands in the body twice is refused") {
    CHECK(problems_of(update(), R"({"name":"a","name":"b"})") == "name stands in the body twice");
}

TEST_CASE("a path parameter cannot be set by the body") {
    CHECK(problems_of(update(), R"({"id":"p2","name":"a"})") == "id is not a field of this request");
}

TEST_CASE("an update without any field is refused") {
    CHECK(problems_of(update(), "{}") == "must have at least one field");
    CHECK(problems_of(update(), "") == "must have at least one field");
}

TEST_CASE("a write without fields needs no body and takes none") {
    CHECK(problems_of(remove_one(), "").empty());
    CHECK(problems_of(remove_one(), " {} ").empty());
    CHECK(problems_of(remove_one(), R"({"a":1})") == "a is not a field of this request");
}

TEST_CASE("what is not a JSON object is told apart from wrong fields") {
    for (const char* json :
         {"{", "{\"name\":}", "[1]", "1", "null", "\"x\"", "{} {}", "{\"a\":1,}", "nul", "{'a':1}",
          "{\"name\":\"\xff\"}", "{\"price\":123456789012345678901234567890}"}) {
        INFO(json);
        const auto out = weir::read_body(update(), p1, json);
        CHECK(out.is_malformed);
        CHECK(out.problems.size() == 1);
    }
    CHECK_FALSE(weir::read_body(update(), p1, R"({"name":1})").is_malformed);
}

TEST_CASE("a body nested without end is refused") {
    const auto out = weir::read_body(update(), p1, std::string(50'000, '['));
    CHECK(out.is_malformed);
}
