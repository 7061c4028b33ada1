# Everything comes from Debian packages. Boost's default in Debian 12 is 1.74, so its 1.81 packages are asked for by version.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL REQUIRED)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

# Not through pkg-config: its -D_FILE_OFFSET_BITS=64 (the default here anyway) would spoil the shared precompiled header.
find_path(HIREDIS_INCLUDE hiredis/hiredis.h REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
add_library(hiredis_library INTERFACE)
target_include_directories(hiredis_library SYSTEM INTERFACE ${HIREDIS_INCLUDE})
target_link_libraries(hiredis_library INTERFACE ${HIREDIS_LIBRARY})
