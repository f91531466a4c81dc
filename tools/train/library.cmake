# SPDX-License-Identifier: Apache-2.0
# Everything of the trainer but the command line is a library, so that tests can call it.
find_package(dnnl REQUIRED)

file(GLOB_RECURSE train_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/core/*.c)
list(FILTER train_sources EXCLUDE REGEX "/isa/")

# The table of callbacks has a row a file.
file(GLOB train_callbacks CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/core/callbacks/*.c)
foreach(callback IN LISTS train_callbacks)
  get_filename_component(callback ${callback} NAME_WE)
  string(APPEND MIEN_CALLBACK_DECLARATIONS "extern const mien_callback_kind mien_callback_${callback};\n")
  string(APPEND MIEN_CALLBACK_ROWS "    &mien_callback_${callback},\n")
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/core/callbacks/table.c.in
  ${CMAKE_CURRENT_BINARY_DIR}/train_callbacks.c @ONLY)
list(APPEND train_sources ${CMAKE_CURRENT_BINARY_DIR}/train_callbacks.c)
# libmien hides what is not for plugins; of that the trainer builds its own copy.
list(APPEND train_sources ${PROJECT_SOURCE_DIR}/zoo/kernels/dispatch.c
  ${PROJECT_SOURCE_DIR}/zoo/xnn/place.c)
add_library(mien_train STATIC ${train_sources})
target_include_directories(mien_train PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(mien_train PUBLIC mien_host DNNL::dnnl PkgConfig::YYJSON PRIVATE
  PkgConfig::UV PkgConfig::CRYPTO PkgConfig::CAIRO m)
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
  # oneDNN runs on gcc's OpenMP; clang's would be a second set of threads, so there our loops run
  # on one.
  target_compile_options(mien_train PRIVATE -fopenmp)
  target_link_options(mien_train PUBLIC -fopenmp)
else()
  target_compile_options(mien_train PRIVATE -Wno-unknown-pragmas)
endif()

# Loops of our own, once for each instruction set (see zoo/CMakeLists.txt, whose own come along).
file(GLOB train_isa_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/core/engine/isa/*.c)
function(mien_train_isa name)
  add_library(mien_train_kernels_${name} OBJECT ${train_isa_sources})
  target_include_directories(mien_train_kernels_${name} PRIVATE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/zoo/include)
  target_compile_definitions(mien_train_kernels_${name} PRIVATE MIEN_ISA=${name})
  target_compile_options(mien_train_kernels_${name} PRIVATE -O3 -ffp-contract=fast ${ARGN})
  target_sources(mien_train PRIVATE $<TARGET_OBJECTS:mien_train_kernels_${name}>
    $<TARGET_OBJECTS:mien_kernels_${name}>)
endfunction()
mien_train_isa(baseline)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  mien_train_isa(avx2 -mavx2 -mfma -mf16c)
  mien_train_isa(avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c
                 -mprefer-vector-width=512)
endif()
