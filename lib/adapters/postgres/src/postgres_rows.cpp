#include "postgres_rows.hpp"

#include "weir/base/log.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <charconv>

namespace weir {
namespace json = boost::json;

std::string array_of(const std::vector<std::int64_t>& ids) {
    std::string text = "{";
    for (const auto id : ids) {
        if (text.size() > 1) text += ',';
        text += std::to_string(id);
    }
    return text + '}';
}

std::string array_of(const std::vector<std::string>& texts) {
    std::string out = "{";
    for (const std::string& text : texts) {
        out += out.size() > 1 ? ",\"" : "\"";
        for (const char c : text) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + '}';
}

std::int64_t number_of(const postgres::sql_text& text) {
    std::int64_t number = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

row_image image_of(std::string table, std::string_view text) {
    row_image image{.table = std::move(table), .columns = {}};
    error_code ec;
    const auto parsed = json::parse(json::string_view{text.data(), text.size()}, ec);
    if (ec || !parsed.is_object()) {
        log::error("outbox_image_unreadable", {{"table", image.table}});
        return image;
    }
    for (const auto& member : parsed.get_object()) {
        std::string name(member.key());
        if (const auto* value = member.value().if_string()) {
            image.columns.emplace_back(std::move(name), std::string(value->data(), value->size()));
        } else {
            image.columns.emplace_back(std::move(name), std::nullopt);
        }
    }
    return image;
}

std::vector<outbox_row> outbox_rows_of(const postgres::table& rows) {
    std::vector<outbox_row> made;
    made.reserve(rows.rows.size());
    for (const auto& row : rows.rows) {
        outbox_row one;
        one.id = number_of(row[0]);
        one.is_bulk = row[3] == "t" || !row[2];  // without an image it is unknown which row it was
        one.image =
            row[2] ? image_of(row[1].value(), *row[2]) : row_image{.table = row[1].value(), .columns = {}};
        one.age = milliseconds{number_of(row[4])};
        made.push_back(std::move(one));
    }
    return made;
}

}  // namespace weir
