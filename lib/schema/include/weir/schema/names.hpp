// Names in SQL text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace weir {

std::string quoted_identifier(std::string_view name);  // "order items"
std::string quoted_literal(std::string_view text);     // 'it''s'
std::string dollar_quoted(std::string_view text);  // $weir$…$weir$, with a tag that the text does not contain

// Returns a table as a change declares it, products or shop.products, as one SQL name: "shop"."products".
// Parts are taken as they are written, not folded. A part that contains a dot is written in double quotes.
std::string quoted_relation(std::string_view table);

// Returns the name of a table's trigger function: weir.record_products. Odd or long names get a hash, so that
// no two tables share a function.
std::string recorder_name(std::string_view table);

}  // namespace weir
