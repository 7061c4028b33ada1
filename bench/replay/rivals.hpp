// The hit ratios of the textbook policies, each with `entries` entries of equal size. Simulations for
// comparison, written from the papers and for plainness:
//
// * LRU.
// * SIEVE: Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi: "SIEVE is simpler than LRU", NSDI 2024.
// * S3-FIFO: J. Yang, Y. Zhang, Z. Qiu, Y. Yue, R. Vinayak: "FIFO queues are all you need for cache
//   eviction", SOSP 2023: small a tenth, as many ghosts as main has room for, into main after more than one
//   hit (or, as second figure, after one).
// * ARC: N. Megiddo, D. S. Modha: "ARC: a self-tuning, low overhead replacement cache", FAST 2003, figure 4.
// * optimal: Belady's, which knows the future.
#pragma once

#include "trace.hpp"

#include <cstddef>

namespace weir::replay {

double lru(const trace& of, std::size_t entries);
double sieve(const trace& of, std::size_t entries);
double s3_fifo(const trace& of, std::size_t entries, int hits_to_stay = 2);
double arc(const trace& of, std::size_t entries);
double optimal(const trace& of, std::size_t entries);

}  // namespace weir::replay
