# How everything is compiled: warnings are errors, sanitizers by name, ccache when it is there.

add_library(weir_toolchain INTERFACE)
target_compile_options(weir_toolchain INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Woverloaded-virtual -Wconversion -Wno-sign-conversion -Werror)

# GCC 12 reports uninitialised members inside optimised coroutine frames that are not; the sanitizers do watch this.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(weir_toolchain INTERFACE -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()

# Eight files are compiled as one (CMAKE_UNITY_BUILD in the presets): what they all include and instantiate is half of what
# each costs. The debug build keeps them apart, so that a change of one builds one. There a name that shadows another, or a
# type that is local to its file, is judged; across files it means nothing.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
if(CMAKE_UNITY_BUILD)
  target_compile_options(weir_toolchain INTERFACE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

if(WEIR_SANITIZE)
  set(sanitize -fsanitize=${WEIR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(weir_toolchain INTERFACE ${sanitize})
  target_link_options(weir_toolchain INTERFACE ${sanitize})
  if(WEIR_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(weir_toolchain INTERFACE -Wno-tsan)
  endif()
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header is cached only when ccache may trust its defines and times.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                                  ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(weir_toolchain INTERFACE -fpch-preprocess)
  endif()
endif()
