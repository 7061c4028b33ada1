// Prints the tables of docs/configuration.md.
#include "weir/config/reference.hpp"
#include "weir/config/units.hpp"

#include "described.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

std::string code(std::string_view text) {
    return fmt::format("`{}`", text);
}

std::string range(std::string_view noun, std::string_view from, std::string_view to) {
    std::string out{noun};
    if (!from.empty()) out += fmt::format(", from `\"{}\"`", from);
    if (!to.empty()) out += fmt::format("{} to `\"{}\"`", from.empty() ? "," : "", to);
    return out;
}

// Names what may be written, in the reference's column "type".
struct type_name {
    std::string operator()(text) const { return "text"; }
    std::string operator()(verbatim) const { return "text"; }
    std::string operator()(yes_or_no) const { return "boolean"; }
    std::string operator()(scalar) const { return "text, integer, boolean or a list"; }
    std::string operator()(text_list) const { return "array of text"; }
    std::string operator()(one_or_more) const { return "text or array of text"; }
    std::string operator()(scalar_list) const { return "array of text or integer"; }
    std::string operator()(address) const { return "host:port"; }
    std::string operator()(key_segment) const { return "`a-z 0-9 . _ -`, at most 64"; }
    std::string operator()(rule_table) const { return "[rule](#rules)"; }
    std::string operator()(const table_list& of) const { return fmt::format("[{0}](#{0}), a list", of.kind); }
    std::string operator()(reason_table) const { return code(R"({ reason = "…" })"); }
    std::string operator()(const url&) const { return "text"; }
    std::string operator()(const choice& of) const {
        std::string out;
        for (const auto word : of.of) out += (out.empty() ? "" : ", ") + code(word);
        return out;
    }
    std::string operator()(integer_bounds b) const {
        return b.min == any_integer.min ? "integer" : fmt::format("{} to {}", b.min, b.max);
    }
    std::string operator()(number_bounds b) const { return fmt::format("{:.0f} to {:.0f}", b.min, b.max); }
    std::string operator()(duration_bounds b) const {
        return range("duration", b.min == milliseconds{0} ? "" : duration_text(b.min),
                     b.max == duration_max ? "" : duration_text(b.max));
    }
    std::string operator()(size_bounds b) const {
        return range("size", b.min == 0 ? "" : size_text(b.min), size_text(b.max));
    }
};

std::string default_text(const described_field& f) {
    if (!f.absent.empty()) return std::string{f.absent};
    return f.initial.empty() ? std::string{} : code(f.initial);
}

// Returns the cells between bars. An empty cell is a single space.
std::string row_of(const std::vector<std::string>& cells) {
    std::string out = "|";
    for (const auto& cell : cells) out += cell.empty() ? " |" : " " + cell + " |";
    return out + "\n";
}

std::string table_text(const described_table& table) {
    const bool has_only_for = std::any_of(table.fields.begin(), table.fields.end(),
                                          [](const auto& f) { return !f.only_for.empty(); });
    std::vector<std::string> head{"field", "type", "default", ""};
    if (has_only_for) head.insert(head.begin() + 1, "for");
    std::string out = row_of(head) + "|";
    for (std::size_t i = 0; i < head.size(); ++i) out += "---|";
    out += "\n";
    for (const auto& f : table.fields) {
        std::vector<std::string> cells{code(f.name), std::visit(type_name{}, f.written), default_text(f),
                                       std::string{f.doc}};
        if (has_only_for) cells.insert(cells.begin() + 1, std::string{f.only_for});
        out += row_of(cells);
    }
    return out;
}

}  // namespace

std::string reference_markdown() {
    std::string out;
    for (const auto& table : described_tables()) {
        out +=
            fmt::format("<!-- fields of [{}] -->\n{}<!-- end of fields -->\n", table.name, table_text(table));
    }
    return out;
}

}  // namespace weir::config
