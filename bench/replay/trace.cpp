#include "trace.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unordered_map>

namespace weir::replay {

trace read_trace(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.empty() || bytes.size() % 4 != 0) throw std::runtime_error(path + " is no decompressed trace");

    trace out;
    out.name = std::filesystem::path(path).stem().string();
    out.requests.reserve(bytes.size() / 4);
    std::unordered_map<std::uint32_t, std::uint32_t> names;
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
        std::uint32_t key = 0;
        for (std::size_t b = 0; b < 4; ++b) key = key << 8U | static_cast<unsigned char>(bytes[i + b]);
        const auto known = names.emplace(key, static_cast<std::uint32_t>(names.size())).first;
        out.requests.push_back(known->second);
    }
    out.keys = names.size();
    return out;
}

}  // namespace weir::replay
