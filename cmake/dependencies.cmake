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
find_package(prometheus-cpp REQUIRED COMPONENTS core)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
find_package(ZLIB REQUIRED)

# weir_library(TARGET HEADER LIBRARY…): what Debian packages without anything for CMake.
function(weir_library target header)
  find_path(${target}_INCLUDE ${header} REQUIRED)
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
  foreach(name ${ARGN})
    find_library(${name}_LIBRARY ${name} REQUIRED)
    target_link_libraries(${target} INTERFACE ${${name}_LIBRARY})
  endforeach()
endfunction()

weir_library(brotli_library brotli/encode.h brotlienc)
weir_library(zstd_library zstd.h zstd)
# Not through pkg-config: its -D_FILE_OFFSET_BITS=64 (the default here anyway) would spoil the shared precompiled header.
weir_library(hiredis_library hiredis/hiredis.h hiredis)
