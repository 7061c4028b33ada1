// Spellings of one value. What Postgres calls equal gives one key, or is refused.
#include "weir/config/sql_template.hpp"
#include "weir/policy/value.hpp"

#include "postgres_story.hpp"
#include "support/catch.hpp"

#include <map>
#include <random>
#include <set>

namespace weir::postgres_spellings_test {

using namespace weir::test;

namespace {

// Answers whether two texts are equal as a type, without white space around them; x if one of them is none of
// it.
constexpr const char* functions = R"(
create function is_same(a text, b text, type text) returns text language plpgsql as $$
declare is_so boolean;
begin
    execute format('select btrim($1, $3)::%s = btrim($2, $3)::%s', type, type) into is_so using a, b, E' \t\n\r\f\v';
    return case when is_so then '1' else '0' end;
exception when others then return 'x';
end $$;
create function printed(a text, type text) returns text language plpgsql as $$
declare text_of text;
begin
    execute format('select $1::%s::text', type) into text_of using a;
    return text_of;
exception when others then return null;
end $$;
)";

value_rule rule_of(value_type type, bool folded = false) {
    value_rule rule;
    rule.type = type;
    rule.folded = folded;
    rule.length_max = 2000;
    return rule;
}

std::string key_of(const value_rule& rule, const std::string& text) {
    const auto out = normalise(rule, text);
    const auto* value = std::get_if<std::string>(&out);
    return value != nullptr ? *value : std::string{};
}

// Changes a text as clients and libraries do: case, signs, zeros, exponents, hyphens, braces, white space.
class speller {
 public:
    explicit speller(unsigned seed) : random_(seed) {}

    std::string spelt(std::string text) {
        const std::size_t changes = random_() % 4;
        for (std::size_t i = 0; i < changes; ++i) text = changed(std::move(text));
        return text;
    }

 private:
    std::size_t place_in(const std::string& text) { return text.empty() ? 0 : random_() % (text.size() + 1); }

    std::string changed(std::string text) {
        static const std::vector<std::string> pieces{"0",  "-",  " ", "+", ".", "e0", "_",
                                                     "00", "\t", ",", "T", "Z", "{",  "}"};
        switch (random_() % 12) {
            case 0:
                for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
                return text;
            case 1:
                return "{" + text + "}";
            case 2:
                std::erase(text, '-');
                return text;
            case 3:
                return text.find('.') == std::string::npos ? text + ".0" : text + "0";
            case 4:
                return "0" + text;
            case 5:
                return "+" + text;
            case 6:
                return text + "e0";
            case 7:
                return " " + text + "\n";
            case 8:
                if (!text.empty()) text.erase(random_() % text.size(), 1);
                return text;
            case 9:
                return text + "0e-1";
            default:
                return text.insert(place_in(text), pieces[random_() % pieces.size()]);
        }
    }

    std::mt19937 random_;
};

std::vector<std::string> spellings_of(const std::vector<std::string>& seeds, unsigned seed) {
    speller by{seed};
    std::set<std::string> out{seeds.begin(), seeds.end()};
    for (int i = 0; i < 60 * static_cast<int>(seeds.size()) && out.size() < 90; ++i) {
        out.insert(by.spelt(seeds[static_cast<std::size_t>(i) % seeds.size()]));
    }
    return {out.begin(), out.end()};
}

std::string quoted(const std::string& text) {
    std::string out = "E'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string array_of(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : ",") + quoted(text);
    return "array[" + out + "]::text[]";
}

// One letter for each pair, in the order of the list: whether they are equal as the type.
std::string equality(const private_postgres& server, const std::vector<std::string>& texts,
                     const std::string& type) {
    return server.query("select string_agg(is_same(a.t, b.t, '" + type +
                        "'), '' order by a.n, b.n) from unnest(" + array_of(texts) +
                        ") with ordinality a(t, n), unnest(" + array_of(texts) + ") with ordinality b(t, n)");
}

// Checks every pair of spellings. Returns how many different ones were found equal and have one key.
int check_pairs(const value_rule& rule, const std::vector<std::string>& texts, const std::string& equal) {
    REQUIRE(equal.size() == texts.size() * texts.size());
    int shared = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::string one = key_of(rule, texts[i]);
        for (std::size_t j = 0; j < texts.size(); ++j) {
            const std::string other = key_of(rule, texts[j]);
            if (one.empty() || other.empty()) continue;
            const char is_same = equal[i * texts.size() + j];
            if ((is_same == '1') == (one == other) && is_same != 'x') {
                if (i < j && one == other) ++shared;
                continue;
            }
            FAIL_CHECK("[" << texts[i] << "] and [" << texts[j] << "]: Postgres says " << is_same
                           << ", the keys are " << one << " and " << other);
        }
    }
    return shared;
}

const std::map<value_type, std::vector<std::string>> seeds{
    {value_type::integer, {"7", "-12", "0", "9223372036854775807", "9007199254740993"}},
    {value_type::decimal,
     {"1", "1.5", "-0.25", "0", "100", "1e2", "12345678901234567890.123", "NaN", "Infinity"}},
    {value_type::boolean, {"true", "false", "t", "yes", "on", "1", "0", "off"}},
    {value_type::uuid, {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-00000000000a"}},
    {value_type::date,
     {"2026-01-05", "2024-02-29", "0001-01-01", "today", "epoch", "infinity", "Jan 5 2026", "20260105"}},
    {value_type::text, {"en", "EN", "caf\u00e9", "7", "07"}},
};

}  // namespace

TEST_CASE("two spellings that Postgres calls equal have one key or one of them is refused") {
    const private_postgres server;
    server.query(functions);
    unsigned seed = 20261128;
    for (const auto& [type, of_type] : seeds) {
        const value_rule rule = rule_of(type);
        std::vector<std::string> texts = spellings_of(of_type, ++seed);
        // Weir takes the white space off before the database sees a value.
        if (type == value_type::text)
            std::erase_if(texts, [&](const auto& t) { return key_of(rule, t) != t; });
        const std::string sql_type = sql_type_of(rule);
        INFO(sql_type);
        const int shared = check_pairs(rule, texts, equality(server, texts, sql_type));
        const bool has_spellings =
            type != value_type::text && type != value_type::boolean && type != value_type::date;
        if (has_spellings) CHECK(shared > 20);
    }
}

TEST_CASE("a value as Postgres prints it has the key of every spelling that Weir accepts") {
    const private_postgres server;
    server.query(functions);
    unsigned seed = 7;
    for (const auto& [type, of_type] : seeds) {
        const value_rule rule = rule_of(type);
        const std::string sql_type = sql_type_of(rule);
        for (const std::string& text : spellings_of(of_type, ++seed)) {
            const std::string key = key_of(rule, text);
            if (key.empty()) continue;
            INFO(sql_type << " " << text);
            const std::string printed =
                server.query("select printed(" + quoted(key) + ", '" + sql_type + "')");
            CHECK(key_of(rule, printed) == key);
        }
    }
}

TEST_CASE("a numeric column gives one key at whatever scale it prints its values") {
    const private_postgres server;
    const value_rule rule = rule_of(value_type::decimal);
    for (const char* type : {"numeric", "numeric(20,4)", "numeric(30,10)", "bigint", "integer"}) {
        INFO(type);
        CHECK(key_of(rule, server.query("select 5::" + std::string{type} + "::text")) == "5");
    }
}

TEST_CASE("texts that are folded alike by Postgres have one key or forget the whole resource") {
    const private_postgres server;
    const value_rule rule = rule_of(value_type::text, true);
    const auto is_ascii = [](const std::string& text) {
        return std::all_of(text.begin(), text.end(),
                           [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    };
    const std::vector<std::string> texts{"en",     "EN", "eN",     "K",      "k", "\u212a",
                                         "\u017f", "s",  "\u00c9", "\u00e9", "i", "\u0130"};
    for (const std::string& column : texts) {
        for (const std::string& asked : texts) {
            const std::string key = key_of(rule, asked);
            if (key.empty() || !is_ascii(column)) continue;
            const bool is_found =
                server.query("select lower(" + quoted(column) + ") = " + quoted(key)) == "t";
            INFO(column << " asked for as " << asked);
            if (is_found) CHECK(key_of(rule, column) == key);
        }
    }
}

TEST_CASE("a parameter with the type of its rule finds rows through the index of its column") {
    const private_postgres server;
    server.query(
        "create table typed (u uuid, i8 bigint, i4 integer, i2 smallint, n numeric(20, 4), d date, b "
        "boolean, t text, v "
        "varchar(20))");
    const std::vector<std::pair<std::string, value_type>> columns{
        {"u", value_type::uuid},     {"i8", value_type::integer}, {"i4", value_type::integer},
        {"i2", value_type::integer}, {"n", value_type::decimal},  {"d", value_type::date},
        {"b", value_type::boolean},  {"t", value_type::text},     {"v", value_type::text}};
    for (const auto& [column, type] : columns) {
        INFO(column);
        server.query("create index on typed (" + column + ")");
        const auto sql =
            to_positional("select * from typed where " + column + " = {x}", std::vector<std::string>{"x"},
                          std::vector<std::string>{sql_type_of(rule_of(type))});
        REQUIRE(sql.problems.empty());
        const std::string plan = server.query(
            "set enable_seqscan = off; set enable_bitmapscan = off; set plan_cache_mode = "
            "force_generic_plan; "
            "prepare asked as " +
            sql.sql + "; explain (format json) execute asked(null)");
        CHECK(plan.find("\"Index Cond\"") != std::string::npos);
    }
}

}  // namespace weir::postgres_spellings_test
