#include "weir/policy/body.hpp"

#include "support/catch.hpp"

#include <functional>

namespace weir::body_test {
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
    CHECK(problems_of(update(), R"({"price":123456789012345678901234567890})") ==
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

TEST_CASE("a create whose fields are all optional takes a body without any") {
    weir::write w;
    w.parameters = {field("name"), field("status")};
    CHECK(problems_of(w, "{}").empty());
    CHECK(problems_of(w, "").empty());
    w.method = weir::route_method::put;
    CHECK(problems_of(w, "{}") == "must have at least one field");
    w.success_status = 201;
    CHECK(problems_of(w, "{}").empty());
    auto below = update();  // POST /products/{id}/notes
    below.success_status = 201;
    const auto out = weir::read_body(below, p1, "{}");
    CHECK(out.problems.empty());
    CHECK(out.values[0] == "p1");
    CHECK_FALSE(out.values[1].has_value());
}

TEST_CASE("a write without fields needs no body and takes none") {
    CHECK(problems_of(remove_one(), "").empty());
    CHECK(problems_of(remove_one(), " {} ").empty());
    CHECK(problems_of(remove_one(), R"({"a":1})") == "a is not a field of this request");
}

TEST_CASE("what is not a JSON object is told apart from wrong fields") {
    for (const char* json :
         {"{", "{\"name\":}", "[1]", "1", "null", "\"x\"", "{} {}", "{\"a\":1,}", "nul", "{'a':1}",
          "{\"name\":\"\xff\"}", "{\"price\":012}", "{\"price\":1.}", "{\"name\":\"\\ud800\"}"}) {
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

namespace {

// One optional field `x` of this rule.
weir::write of_one(value_type type, const std::function<void(weir::value_rule&)>& change = {}) {
    weir::write w;
    w.parameters = {field("x", type)};
    w.parameters[0].rule.trimmed = false;
    if (change) change(w.parameters[0].rule);
    return w;
}

// The value of x as the SQL gets it, or its problem.
std::string value_in(const weir::write& w, const std::string& json) {
    const auto out = weir::read_body(w, {}, "{\"x\": " + json + " }");
    if (!out.problems.empty()) return "refused: " + out.problems[0].why;
    return out.values[0].value_or("null");
}

void as_list(weir::value_rule& rule) {
    rule.is_array = true;
}

void as_string(weir::value_rule& rule) {
    rule.as_string = true;
}

}  // namespace

TEST_CASE("a decimal field keeps every digit of a JSON number") {
    const auto w = of_one(value_type::decimal);
    for (const char* json :
         {"12.5", "12.50", "0.1", "-0.0001", "9007199254740993", "0.1000000000000000055511151231257827",
          "123456789012345678901234567890.123456789", "1e2", "1.5E-3", "0"}) {
        INFO(json);
        CHECK(value_in(w, json) == json);
    }
    for (const char* json : {"\"12.5\"", "true", "[1]", "{}"})
        CHECK(value_in(w, json) == "refused: must be a number");
    CHECK(value_in(w, "1e1000") == "refused: must have at most 1000 digits");
}

TEST_CASE("an integer field keeps every digit of 64 bits") {
    const auto w = of_one(value_type::integer);
    for (const char* json : {"9007199254740993", "9223372036854775807", "-9223372036854775808"}) {
        CHECK(value_in(w, json) == json);
    }
}

TEST_CASE("a number is accepted as a JSON string only where it is declared") {
    for (const auto type : {value_type::integer, value_type::decimal}) {
        CHECK(value_in(of_one(type), "\"9007199254740993\"").starts_with("refused: must be a"));
        CHECK(value_in(of_one(type, as_string), "\"9007199254740993\"") == "9007199254740993");
        CHECK(value_in(of_one(type, as_string), "9007199254740993") == "9007199254740993");
        for (const char* json : {"\"\"", "\"seven\"", "\" 7\"", "\"7 \"", "\"1,5\"", "true"}) {
            INFO(json);
            CHECK(value_in(of_one(type, as_string), json).starts_with("refused: must be a"));
        }
    }
    CHECK(value_in(of_one(value_type::decimal, as_string), "\"12.50\"") == "12.50");
}

TEST_CASE("UUIDs and dates are strings of their form") {
    CHECK(value_in(of_one(value_type::uuid), R"("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11")") ==
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    CHECK(value_in(of_one(value_type::uuid), "\"x\"").starts_with("refused: must be a UUID"));
    CHECK(value_in(of_one(value_type::uuid), "5") == "refused: must be a string");
    CHECK(value_in(of_one(value_type::date), "\"2026-01-05\"") == "2026-01-05");
    CHECK(value_in(of_one(value_type::date), "\"2026-02-30\"") ==
          "refused: must be a date such as 2026-01-05");
}

TEST_CASE("JSON is passed on as it is written") {
    const auto w = of_one(value_type::json);
    for (const char* json :
         {R"({ "b" : 1.50, "a":[12345678901234567890, 1e400] })", "[]", "\"text\"", "true", "1.0"}) {
        CHECK(value_in(w, json) == json);
    }
    CHECK(value_in(w, R"({"a":"\u0000"})") == R"(refused: must not contain \u0000)");
    CHECK(value_in(w, "null") == "refused: must not be null");
    CHECK(value_in(of_one(value_type::json, [](auto& rule) { rule.length_max = 3; }), "[1,2]") ==
          "refused: must be at most 3 bytes long");
}

TEST_CASE("a list becomes an array of Postgres with every item quoted") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"[]", "{}"},
        {R"(["red", "blue"])", R"({"red","blue"})"},
        {R"(["a,b", "{}", "null", " x "])", R"({"a,b","{}","null"," x "})"},
        {R"(["\"", "\\", "\u00fc"])", "{\"\\\"\",\"\\\\\",\"\u00fc\"}"}};
    for (const auto& [json, literal] : cases) {
        INFO(json);
        CHECK(value_in(of_one(value_type::text, as_list), json) == literal);
    }
    CHECK(value_in(of_one(value_type::integer, as_list), "[1, 9007199254740993]") ==
          R"({"1","9007199254740993"})");
    CHECK(value_in(of_one(value_type::decimal, as_list), "[1.50]") == R"({"1.50"})");
    CHECK(value_in(of_one(value_type::boolean, as_list), "[true,false]") == R"({"true","false"})");
    CHECK(value_in(of_one(value_type::date, as_list), R"(["2026-01-05"])") == R"({"2026-01-05"})");
}

TEST_CASE("a wrong item of a list is named by its place") {
    const auto w = of_one(value_type::text, as_list);
    CHECK(value_in(w, R"(["a", 1])") == "refused: item 2 must be a string");
    CHECK(value_in(w, R"(["a", ["b"]])") == "refused: item 2 must be a string");
    CHECK(value_in(w, "\"a\"") == "refused: must be a list");
    CHECK(value_in(w, "[null]") == "refused: item 1 must not be null");
    const auto with_nulls = of_one(value_type::text, [](auto& rule) {
        rule.is_array = true;
        rule.may_hold_nulls = true;
        rule.items_max = 2;
    });
    CHECK(value_in(with_nulls, R"([null, "a"])") == R"({NULL,"a"})");
    CHECK(value_in(with_nulls, R"(["a", "b", "c"])") == "refused: must have at most 2 items");
}

TEST_CASE("a text of a body is trimmed only where it is declared") {
    CHECK(value_in(of_one(value_type::text), "\"  Tea\\n\"") == "  Tea\n");
    CHECK(value_in(of_one(value_type::text, [](auto& rule) { rule.trimmed = true; }), "\"  Tea\\n\"") ==
          "Tea");
}

TEST_CASE("a name of a field may be escaped") {
    CHECK(weir::read_body(of_one(value_type::text), {}, R"({"\u0078": "a"})").values[0] == "a");
}

}  // namespace weir::body_test
