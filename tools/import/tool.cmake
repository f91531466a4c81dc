# SPDX-License-Identifier: Apache-2.0
# Everything but the command line is a library, so that tests and fuzz targets can call it.
file(GLOB import_sources CONFIGURE_DEPENDS ${folder}/core/*.c)
add_library(mien_import STATIC ${import_sources})
target_include_directories(mien_import PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(mien_import PUBLIC mien_host PkgConfig::YYJSON PRIVATE m)
target_link_libraries(mien-import PRIVATE mien_import)
install(DIRECTORY ${folder}/tables/ DESTINATION ${CMAKE_INSTALL_DATADIR}/mien/import
        FILES_MATCHING PATTERN "*.yaml")
