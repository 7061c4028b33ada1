// Everything that one run saw, counted per node, with the judgement of each answer; and the report of it.
// Pure: reads no clock. One thread.
#pragma once

#include "client.hpp"
#include "history.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::checker {

// Row n is the product "c<n>" in the locale "x<n % lists>"; its price is its version.
struct catalogue {
    std::size_t rows = 0;
    std::size_t lists = 1;
    std::size_t joined = 0;  // answers of each kind that show rows through joins; 0: there are none

    std::string id(std::size_t row) const { return "c" + std::to_string(row); }
};

// One GET: of a row, or of the list that the row is in, or of that list's first page, which has all of its
// rows but is kept in another way: pages hang on a tag, lists on their key. The others show rows through
// joins, and which ones changes all the time: an order one row over one join, a basket one over two, a shelf
// several and their sum.
enum class view { item, list, page, order, basket, shelf };
inline constexpr std::size_t view_count = 6;

struct question {
    std::size_t row = 0;
    view as = view::item;
};

struct read_outcome {
    bool lacks_a_write = false;  // of any kind: worth asking again, to see for how long
    bool is_from_l1 = false;
};

std::string target_of(const catalogue& rows, question asked);

class record {
 public:
    record(catalogue rows, std::size_t nodes);

    int issue(std::size_t row) { return history_.issue(row); }
    // True when the write was acknowledged: 200 and "done".
    bool write_ended(std::size_t node, std::size_t row, int version, const std::optional<http_answer>& answer,
                     moment began, moment ended);
    // Committed past Weir in a transaction that took so long; nothing: not known to be committed.
    void bypass_ended(std::size_t row, int version, std::optional<moment> took, moment ended);
    read_outcome read_ended(std::size_t node, question asked, const std::optional<http_answer>& answer,
                            moment began, moment ended);

    std::uint64_t acknowledged() const;
    boost::json::object progress(moment now) const;
    boost::json::object report(moment now) const;

 private:
    struct node_counts {
        std::uint64_t pending = 0, failed = 0;
        std::vector<moment> acknowledged;  // how long each took
        std::uint64_t l1 = 0, l2 = 0, miss = 0, other = 0, errors = 0;
        boost::json::object report(bool is_whole) const;
    };
    struct shown {
        std::size_t row = 0;
        int version = absent;
    };
    std::vector<shown> shown_in(question asked, const http_answer& answer) const;
    std::vector<shown> listed_in(question asked, const std::optional<boost::json::value>& body) const;
    bool judge(std::size_t node, std::size_t row, int version, const http_answer& answer, moment began,
               moment ended);

    catalogue catalogue_;
    history history_;
    std::vector<node_counts> nodes_;
    std::vector<moment> transactions_;  // of the bypassing writer
    std::uint64_t bypass_failed_ = 0, violations_ = 0;
    std::array<std::uint64_t, view_count> views_{};  // answers, by view
    moment longest_staleness_{};
    boost::json::array first_violations_;
};

}  // namespace weir::checker
