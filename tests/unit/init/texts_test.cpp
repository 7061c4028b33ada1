#include "../../../lib/init/src/texts.hpp"

#include "weir/config/load.hpp"

#include "support/catch.hpp"

#include <algorithm>

namespace weir::texts_test {

using namespace weir::init;

namespace {

// The note of a resource, as the reader of the file gets it.
std::string read_back(const std::string& value) {
    const auto loaded = weir::config::parse(
        "[resource.r]\npath = \"/r\"\nkey = \"r\"\nttl = \"1m\"\nnote = " + value +
            "\nsql = \"select 1\"\n[change.t]\nkeys = [\"r\"]\n",
        "weir.toml", [](const std::string&) { return std::nullopt; }, weir::config::admin_token::optional);
    const auto* good = std::get_if<weir::config::configuration>(&loaded);
    return good == nullptr ? "not valid: " + value : good->policy.resources.at(0).note;
}

}  // namespace

TEST_CASE("every text is read from the file as it was written") {
    for (const std::string text :
         {"plain",       "\"",   "\"\"",    "\"\"\"",   "\"\"\"\"\"\"\"\"", "a\"",    "\"a",
          "a\"\"b\"",    "\\",   "\\\"",    "\"\\",     "\\\\\"\"",         "a\nb",   "tab\there",
          "\r\n",        "\x7f", "${HOME}", "$${HOME}", "$$${x}",           "é 注文", "'''",
          "# no comment"}) {
        INFO(text);
        CHECK(read_back(toml_expanded_text(text)) == text);
        if (text.find("${") == std::string::npos) CHECK(read_back(toml_lines(text)) == text);
    }
}

TEST_CASE("a long list is broken into lines and keeps its order") {
    const std::vector<std::string> names(40, "a_column_name");
    const auto text = wrapped(names, "    ");
    CHECK(text.find(",\n    a_column_name") != std::string::npos);
    CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')) + 1 == names.size());
    CHECK(wrapped({}, "    ").empty());
    CHECK(wrapped({"a"}, "    ") == "a");
}

}  // namespace weir::texts_test
