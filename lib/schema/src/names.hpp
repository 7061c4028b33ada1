// Names in SQL text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace weir {

std::string quoted_identifier(std::string_view name);  // "order items"
std::string quoted_literal(std::string_view text);     // 'it''s'; needs standard_conforming_strings
std::string dollar_quoted(std::string_view text);  // $weir$…$weir$, with a tag that the text does not contain

// A table as a change declares it, products or shop.products, as one SQL name: "shop"."products". Parts are
// taken as they are written, not folded; a part that contains a dot is written in double quotes.
std::string quoted_relation(std::string_view table);

// The trigger function of a table: weir.record_products. Odd or long names get a hash, so that no two tables
// share one.
std::string recorder_name(std::string_view table);

}  // namespace weir
