// A small policy for tests of the use cases: one item resource, one list resource, and the table behind them.
#pragma once

#include "weir/policy/invalidation.hpp"
#include "weir/policy/policy.hpp"

#include <stdexcept>

namespace weir::test {

inline key_template template_of(std::string_view text, std::vector<std::string> names) {
    return key_template::parse(text, [&](std::string_view name) -> std::size_t {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names[i] == name) return i;
        }
        throw std::invalid_argument("unknown name");
    });
}

// resources[0]: item by id; resources[1]: list by locale; resources[2]: private profile by id.
// writes[0]: update_product.
inline policy shop_policy() {
    policy p;
    resource item;
    item.name = "product";
    item.parameters = {{.name = "id", .rule = {}, .default_value = {}}};
    item.cached.emplace();
    item.cached->key = template_of("products:item:{id}", {"id"});
    item.cached->ttl = {.ttl = seconds{600}, .jitter = seconds{60}, .negative_ttl = seconds{30}};
    p.resources.push_back(item);

    resource list;
    list.name = "products";
    list.parameters = {
        {.name = "locale", .source = parameter_source::query, .rule = {}, .default_value = {}}};
    list.cached.emplace();
    list.cached->key = template_of("products:list:{locale}", {"locale"});
    list.cached->ttl = {.ttl = seconds{300}, .jitter = seconds{30}, .negative_ttl = {}};
    list.from = sql_load{.rows = row_shape::many, .select = {}};
    p.resources.push_back(list);

    resource profile;
    profile.name = "profile";
    profile.parameters = {{.name = "id", .rule = {}, .default_value = {}}};
    p.resources.push_back(profile);

    change c;
    c.table = "products";
    c.columns = {{.name = "id", .rule = {}}, {.name = "locale", .rule = {}}};
    c.keys = {template_of("products:item:{id}", {"id", "locale"}),
              template_of("products:list:{locale}", {"id", "locale"})};
    p.changes.push_back(c);

    write w;
    w.name = "update_product";
    w.tables = {"products"};
    p.writes.push_back(w);
    return p;
}

inline const std::string item_key = "weir:v1:products:item:p1";

// The row of p1 as the triggers record it.
inline row_image image_of(const std::string& id, const std::string& locale) {
    return {.table = "products", .columns = {{"id", id}, {"locale", locale}}};
}

}  // namespace weir::test
