# Parsing Asio costs seconds a file, so its headers are precompiled once, with weir_async, and shared by all who use them;
# and once more together with Catch2's, with weir_test_support, for the tests.
function(weir_asio_precompiled target)
  if(target STREQUAL "weir_async")
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/asio_pch.hpp)
  else()
    target_precompile_headers(${target} REUSE_FROM weir_async)
  endif()
endfunction()

# What needs no Asio shares the standard library's headers, precompiled with weir_base.
function(weir_std_precompiled target)
  if(target STREQUAL "weir_base")
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/std_pch.hpp)
  else()
    target_precompile_headers(${target} REUSE_FROM weir_base)
  endif()
endfunction()

function(weir_catch_precompiled target)
  if(target STREQUAL "weir_test_support")
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/asio_pch.hpp
                                                ${PROJECT_SOURCE_DIR}/tests/support/catch.hpp)
  else()
    target_precompile_headers(${target} REUSE_FROM weir_test_support)
  endif()
endfunction()

# weir_layer(NAME [LAYERS a b] [LIBRARIES x y] [ASIO])
#
# One static library per folder of lib/ (adapters/redis is weir_adapters_redis). A layer sees the headers of the layers it
# names and of no others, because each folder has an include directory of its own: a wrong include does not build.
function(weir_layer name)
  cmake_parse_arguments(arg "ASIO" "" "LAYERS;LIBRARIES" ${ARGN})
  string(REPLACE "/" "_" target weir_${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/${name}/src/*.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/${name}/include/*.hpp)
  add_library(${target} STATIC ${sources} ${headers})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/lib/${name}/include
                                       PRIVATE ${PROJECT_SOURCE_DIR}/lib/${name}/src)
  list(TRANSFORM arg_LAYERS PREPEND weir_)
  target_link_libraries(${target} PUBLIC weir_toolchain ${arg_LAYERS} ${arg_LIBRARIES})
  if(arg_ASIO)
    target_link_libraries(${target} PUBLIC weir_asio_headers)
    weir_asio_precompiled(${target})
  else()
    weir_std_precompiled(${target})
  endif()
endfunction()

# Asio and Beast are compiled once, in lib/async/src/asio.cpp and lib/http/src/beast.cpp, not in every file.
add_library(weir_asio_headers INTERFACE)
target_compile_definitions(weir_asio_headers INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(weir_asio_headers INTERFACE Boost::headers Threads::Threads)
