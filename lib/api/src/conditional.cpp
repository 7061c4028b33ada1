#include "conditional.hpp"

#include <algorithm>

namespace weir::api {

namespace {

void skip(std::string_view& text, std::string_view these) {
    text.remove_prefix(std::min(text.find_first_not_of(these), text.size()));
}

}  // namespace

bool names_everything(std::string_view if_none_match) {
    skip(if_none_match, " \t");
    return if_none_match == "*";
}

bool names_etag(std::string_view rest, std::string_view etag, std::string_view suffix) {
    while (true) {
        skip(rest, " \t,");
        if (rest.starts_with("W/")) rest.remove_prefix(2);
        if (!rest.starts_with('"')) return false;
        const std::size_t end = rest.find('"', 1);
        if (end == std::string_view::npos) return false;
        const std::string_view named = rest.substr(1, end - 1);
        if (named.starts_with(etag) && named.substr(etag.size()) == suffix) return true;
        rest.remove_prefix(end + 1);
    }
}

}  // namespace weir::api
