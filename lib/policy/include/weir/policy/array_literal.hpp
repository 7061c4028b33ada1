// A list of values as Postgres reads an array: {"a","b \\"quoted\\"",NULL}. Every value is quoted, so that
// none is taken for a null, a brace or white space. Pure.
#pragma once

#include <string>
#include <string_view>

namespace weir {

class array_literal {
 public:
    void add(std::string_view value) {
        begin_item();
        text_ += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') text_ += '\\';
            text_ += c;
        }
        text_ += '"';
    }

    void add_null() {
        begin_item();
        text_ += "NULL";
    }

    std::string text() && { return std::move(text_) + "}"; }

 private:
    void begin_item() {
        if (text_.size() > 1) text_ += ',';
    }

    std::string text_ = "{";
};

}  // namespace weir
