# SPDX-License-Identifier: Apache-2.0
# The command line, and MPI where it is there; library.cmake builds the rest.
target_link_libraries(mien-train PRIVATE mien_train)
find_package(MPI QUIET COMPONENTS C)
if(MPI_C_FOUND)
  target_compile_definitions(mien-train PRIVATE MIEN_MPI)
  target_link_libraries(mien-train PRIVATE MPI::MPI_C)
  pkg_check_modules(PMIX IMPORTED_TARGET pmix) # what Open MPI from version 5 on asks mpirun by
  if(PMIX_FOUND)
    target_compile_definitions(mien-train PRIVATE MIEN_PMIX)
    target_link_libraries(mien-train PRIVATE PkgConfig::PMIX)
  endif()
endif()
