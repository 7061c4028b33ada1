// Collects everything that is wrong with a file, so that its author learns it in one run.
#pragma once

#include "weir/config/load.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::config {

class problems {
 public:
    explicit problems(std::string file) : file_(std::move(file)) {}

    void add(position at, std::string what, std::string todo) {
        list_.push_back({file_, at.line, at.column, std::move(what), std::move(todo)});
    }

    // Adds what deserves the author's attention and is no reason to refuse the file.
    void warn(position at, std::string what, std::string todo) {
        warnings_.push_back({file_, at.line, at.column, std::move(what), std::move(todo)});
    }

    const std::string& file() const { return file_; }
    bool empty() const { return list_.empty(); }

    // Returns the problems or the warnings, in the order of the file.
    std::vector<problem> sorted() const;
    std::vector<problem> sorted_warnings() const;

 private:
    std::string file_;
    std::vector<problem> list_;
    std::vector<problem> warnings_;
};

}  // namespace weir::config
