# SPDX-License-Identifier: Apache-2.0
# Everything of the trainer but the command line is a library, so that tests can call it.
find_package(dnnl REQUIRED)

file(GLOB_RECURSE train_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/core/*.c)
add_library(mien_train STATIC ${train_sources})
target_include_directories(mien_train PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(mien_train PUBLIC mien_host DNNL::dnnl PkgConfig::YYJSON PRIVATE PkgConfig::CRYPTO m)
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
  # oneDNN runs on gcc's OpenMP; clang's would be a second set of threads, so there our loops run
  # on one.
  target_compile_options(mien_train PRIVATE -fopenmp)
  target_link_options(mien_train PUBLIC -fopenmp)
else()
  target_compile_options(mien_train PRIVATE -Wno-unknown-pragmas)
endif()
