#include "name_index.hpp"

#include <algorithm>
#include <variant>

namespace weir::config {

name_shape shape_of(const key_template& of) {
    name_shape made;
    for (const auto& segment : of.segments()) {
        const auto* text = std::get_if<std::string>(&segment);
        made.push_back(text != nullptr ? std::optional{*text} : std::nullopt);
    }
    return made;
}

name_shape shape_of(const path_pattern& of) {
    name_shape made;
    for (const auto& segment : of.segments) {
        made.push_back(segment.is_parameter ? std::nullopt : std::optional{segment.text});
    }
    return made;
}

void name_index::add(const name_shape& name, std::size_t id) {
    branch* at = &root_;
    for (const auto& segment : name) {
        auto& next = segment ? at->by_text[*segment] : at->by_placeholder;
        if (!next) next = std::make_unique<branch>();
        at = next.get();
    }
    at->ids.push_back(id);
}

std::vector<std::size_t> name_index::overlapping(const name_shape& name) const {
    std::vector<std::size_t> found;
    collect(root_, name, 0, found);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

void name_index::collect(const branch& from, const name_shape& name, std::size_t at,
                         std::vector<std::size_t>& to) {
    if (at == name.size()) {
        to.insert(to.end(), from.ids.begin(), from.ids.end());
        return;
    }
    if (from.by_placeholder) collect(*from.by_placeholder, name, at + 1, to);
    if (!name[at]) {
        for (const auto& [text, next] : from.by_text) collect(*next, name, at + 1, to);
        return;
    }
    const auto next = from.by_text.find(*name[at]);
    if (next != from.by_text.end()) collect(*next->second, name, at + 1, to);
}

}  // namespace weir::config
