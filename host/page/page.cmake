# SPDX-License-Identifier: Apache-2.0
# Puts page.html together with style, chart library and scripts: cmake -D OUTPUT=… -D FOLDER=…
# -D D3=<folder of node modules> -P page.cmake. Included from host/CMakeLists.txt, it says when.
set(page_modules array collection color format interpolate path time time-format scale shape
  selection axis)
set(page_scripts core table lines bars matrix scatter gallery training results compared members
  robustness views)

if(NOT CMAKE_SCRIPT_MODE_FILE)
  # Debian's node-d3-… packages; a script in a page is all that is used of them.
  find_path(MIEN_D3 d3-scale/dist/d3-scale.min.js PATHS /usr/share/nodejs NO_DEFAULT_PATH REQUIRED)
  set(folder ${CMAKE_CURRENT_LIST_DIR})
  set(page ${CMAKE_CURRENT_BINARY_DIR}/page.html)
  file(GLOB page_sources CONFIGURE_DEPENDS ${folder}/*.html ${folder}/*.css ${folder}/*.js
    ${folder}/*.txt)
  add_custom_command(OUTPUT ${page}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${page} -D FOLDER=${folder} -D D3=${MIEN_D3}
            -P ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS ${page_sources} ${CMAKE_CURRENT_LIST_FILE} VERBATIM)
  add_custom_target(mien-page DEPENDS ${page})
  add_dependencies(mien_host mien-page)
  set_source_files_properties(page/embedded.c PROPERTIES OBJECT_DEPENDS ${page}
    COMPILE_DEFINITIONS MIEN_PAGE_FILE="${page}")
  return()
endif()

file(READ ${FOLDER}/page.html page)
file(READ ${FOLDER}/page.css style)
file(READ ${FOLDER}/d3.txt library_license)
set(library "")
foreach(module ${page_modules})
  file(READ ${D3}/d3-${module}/dist/d3-${module}.min.js text)
  string(APPEND library "${text}\n")
endforeach()
set(scripts "")
foreach(script ${page_scripts})
  file(READ ${FOLDER}/${script}.js text)
  string(APPEND scripts "${text}\n")
endforeach()
foreach(text "${style}" "${library}" "${scripts}")
  if(text MATCHES "</(script|style)|<!--")
    message(FATAL_ERROR "a style or script would end its own element: ${CMAKE_MATCH_0}")
  endif()
endforeach()
string(REPLACE "{{style}}" "${style}" page "${page}")
string(REPLACE "{{library license}}" "${library_license}" page "${page}")
string(REPLACE "{{library}}" "${library}" page "${page}")
string(REPLACE "{{scripts}}" "${scripts}" page "${page}")
file(WRITE ${OUTPUT} "${page}")
